// POST /porchlight/v1/waitFor: answers as soon as people are seen as the caller waits for, or when the time
// is over. What is seen is what the caller's reads would show, so waiting tells no more than reading at every
// moment.
#include <algorithm>

#include "base/overloaded.h"
#include "base/time_text.h"
#include "graph/sight.h"
#include "graph/subject.h"
#include "graph/wait_body.h"

namespace porchlight::graph {
namespace {

// The exchange is given up when even the longest wait must be over: it guards against a wall clock that
// jumps.
constexpr Duration kHeldMax = kWaitTimeoutMax + std::chrono::minutes(1);

// Somebody who is waited for. A name that nobody has is nobody: PresenceUnknown, like an id that nobody has.
struct Awaited {
  std::optional<Guid> id;
  std::string name;  // as written, where there is no id
  presence::State seen = presence::kPresenceUnknown;
};

// Each person once, at their first place.
std::vector<Awaited> find_awaited(const Shared& shared, const Guid& tenant,
                                  const std::vector<std::string>& users) {
  std::vector<Awaited> awaited;
  absl::btree_set<Guid> seen;
  for (const std::string& user : users) {
    auto id = parse_guid(user);
    if (!id) id = shared.view.find_user_by_upn(tenant, user);
    if (!id || seen.insert(*id).second) awaited.push_back({id, id ? std::string() : user});
  }
  return awaited;
}

bool is_only(const std::vector<std::string>& users, const Shared& shared, const identity::Caller& caller) {
  return std::ranges::all_of(users, [&](const std::string& user) {
    auto id = parse_guid(user);
    if (!id) id = shared.view.find_user_by_upn(caller.tenant, user);
    return id == caller.user;
  });
}

void append_awaited(std::string& out, const Awaited& person) {
  out += R"({"id":)";
  append_json_string(out, person.id ? to_string(*person.id) : person.name);
  out += R"(,"availability":")";
  out += person.seen.availability();
  out += R"(","activity":")";
  out += person.seen.activity();
  out += "\"}";
}

// One wait under way. Everything happens on the watchers' thread.
class OpenWait final : public notify::Watcher {
 public:
  OpenWait(const Tools& tools, const Call& call, notify::Seats::Seat seat, const notify::Terms& terms,
           std::vector<Awaited> people)
      : shared_(tools.shared),
        replies_(tools.replies),
        caller_(*call.caller),
        ticket_(call.ticket),
        later_(call.later),
        seat_(std::move(seat)),
        people_(std::move(people)),
        wait_(terms, people_.size()) {
    for (std::size_t i = 0; i < people_.size(); ++i)
      if (people_[i].id) places_.emplace_back(*people_[i].id, i);
    std::ranges::sort(places_);
  }

  std::vector<state::UserKey> keys() const {
    std::vector<state::UserKey> keys;
    for (const auto& [id, place] : places_)
      keys.push_back(find_person(shared_, caller_, id).value_or(state::UserKey{caller_.tenant, id}));
    return keys;
  }

  std::optional<Time> told(Time now, std::span<const state::UserKey> changed) override {
    std::vector<notify::Sighting> sightings;
    if (!std::exchange(has_looked_, true)) {
      for (std::size_t place = 0; place < people_.size(); ++place) sightings.push_back(look_at(place, now));
    } else {
      for (const state::UserKey& key : changed) sightings.push_back(look_at(place_of(key.user), now));
    }
    return std::visit(Overloaded{
                          [](const notify::NotYet& not_yet) { return std::optional(not_yet.look_again); },
                          [&](const notify::Met& met) { return answer(met); },
                          [&](const notify::TimedOut& out) { return answer(out); },
                      },
                      wait_.look(now, sightings));
  }

  void closed() override {
    later_.answer([replies = &replies_, ticket = ticket_](http::Response& response) {
      response.authenticated = true;
      replies->fail(response, ticket, stopping(), nullptr);
    });
  }

 private:
  notify::Sighting look_at(std::size_t place, Time now) {
    Awaited& person = people_[place];
    if (person.id) person.seen = state_seen(shared_, caller_, *person.id, now);
    return {place, person.seen};
  }

  std::size_t place_of(const Guid& id) const {
    return std::ranges::lower_bound(places_, std::pair(id, std::size_t{0}))->second;
  }

  std::optional<Time> answer(const notify::Met& met) {
    std::string body = R"({"met":true,"at":")";
    append_date_time(body, met.at);
    body += R"(","users":[)";
    for (const std::size_t place : met.people) {
      if (body.back() != '[') body += ',';
      append_awaited(body, people_[place]);
    }
    body += "]}";
    return answer(std::move(body));
  }

  std::optional<Time> answer(const notify::TimedOut& out) {
    std::string body = R"({"met":false,"at":")";
    append_date_time(body, out.at);
    body += "\"}";
    return answer(std::move(body));
  }

  // Nothing more is waited for. The seat goes first: whoever hears the answer may wait again.
  std::optional<Time> answer(std::string body) {
    seat_.reset();
    later_.answer([replies = &replies_, ticket = ticket_, body = std::move(body)](http::Response& response) {
      response.authenticated = true;
      replies->json(response, ticket);
      response.body = body;
    });
    return std::nullopt;
  }

  const Shared& shared_;
  const Replies& replies_;
  const identity::Caller caller_;
  const Ticket ticket_;
  const Later later_;
  std::optional<notify::Seats::Seat> seat_;
  std::vector<Awaited> people_;
  std::vector<std::pair<Guid, std::size_t>> places_;  // in people_, by id
  notify::Wait wait_;
  bool has_looked_ = false;
};

}  // namespace

Result<Handled> wait_for(Tools& tools, const Call& call) {
  const Shared& shared = tools.shared;
  const identity::Caller& caller = *call.caller;
  const auto parsed = Body::parse(tools.reader, call.request.body);
  if (!parsed) return std::unexpected(parsed.error());
  const auto body = read_wait(*parsed);
  if (!body) return std::unexpected(body.error());
  const bool own = caller.delegated() && is_only(body->users, shared, caller);
  if (auto allowed = authorize(call, own ? caller.user : std::nullopt); !allowed)
    return std::unexpected(std::move(allowed.error()));
  const auto terms = terms_of(*body, call.ticket.now);
  if (!terms) return std::unexpected(terms.error());
  const http::Exchange* exchange = call.later.exchange();
  if (exchange == nullptr)
    return std::unexpected(query_refused("waitFor", "A $batch does not wait: send this request by itself."));

  auto people = find_awaited(shared, caller.tenant, body->users);
  auto seat = shared.seats.take(caller.tenant, caller.app, people.size());
  if (!seat) return std::unexpected(throttled(kNoSeatRetryS));
  auto wait = std::make_shared<OpenWait>(tools, call, std::move(*seat), *terms, std::move(people));
  auto keys = wait->keys();
  const auto id = shared.watchers.watch(std::move(keys), std::move(wait));
  if (!id) return std::unexpected(stopping());
  exchange->hold(kHeldMax, [&watchers = shared.watchers, id = *id] { watchers.unwatch(id); });
  return Handled::kLater;
}

}  // namespace porchlight::graph
