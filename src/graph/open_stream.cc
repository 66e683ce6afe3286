#include "graph/open_stream.h"

#include <fmt/format.h>
#include <xxhash.h>

#include <algorithm>

#include "graph/sight.h"

namespace porchlight::graph {
namespace {

// An id with which everything is told anew.
constexpr std::string_view kIdOfNone = "-";

std::uint64_t digest_of(std::span<const state::UserKey> keys) {
  return XXH3_64bits(keys.data(), keys.size_bytes());
}
static_assert(std::has_unique_object_representations_v<state::UserKey>);

// Well before it ends, or fades.
Duration renewal_of(const presence::SetSession& session, const presence::Policy& policy) {
  return std::min(session.life.value_or(presence::kSessionLifeDefault), policy.fade_to_inactive) * 3 / 4;
}

}  // namespace

void append_event(std::string& out, Speech speech, std::string_view name, std::string_view id,
                  std::string_view data) {
  if (speech == Speech::kEvents) {
    if (!id.empty()) out.append("id: ").append(id).append("\n");
    out.append("event: ").append(name).append("\ndata: ").append(data).append("\n\n");
    return;
  }
  std::string text = R"({"event":")";
  text.append(name).append("\"");
  if (!id.empty()) text.append(R"(,"id":")").append(id).append("\"");
  text.append(R"(,"data":)").append(data).append("}");
  http::append_text_frame(out, text);
}

OpenStream::OpenStream(const Shared& shared, const identity::Caller& caller, http::Exchange exchange,
                       notify::Seats::Seat seat, Terms terms)
    : shared_(shared),
      caller_(caller),
      exchange_(std::move(exchange)),
      speech_(terms.speech),
      seat_(std::move(seat)),
      following_(std::move(terms.following)),
      resume_(std::move(terms.resume)) {
  if (speech_ == Speech::kMessages) wishes_ = std::make_unique<Wishes>();
}

bool OpenStream::begin() {
  const auto id = watch();
  if (id) watch_ = *id;
  return id.has_value();
}

// Where the people may be: in the caller's tenant, or in one that it trusts. And the application itself, who
// is nobody, but makes every stream hear of what happens to its tenant.
std::vector<state::UserKey> OpenStream::keys() const {
  const auto people = people_of(shared_, caller_.tenant, following_).value_or(std::vector<Guid>());
  const auto tenant = shared_.view.find_tenant(caller_.tenant);
  std::vector<state::UserKey> keys = {{caller_.tenant, caller_.app}};
  for (const Guid& id : people) {
    keys.push_back({caller_.tenant, id});
    if (!tenant || following_.of != Following::Of::kUsers) continue;
    for (const Guid& other : tenant->settings.trusts) keys.push_back({other, id});
  }
  return keys;
}

std::optional<notify::Watchers::Id> OpenStream::watch() {
  epoch_ = shared_.view.directory_epoch();
  needs_people_ = true;
  if (following_.of == Following::Of::kTenant)
    return shared_.watchers.watch_tenant(caller_.tenant, shared_from_this());
  auto keys = this->keys();
  watched_digest_ = digest_of(keys);
  return shared_.watchers.watch(std::move(keys), shared_from_this());
}

std::optional<Time> OpenStream::told(Time now, std::span<const state::UserKey> changed) {
  if (is_gone_) return std::nullopt;
  if (now >= caller_.expires_at) return end(End::kTokenExpired);
  const std::uint64_t epoch = shared_.view.directory_epoch();
  if (std::exchange(epoch_, epoch) != epoch) {
    if (!shared_.view.has_tenant(caller_.tenant)) return end(End::kNotAllowed);
    needs_people_ = true;
  }
  if (has_wishes_.exchange(false)) take_wishes(now);
  if (needs_people_ && following_.of != Following::Of::kTenant && digest_of(keys()) != watched_digest_) {
    // From here on another watch tells, and of all of them at once.
    if (const auto id = watch()) watch_ = *id;
    return std::nullopt;
  }
  if ((needs_people_ || is_of_somebody_else(changed)) && !take_up_people(now)) return end(End::kNotAllowed);
  if (std::exchange(has_begun_, true)) note(changed, now);
  if (missed_ > kMissedMax) return end(End::kSlow);
  const bool goes_on = speak(now);
  return goes_on ? now : std::min(caller_.expires_at, renew(now));
}

void OpenStream::closed() { end(End::kStopping); }

// Of a tenant people come and go.
bool OpenStream::is_of_somebody_else(std::span<const state::UserKey> changed) const {
  if (following_.of != Following::Of::kTenant) return false;
  return std::ranges::any_of(changed, [&](const state::UserKey& key) {
    return told_.has(key.user) != shared_.view.read(key, [](const presence::Record&) {});
  });
}

bool OpenStream::take_up_people(Time now) {
  auto people = people_of(shared_, caller_.tenant, following_);
  if (!people) return false;
  needs_people_ = false;
  const auto left = told_.set_people(*std::move(people));
  left_.insert(left_.end(), left.begin(), left.end());
  if (!has_begun_ && !resume_.empty()) is_announced_ = begin_where_it_ended(now);
  return true;
}

bool OpenStream::begin_where_it_ended(Time now) {
  std::vector<Fingerprint> looks;
  looks.reserve(told_.size());
  for (const Guid& person : told_.people()) looks.push_back(look_at(person, now));
  return told_.resume(std::exchange(resume_, {}), looks);
}

