// POST /porchlight/v1/waitFor: answers as soon as people are seen as the caller waits for, or when the time
// is over. What is seen is what the caller's reads would show, so waiting tells no more than reading at every
// moment.
#include <algorithm>

#include "base/overloaded.h"
#include "base/time_text.h"
#include "graph/call/operation.h"
#include "graph/call/visible_presence.h"
#include "graph/wire/wait_body.h"

namespace porchlight::graph {
namespace {

// The exchange is given up when even the longest wait must be over: it guards against a wall clock that
// jumps.
constexpr Duration kWaitHoldMax = kWaitTimeoutMax + std::chrono::minutes(1);

// Somebody who is waited for. A name that nobody has is nobody: PresenceUnknown, like an id that nobody has.
struct AwaitedPerson {
  std::optional<Guid> id;
  std::string name;  // as written, where there is no id
  presence::State seen = presence::kPresenceUnknown;
};

// Each person once, at their first index.
std::vector<AwaitedPerson> resolve_awaited(const Services& services, const Guid& tenant,
                                           const std::vector<std::string>& users) {
  std::vector<AwaitedPerson> awaited;
  absl::btree_set<Guid> seen;
  for (const std::string& user : users) {
    auto id = parse_guid(user);
    if (!id) id = services.view.find_user_by_upn(tenant, user);
    if (!id || seen.insert(*id).second) awaited.push_back({id, id ? std::string() : user});
  }
  return awaited;
}

bool names_only_caller(const std::vector<std::string>& users, const Services& services,
                       const identity::Caller& caller) {
  return std::ranges::all_of(users, [&](const std::string& user) {
    auto id = parse_guid(user);
    if (!id) id = services.view.find_user_by_upn(caller.tenant, user);
    return id == caller.user;
  });
}

void append_awaited(std::string& out, const AwaitedPerson& person) {
  out += R"({"id":)";
  append_json_string(out, person.id ? to_string(*person.id) : person.name);
  out += R"(,"availability":")";
  out += person.seen.availability();
  out += R"(","activity":")";
  out += person.seen.activity();
  out += "\"}";
}

// One wait under way. Everything happens on the watchers' thread.
class PendingWait final : public watch::Watcher {
 public:
  PendingWait(const HandlerContext& context, const Call& call, watch::WatchQuota::Permit permit,
              const watch::WaitTerms& terms, std::vector<AwaitedPerson> people)
      : services_(context.services),
        response_writer_(context.response_writer),
        caller_(*call.caller),
        info_(call.info),
        deferred_(call.deferred),
        permit_(std::move(permit)),
        people_(std::move(people)),
        wait_(terms, people_.size()) {
    for (std::size_t i = 0; i < people_.size(); ++i)
      if (people_[i].id) indexes_.emplace_back(*people_[i].id, i);
    std::ranges::sort(indexes_);
  }

  std::vector<state::UserKey> keys() const {
    std::vector<state::UserKey> keys;
    for (const auto& [id, index] : indexes_)
      keys.push_back(find_person(services_, caller_, id).value_or(state::UserKey{caller_.tenant, id}));
    return keys;
  }

  std::optional<Time> on_change(Time now, std::span<const state::UserKey> changed) override {
    std::vector<watch::Observation> observations;
    if (!std::exchange(has_observed_, true)) {
      for (std::size_t index = 0; index < people_.size(); ++index)
        observations.push_back(observe(index, now));
    } else {
      for (const state::UserKey& key : changed) observations.push_back(observe(index_of(key.user), now));
    }
    return std::visit(
        Overloaded{
            [](const watch::StillWaiting& still_waiting) { return std::optional(still_waiting.recheck_at); },
            [&](const watch::Met& met) { return answer(met); },
            [&](const watch::TimedOut& out) { return answer(out); },
        },
        wait_.observe(now, observations));
  }

  void on_closed() override {
    deferred_.answer([response_writer = &response_writer_, info = info_](http::Response& response) {
      response.authenticated = true;
      response_writer->fail(response, info, service_stopping(), nullptr);
    });
  }

 private:
  watch::Observation observe(std::size_t index, Time now) {
    AwaitedPerson& person = people_[index];
    if (person.id) person.seen = visible_state(services_, caller_, *person.id, now);
    return {index, person.seen};
  }

  std::size_t index_of(const Guid& id) const {
    return std::ranges::lower_bound(indexes_, std::pair(id, std::size_t{0}))->second;
  }

  std::optional<Time> answer(const watch::Met& met) {
    std::string body = R"({"met":true,"at":")";
    append_date_time(body, met.at);
    body += R"(","users":[)";
    for (const std::size_t index : met.people) {
      if (body.back() != '[') body += ',';
      append_awaited(body, people_[index]);
    }
    body += "]}";
    return answer(std::move(body));
  }

  std::optional<Time> answer(const watch::TimedOut& out) {
    std::string body = R"({"met":false,"at":")";
    append_date_time(body, out.at);
    body += "\"}";
    return answer(std::move(body));
  }

  // Nothing more is waited for. The seat goes first: whoever hears the answer may wait again.
  std::optional<Time> answer(std::string body) {
    permit_.reset();
    deferred_.answer([response_writer = &response_writer_, info = info_,
                      body = std::move(body)](http::Response& response) {
      response.authenticated = true;
      response_writer->json(response, info);
      response.body = body;
    });
    return std::nullopt;
  }

  const Services& services_;
  const ResponseWriter& response_writer_;
  const identity::Caller caller_;
  const RequestInfo info_;
  const DeferredResponse deferred_;
  std::optional<watch::WatchQuota::Permit> permit_;
  std::vector<AwaitedPerson> people_;
  std::vector<std::pair<Guid, std::size_t>> indexes_;  // in people_, by id
  watch::Wait wait_;
  bool has_observed_ = false;
};

Result<WaitBody> parse_wait_for(HandlerContext& context, const Call& call) {
  const auto parsed = JsonBody::parse(context.reader, call.request.body);
  if (!parsed) return std::unexpected(parsed.error());
  return parse_wait_body(*parsed);
}

Result<void> may_wait_for(const HandlerContext& context, const Call& call, const WaitBody& body) {
  const identity::Caller& caller = *call.caller;
  const bool own = caller.delegated() && names_only_caller(body.users, context.services, caller);
  return authorize(call, own ? caller.user : std::nullopt);
}

Result<Handled> run_wait_for(HandlerContext& context, const Call& call, const WaitBody& body) {
  const Services& services = context.services;
  const identity::Caller& caller = *call.caller;
  const auto terms = to_wait_terms(body, call.info.now);
  if (!terms) return std::unexpected(terms.error());
  const http::Exchange* exchange = call.deferred.exchange();
  if (exchange == nullptr)
    return std::unexpected(invalid_query("waitFor", "A $batch does not wait: send this request by itself."));

  auto people = resolve_awaited(services, caller.tenant, body.users);
  auto permit = services.watch_quota.acquire(caller.tenant, caller.app, people.size());
  if (!permit) return std::unexpected(throttled(kQuotaRetryS));
  auto wait = std::make_shared<PendingWait>(context, call, std::move(*permit), *terms, std::move(people));
  auto keys = wait->keys();
  const auto id = services.watchers.watch(std::move(keys), std::move(wait));
  if (!id) return std::unexpected(service_stopping());
  exchange->hold(kWaitHoldMax, [&watchers = services.watchers, id = *id] { watchers.unwatch(id); });
  return Handled::kLater;
}

}  // namespace

constinit const RouteOperation wait_for = operation_with_rule<parse_wait_for, may_wait_for, run_wait_for>();

}  // namespace porchlight::graph
