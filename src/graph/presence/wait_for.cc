// POST /porchlight/v1/waitFor: answers as soon as the presence of people meets a condition, or at a timeout
// (docs/waiting.md). The condition is tested against the presence that a read by the caller would show, so a
// wait reveals no more than continuous reading.
#include <algorithm>
#include <atomic>

#include "base/json_writer.h"
#include "base/overloaded.h"
#include "base/time_text.h"
#include "graph/call/caller_validity.h"
#include "graph/call/operation.h"
#include "graph/call/visible_presence.h"
#include "graph/wire/wait_body.h"
#include "watch/target.h"

namespace porchlight::graph {
namespace {

// Time after which the exchange is ended in any case. Longer than every timeout: it bounds a wait if the wall
// clock jumps back.
constexpr Duration kWaitHoldMax = kWaitTimeoutMax + std::chrono::minutes(1);

// A person of the request. An unknown userPrincipalName has no id and stays PresenceUnknown, like an unknown id.
struct AwaitedPerson {
  std::optional<Guid> id;
  std::string name;  // as written in the request, if there is no id
  presence::State seen = presence::kPresenceUnknown;
};

// The people of the request, each once, in the order of their first mention.
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

// Whether the request names only the user who sent it.
bool names_only_caller(const std::vector<std::string>& users, const Services& services,
                       const identity::Caller& caller) {
  return std::ranges::all_of(users, [&](const std::string& user) {
    auto id = parse_guid(user);
    if (!id) id = services.view.find_user_by_upn(caller.tenant, user);
    return id == caller.user;
  });
}

void append_awaited(JsonObject& out, const AwaitedPerson& person) {
  out.text("id", person.id ? to_string(*person.id) : person.name)
      .text("availability", person.seen.availability())
      .text("activity", person.seen.activity());
}

void append_date_time_member(JsonObject& out, Time at) {
  std::string& value = out.member("at");
  value += '"';
  append_date_time(value, at);
  value += '"';
}

// A wait in progress. Everything except start() and cancel() runs on the watchers' thread. The keys to watch
// depend on where the people are: if that changes, the wait goes on with a watch of the new keys, which reports
// all of its people at once.
class PendingWait final : public watch::Watcher,
                          public watch::OpenWait,
                          public std::enable_shared_from_this<PendingWait> {
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
    for (const auto& [id, index] : indexes_) ids_.push_back(id);
  }

  // Begins to watch. False if the server is stopping.
  bool start() {
    permit_->list(weak_from_this(), caller_.user, services_.clock.wall());
    const auto id = watch();
    if (!id) return false;
    // The watchers' thread may have begun another watch already: then that one is the wait's.
    watch::WatchRegistry::Id none = 0;
    watch_.compare_exchange_strong(none, *id);
    return true;
  }

  // Any thread: the client is gone, or the wait took longer than it can take.
  void cancel() {
    is_cancelled_ = true;
    services_.watchers.unwatch(watch_);
  }

  // Any thread.
  std::string_view kind() const override { return "wait"; }
  bool is_behind() const override { return false; }
  void request_end() override {
    shall_end_ = true;
    services_.watchers.wake(watch_);
  }

  std::optional<Time> on_change(Time now, std::span<const state::UserKey> changed) override {
    if (is_cancelled_) return std::nullopt;
    if (!is_still_valid(services_, caller_)) return fail(token_invalid(identity::TokenFault::kRevoked));
    if (shall_end_) return answer(watch::TimedOut{now});
    std::vector<watch::Observation> observations;
    if (!std::exchange(has_observed_, true)) {
      for (std::size_t index = 0; index < people_.size(); ++index)
        observations.push_back(observe(index, now));
    } else {
      for (const state::UserKey& key : changed)
        if (const auto index = index_of(key.user)) observations.push_back(observe(*index, now));
    }
    return std::visit(Overloaded{
                          [&](const watch::StillWaiting& still_waiting) {
                            return has_other_keys(changed) ? rewatch()
                                                           : std::optional(still_waiting.recheck_at);
                          },
                          [&](const watch::Met& met) { return answer(met); },
                          [&](const watch::TimedOut& out) { return answer(out); },
                      },
                      wait_.observe(now, observations));
  }