// What a client that reads slowly misses is counted as far as it can be seen: what is hidden from it must not
// show in when its stream ends.
void OpenStream::note(std::span<const state::UserKey> changed, Time now) {
  const bool is_stalled = is_stalled_;
  if (!is_stalled) missed_ = 0;
  for (const state::UserKey& key : changed) {
    if (!told_.has(key.user)) continue;
    if (is_stalled) missed_ += told_.differs(key.user, look_at(key.user, now));
    told_.owe(key.user);
  }
}

// Fills json_, too.
Fingerprint OpenStream::look_at(const Guid& person, Time now) {
  json_ = '{';
  append_seen(shared_, caller_, person, now, json_);
  json_ += '}';
  return fingerprint_of(json_);
}

// True where there is more to say at once.
bool OpenStream::speak(Time now) {
  if (!owes() || !take_turn()) return false;
  const std::string text = page(now);
  if (text.empty()) {
    flow_ = Flow::kFree;
    return false;
  }
  exchange_.push(shared_.streams.share(text));
  Flow busy = Flow::kBusy;
  return owes() && !flow_.compare_exchange_strong(busy, Flow::kAwaited);
}

// False where the last page is still on its way: the loop says when it has left.
bool OpenStream::take_turn() {
  for (;;) {
    Flow flow = Flow::kFree;
    if (flow_.compare_exchange_strong(flow, Flow::kBusy)) return true;
    if (flow == Flow::kAwaited || flow_.compare_exchange_strong(flow, Flow::kAwaited)) return false;
  }
}

std::string OpenStream::page(Time now) {
  std::string out;
  if (!std::exchange(is_announced_, true))
    append_event(out, speech_, "snapshot", told_.id(), fmt::format(R"({{"users":{}}})", told_.size()));
  // The digest is of the people who are left: only who has heard of all who are not may come back with it.
  for (; !left_.empty(); left_.pop_back()) {
    append_event(out, speech_, "removed", left_.size() == 1 ? told_.id() : std::string(kIdOfNone),
                 fmt::format(R"({{"id":"{}"}})", to_string(left_.back())));
  }
  while (told_.owes() && out.size() < kPageBytes) {
    const Guid person = told_.take_owed();
    if (told_.tell(person, look_at(person, now))) append_event(out, speech_, "presence", told_.id(), json_);
  }
  if (!told_.owes() && !std::exchange(is_complete_, true))
    append_event(out, speech_, "ready", told_.id(), fmt::format(R"({{"users":{}}})", told_.size()));
  return out;
}

void OpenStream::drained() {
  is_stalled_ = false;
  if (flow_.exchange(Flow::kFree) == Flow::kAwaited) shared_.watchers.nudge(watch_);
}

void OpenStream::gone() {
  is_gone_ = true;
  shared_.watchers.unwatch(watch_);
  seat_.reset();
}

bool OpenStream::select(const Following& following) {
  const auto people = people_of(shared_, caller_.tenant, following);
  if (!seat_ || !seat_->resize(people ? people->size() : 0)) return false;
  {
    const std::scoped_lock lock(wishes_->mutex);
    wishes_->following = following;
  }
  return true;
}

void OpenStream::go_by_wishes() {
  has_wishes_ = true;
  shared_.watchers.nudge(watch_);
}

void OpenStream::keep(const KeptSession& session) {
  {
    const std::scoped_lock lock(wishes_->mutex);
    wishes_->kept = session;
  }
  go_by_wishes();
}

void OpenStream::take_wishes(Time now) {
  const std::scoped_lock lock(wishes_->mutex);
  if (wishes_->following) {
    following_ = *std::move(wishes_->following);
    wishes_->following.reset();
    needs_people_ = true;
  }
  if (wishes_->kept) {
    kept_ = std::move(wishes_->kept);
    wishes_->kept.reset();
    renew_at_ = now + renewal_of(kept_->command, shared_.settings.policy);
  }
}

// Sets the kept session again where it is time; gives when it is next.
Time OpenStream::renew(Time now) {
  if (!kept_ || now < renew_at_) return renew_at_;
  const Time wall = shared_.clock.wall();
  shared_.writer.submit(kept_->person, secure_random_guid(), kept_->command, wall,
                        [](const state::Outcome&) {});
  return renew_at_ = wall + renewal_of(kept_->command, shared_.settings.policy);
}

struct OpenStream::Farewell {
  std::string_view reason;
  http::CloseCode code;
};

const OpenStream::Farewell& OpenStream::farewell(End why) {
  static constexpr Farewell kFarewells[] = {{"tokenExpired", http::CloseCode::kTokenExpired},
                                            {"notAllowed", http::CloseCode::kNotAllowed},
                                            {"slow", http::CloseCode::kPolicy},
                                            {"stopping", http::CloseCode::kGoingAway}};
  return kFarewells[static_cast<std::size_t>(why)];
}

std::optional<Time> OpenStream::end(End why) {
  const auto& [reason, code] = farewell(why);
  std::string out;
  append_event(out, speech_, "end", {}, fmt::format(R"({{"reason":"{}"}})", reason));
  if (speech_ == Speech::kMessages) http::append_close_frame(out, code, reason);
  exchange_.end(shared_.streams.share(out));
  is_gone_ = true;
  return std::nullopt;
}

}  // namespace porchlight::graph
