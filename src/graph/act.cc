#include "graph/act.h"

#include "graph/subject.h"

namespace porchlight::graph {
namespace {

void submit(Tools& tools, const Call& call, const state::UserKey& key, const presence::Command& command,
            AskedPair pair) {
  tools.shared.writer.submit(
      key, tools.random.guid(), command, call.ticket.now,
      [&replies = tools.replies, later = call.later, ticket = call.ticket, pair = std::move(pair),
       user = key.user](const state::Outcome& outcome) mutable {
        later.answer([&replies, outcome, ticket = std::move(ticket), pair = std::move(pair),
                      user](http::Response& response) {
          response.authenticated = true;
          if (outcome) return replies.done(response, ticket);
          const auto* rejection = std::get_if<presence::Rejection>(&outcome.error());
          replies.fail(response, ticket,
                       rejection ? rejected(*rejection, pair.availability, pair.activity, pair.preferred)
                                 : refused(std::get<state::Refusal>(outcome.error()), to_string(user)),
                       nullptr);
        });
      });
}

}  // namespace

Result<Handled> act(Tools& tools, const Call& call, const std::function<Result<presence::Command>()>& command,
                    AskedPair pair) {
  const auto user = named_user(tools, call);
  if (auto allowed = authorize(call, user); !allowed) return std::unexpected(std::move(allowed.error()));
  if (!user) return std::unexpected(nobody(call));
  const state::UserKey key{call.caller->tenant, *user};
  if (!tools.shared.view.read(key, [](const presence::Record&) {})) return std::unexpected(nobody(call));
  auto made = command();
  if (!made) return std::unexpected(std::move(made.error()));
  submit(tools, call, key, *made, std::move(pair));
  return Handled::kLater;
}

std::optional<Duration> whole_ms(std::optional<std::chrono::nanoseconds> duration, Duration low) {
  if (!duration) return std::nullopt;
  return *duration < low ? std::chrono::floor<Duration>(*duration) : std::chrono::ceil<Duration>(*duration);
}

}  // namespace porchlight::graph