  void on_closed() override { fail(service_stopping()); }

 private:
  std::vector<state::UserKey> keys() const {
    auto keys = watch::watch_keys(services_.view, caller_.tenant, ids_);
    append_caller_keys(keys, caller_);
    return keys;
  }

  std::optional<watch::WatchRegistry::Id> watch() {
    auto keys = this->keys();
    watched_checksum_ = watch::checksum_of(keys);
    return services_.watchers.watch(std::move(keys), shared_from_this());
  }

  bool has_other_keys(std::span<const state::UserKey> changed) const {
    return watch::may_have_moved(services_.view, caller_.tenant, changed) &&
           watch::checksum_of(keys()) != watched_checksum_;
  }

  // Ends the present watch by its result. If the server is stopping, the present watch stays and is closed.
  std::optional<Time> rewatch() {
    const auto id = watch();
    if (!id) return presence::kNever;
    watch_ = *id;
    return std::nullopt;
  }

  watch::Observation observe(std::size_t index, Time now) {
    AwaitedPerson& person = people_[index];
    if (person.id) person.seen = visible_state(services_, caller_, *person.id, now);
    return {index, person.seen};
  }

  // nullopt for the caller's own keys.
  std::optional<std::size_t> index_of(const Guid& id) const {
    const auto found = std::ranges::lower_bound(indexes_, std::pair(id, std::size_t{0}));
    if (found == indexes_.end() || found->first != id) return std::nullopt;
    return found->second;
  }

  // Ends the wait with an error.
  std::optional<Time> fail(const Error& error) {
    permit_.reset();
    deferred_.answer([response_writer = &response_writer_, info = info_, error](http::Response& response) {
      response.authenticated = true;
      response_writer->fail(response, info, error, nullptr);
    });
    return std::nullopt;
  }

  std::optional<Time> answer(const watch::Met& met) {
    return answer(json_object([&](JsonObject& body) {
      append_date_time_member(body.boolean("met", true), met.at);
      body.array("users", met.people, [&](JsonArray& users, std::size_t index) {
        users.object([&](JsonObject& user) { append_awaited(user, people_[index]); });
      });
    }));
  }

  std::optional<Time> answer(const watch::TimedOut& out) {
    return answer(
        json_object([&](JsonObject& body) { append_date_time_member(body.boolean("met", false), out.at); }));
  }

  // Ends the wait. The quota is released before the answer: a client that has the answer may wait again.
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
  identity::Caller caller_;  // its validity_epoch changes
  const RequestInfo info_;
  const DeferredResponse deferred_;
  std::optional<watch::WatchQuota::Permit> permit_;
  std::vector<AwaitedPerson> people_;
  std::vector<std::pair<Guid, std::size_t>> indexes_;  // in people_, by id
  std::vector<Guid> ids_;                              // of people_, in order
  watch::Wait wait_;
  std::uint64_t watched_checksum_ = 0;  // of the watched keys
  bool has_observed_ = false;
  std::atomic<watch::WatchRegistry::Id> watch_ = 0;
  std::atomic<bool> is_cancelled_ = false, shall_end_ = false;
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
  const auto wait =
      std::make_shared<PendingWait>(context, call, std::move(*permit), *terms, std::move(people));
  if (!wait->start()) return std::unexpected(service_stopping());
  exchange->hold(kWaitHoldMax, [wait = std::weak_ptr(wait)] {
    if (const auto pending = wait.lock()) pending->cancel();
  });
  return Handled::kLater;
}

}  // namespace

constinit const RouteOperation wait_for = operation_with_rule<parse_wait_for, may_wait_for, run_wait_for>();

}  // namespace porchlight::graph
