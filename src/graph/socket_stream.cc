#include "graph/socket_stream.h"

#include <fmt/format.h>

#include <algorithm>

#include "graph/characters.h"
#include "graph/routes.h"
#include "graph/session_command.h"
#include "graph/subject.h"

namespace porchlight::graph {
namespace {

void append_error(std::string& out, const Error& error) {
  std::string data = R"({"code":")";
  data.append(error.code).append(R"(","message":)");
  append_json_string(data, error.message);
  data += '}';
  append_event(out, Speech::kMessages, "error", {}, data);
}

const Access& access_to(decltype(Route::handler) handler) {
  return *std::ranges::find(routes(), handler, &Route::handler)->access;
}

http::Bytes bytes_of(std::string text) { return std::make_shared<const std::string>(std::move(text)); }

}  // namespace

SocketStream::SocketStream(Tools& tools, const identity::Caller& caller, const Access& access,
                           http::Exchange exchange, notify::Seats::Seat seat, Terms terms)
    : OpenStream(tools.shared, caller, std::move(exchange), std::move(seat), terms),
      tools_(tools),
      access_(access),
      following_(std::move(terms.following)) {}

void SocketStream::received(std::string_view bytes) {
  http::WebSocketReader::Heard heard = reader_.hear(bytes);
  std::string out;
  for (const std::string& text : heard.texts) {
    const auto refusal = take(text, out);
    if (!refusal) continue;
    http::append_close_frame(out, refusal->code, refusal->reason);
    return exchange().end(bytes_of(std::move(out)));
  }
  out += heard.reply;
  if (heard.is_over) return exchange().end(bytes_of(std::move(out)));
  if (!out.empty()) exchange().push(bytes_of(std::move(out)));
  if (!heard.texts.empty()) go_by_wishes();
}

// Why the connection is to be closed, if it is.
std::optional<SocketRefusal> SocketStream::take(std::string_view text, std::string& out) {
  const auto message = read_socket_message(tools_.reader, text);
  if (!message) return message.error();
  const bool sets = std::holds_alternative<Result<SetPresenceMessage>>(*message);
  Result<void> done = spend(sets ? throttle::Kind::kOther : throttle::Kind::kRead);
  if (done) {
    done = std::visit(
        [&](const auto& read) -> Result<void> {
          if (!read) return std::unexpected(read.error());
          return act(*read, out);
        },
        *message);
  }
  if (!done) append_error(out, done.error());
  return std::nullopt;
}

Result<void> SocketStream::spend(throttle::Kind kind) {
  const auto grant = shared().quota.draw(caller().app, caller().tenant, kind, shared().clock.steady());
  if (!grant.ok) return std::unexpected(throttled(grant.retry_after_s));
  return {};
}

Result<void> SocketStream::act(const SubscribeMessage& message, std::string& out) {
  auto found = message.group ? find_group(shared(), caller(), *message.group) : [&]() -> Result<Following> {
    auto users = find_users(shared(), caller(), message.users);
    if (!users) return std::unexpected(std::move(users.error()));
    if (following_.of == Following::Of::kUsers)
      users->insert(users->end(), following_.users.begin(), following_.users.end());
    std::ranges::sort(*users);
    const auto twice = std::ranges::unique(*users);
    users->erase(twice.begin(), twice.end());
    return Following{.users = *std::move(users)};
  }();
  // Who may not read others does not learn who there is, either.
  if (auto allowed =
          found ? authorize(access_, caller(), *found) : authorize(access_, caller(), std::nullopt);
      !allowed)
    return allowed;
  if (!found) return std::unexpected(std::move(found.error()));
  return change_to(*std::move(found), out);
}

Result<void> SocketStream::act(const UnsubscribeMessage& message, std::string& out) {
  if (!message.users) return change_to({}, out);
  if (following_.of != Following::Of::kUsers && !message.users->empty()) {
    return std::unexpected(invalid_argument(
        "users", "People can be taken away who were named, not those of a group or a tenant."));
  }
  const auto users = find_users(shared(), caller(), *message.users);
  if (!users) return std::unexpected(users.error());
  Following less{.of = following_.of, .users = {}, .group = following_.group};
  std::ranges::set_difference(following_.users, *users, std::back_inserter(less.users));
  return change_to(std::move(less), out);
}

Result<void> SocketStream::change_to(Following following, std::string& out) {
  if (following.users.size() > kStreamUsersMax) {
    return std::unexpected(
        invalid_argument("users", fmt::format("{} people are subscribed to; at most {} are accepted.",
                                              following.users.size(), kStreamUsersMax)));
  }
  if (!select(following)) return std::unexpected(throttled(kNoSeatRetryS));
  following_ = std::move(following);
  const auto people = people_of(shared(), caller().tenant, following_);
  append_event(out, Speech::kMessages, "subscribed", {},
               fmt::format(R"({{"users":{}}})", people ? people->size() : 0));
  return {};
}

// As the route of that name; the session then lives as long as this connection, and a little longer.
Result<void> SocketStream::act(const SetPresenceMessage& message, std::string&) {
  const ActionBody& action = message.action;
  const std::optional<std::string>& name = message.user;
  std::optional<Guid> user = caller().user;
  if (name) {
    user = parse_guid(*name);
    if (!user) user = shared().view.find_user_by_upn(caller().tenant, *name);
  }
  const Access& access = access_to(set_presence);
  if (auto allowed = authorize(access, caller(), user); !allowed) return allowed;
  if (!user) return std::unexpected(name ? user_unknown(clipped(*name)) : parameter_required("User"));
  auto command = session_command(shared(), caller(), action);
  if (!command) return std::unexpected(std::move(command.error()));
  command->life = std::max(shared().settings.policy.session_life_min, presence::kSessionLifeDefault);
  const KeptSession kept{{caller().tenant, *user}, *command};
  if (!shared().view.read(kept.person, [](const presence::Record&) {}))
    return std::unexpected(user_unknown(to_string(*user)));
  shared().writer.submit(
      kept.person, tools_.random.guid(), kept.command, shared().clock.wall(),
      [kept, action, self = weak_from_this(), to = exchange()](const state::Outcome& outcome) {
        std::string out;
        if (outcome) {
          if (const auto stream = self.lock()) static_cast<SocketStream&>(*stream).keep(kept);
          std::string data = R"({"sessionId":)";
          append_json_string(data, action.session_id);
          data += '}';
          append_event(out, Speech::kMessages, "presenceSet", {}, data);
        } else {
          const auto* rejection = std::get_if<presence::Rejection>(&outcome.error());
          append_error(out, rejection ? rejected(*rejection, action.availability, action.activity, false)
                                      : refused(std::get<state::Refusal>(outcome.error()),
                                                to_string(kept.person.user)));
        }
        to.push(bytes_of(std::move(out)));
      });
  return {};
}

}  // namespace porchlight::graph
