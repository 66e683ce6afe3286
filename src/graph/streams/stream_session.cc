// The life of a stream:
//
//   start()      watches the keys of the target; the registry calls on_change() at once, with all people
//   on_change()  ends the stream if its permission is gone, reads the target again if the directory has changed,
//                marks changed people as pending and sends a page. If the target has many people, several calls read
//                them; then, if the client resumes, several calls compare them with what it has
//   on_drained() the connection has sent the page: if more is pending, the registry is woken
//
// send_state_ is the only state that both threads change. Whichever thread comes second sees that more is pending:
// on_change() through try_begin_send(), or on_drained() through kSendingMorePending.
#include "graph/streams/stream_session.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/check.h"
#include "graph/call/caller_validity.h"
#include "graph/call/visible_presence.h"

namespace porchlight::graph {
namespace {

// An id that no stream can resume from, so that everything is sent again.
constexpr std::string_view kNoResumeId = "-";

// Time between two renewals of a session: well before it expires or fades.
Duration renewal_interval(const presence::SetSession& session, const presence::Policy& policy) {
  return std::min(session.life.value_or(presence::kSessionLifeDefault), policy.fade_to_inactive) * 3 / 4;
}

}  // namespace

void append_event(std::string& out, StreamTransport transport, std::string_view name, std::string_view id,
                  std::string_view data) {
  if (transport == StreamTransport::kSse) {
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

StreamSession::StreamSession(const Services& services, const identity::Caller& caller,
                             http::Exchange exchange, watch::WatchQuota::Permit permit, StreamOptions options)
    : services_(services),
      caller_(caller),
      exchange_(std::move(exchange)),
      transport_(options.transport),
      permit_(std::move(permit)),
      target_(std::move(options.target)),
      opened_at_end_(services.stream_ends.last()) {
  if (!options.resume.empty()) resumption_ = {std::move(options.resume), {}, {}};
  if (transport_ == StreamTransport::kWebSocket) commands_ = std::make_unique<PendingCommands>();
}

StreamSession::~StreamSession() {
  if (send_state_ == SendState::kSendingMorePending) services_.streams.behind.remove();
}

bool StreamSession::start() {
  permit_->list(weak_from_this(), caller_.user, services_.clock.wall());
  const auto id = watch();
  if (!id) return false;
  // on_change() may have begun another watch already, which is then the current one.
  watch::WatchRegistry::Id none = 0;
  watch_.compare_exchange_strong(none, *id);
  return true;
}

std::vector<state::UserKey> StreamSession::keys() const {
  const auto people = watch::people_of(services_.view, caller_.tenant, target_).value_or(std::vector<Guid>());
  auto keys = watch::watch_keys(services_.view, caller_.tenant, people);
  if (target_.kind == TargetKind::kGroup) keys.push_back({caller_.tenant, target_.ids.front()});
  append_caller_keys(keys, caller_);
  return keys;
}

std::optional<watch::WatchRegistry::Id> StreamSession::watch() {
  epoch_ = services_.view.directory_epoch();
  needs_people_ = true;
  if (target_.kind == TargetKind::kTenant)
    return services_.watchers.watch_tenant(caller_.tenant, shared_from_this());
  auto keys = this->keys();
  watched_checksum_ = watch::checksum_of(keys);
  return services_.watchers.watch(std::move(keys), shared_from_this());
}

std::optional<Time> StreamSession::on_change(Time now, std::span<const state::UserKey> changed) {
  if (is_closed_) return std::nullopt;
  if (now >= caller_.expires_at) return end(EndReason::kTokenExpired);
  // The people of a tenant change with users only, which has_membership_change() notices.
  const std::uint64_t epoch = services_.view.directory_epoch();
  if (std::exchange(epoch_, epoch) != epoch && target_.kind != TargetKind::kTenant) needs_people_ = true;
  if (!is_still_valid(services_, caller_)) return end(EndReason::kNotAllowed);
  if (shall_end_) return end(EndReason::kNotAllowed);
  if (caller_.user && services_.stream_ends.has_ended({caller_.tenant, *caller_.user}, opened_at_end_))
    return end(EndReason::kNotAllowed);
  if (has_commands_.exchange(false)) apply_commands(now);
  if (needs_other_keys(changed)) {
    // Another watch replaces this one, and reports all of its people at once. If the server is stopping, this
    // watch stays and is closed.
    const auto id = watch();
    if (!id) return presence::kNever;
    watch_ = *id;
    return std::nullopt;
  }
  needs_people_ = needs_people_ || has_membership_change(changed);
  const TargetProgress progress = read_target(now);
  if (progress == TargetProgress::kGone) return end(EndReason::kNotAllowed);
  if (std::exchange(has_begun_, true)) record_changes(changed, now);
  if (progress == TargetProgress::kMore) return now;
  if (missed_ > kMissedChangesMax) return end(EndReason::kSlow);
  const bool has_more = send_page(now) || needs_people_;
  return has_more ? now : std::min(caller_.expires_at, renew_session(now));
}

void StreamSession::on_closed() { end(EndReason::kStopping); }

// Whether the keys that are watched do not suffice any more. A watch of a tenant needs no keys.
bool StreamSession::needs_other_keys(std::span<const state::UserKey> changed) const {
  if (target_.kind == TargetKind::kTenant) return false;
  if (!needs_people_ && !watch::may_have_moved(services_.view, caller_.tenant, changed)) return false;
  return watch::checksum_of(keys()) != watched_checksum_;
}

// Whether one of these people was added to or removed from the tenant, if the stream follows a tenant.
bool StreamSession::has_membership_change(std::span<const state::UserKey> changed) const {
  if (target_.kind != TargetKind::kTenant) return false;
  if (reading_) return reading_->is_outdated_by(services_.view, changed);
  return std::ranges::any_of(changed, [&](const state::UserKey& key) {
    return sync_.has(key.user) != services_.view.contains(key);
  });
}

// A portion of what must be read before the next page.
StreamSession::TargetProgress StreamSession::read_target(Time now) {
  if (needs_people_ || reading_) {
    const TargetProgress progress = read_people();
    if (progress != TargetProgress::kDone) return progress;
  }
  return resumption_ ? compare_people(now) : TargetProgress::kDone;
}

// If the people of a tenant change behind the reading, it goes on, and another one follows after the next page: a
// stream makes progress however often they change.
StreamSession::TargetProgress StreamSession::read_people() {
  if (target_.kind != TargetKind::kTenant) {
    auto people = watch::people_of(services_.view, caller_.tenant, target_);
    if (!people) return TargetProgress::kGone;
    needs_people_ = false;
    set_people(*std::move(people));
    return TargetProgress::kDone;
  }
  if (!reading_) {
    reading_.emplace();
    needs_people_ = false;
  }
  if (!reading_->read_more(services_.view, caller_.tenant)) return TargetProgress::kMore;
  set_people(std::exchange(reading_, std::nullopt)->take());
  return TargetProgress::kDone;
}

// Other people than those that the client has cannot be resumed from, so all are sent.
void StreamSession::set_people(std::vector<Guid> people) {
  if (resumption_ && !resumption_->hashes.empty() && sync_.people() != people) resumption_.reset();
  const auto removed = sync_.set_people(std::move(people));
  removed_.insert(removed_.end(), removed.begin(), removed.end());
}

// Compares a portion of the people with what the client has of them. Those that change later are pending.
StreamSession::TargetProgress StreamSession::compare_people(Time now) {
  auto& [id, hashes, changed] = *resumption_;
  const std::size_t end = std::min(sync_.size(), hashes.size() + watch::kPeoplePerCall);
  services_.streams.count_people(end - hashes.size());
  while (hashes.size() < end) hashes.push_back(render(sync_.person(hashes.size()), now));
  if (hashes.size() < sync_.size()) return TargetProgress::kMore;
  is_snapshot_announced_ = sync_.resume(id, hashes);
  for (const Guid& person : changed) sync_.mark_pending(person);
  resumption_.reset();
  return TargetProgress::kDone;
}

// For a client that reads slowly, counts only changes that it could see: the time at which the stream ends must not
// reveal hidden changes.
void StreamSession::record_changes(std::span<const state::UserKey> changed, Time now) {
  const bool is_stalled = is_stalled_;
  if (!is_stalled) missed_ = 0;
  if (!changed.empty()) unsent_since_ = std::min(unsent_since_, services_.watchers.changed_since());
  for (const state::UserKey& key : changed) {
    if (!sync_.has(key.user)) continue;
    if (is_stalled) missed_ += sync_.is_changed(key.user, render(key.user, now));
    sync_.mark_pending(key.user);
    if (resumption_) resumption_->changed.push_back(key.user);
  }
}

// Writes the presence of a person to presence_json_ and returns its hash.
PresenceHash StreamSession::render(const Guid& person, Time now) {
  presence_json_ = '{';
  append_streamed_presence(services_, caller_, person, now, presence_json_);
  presence_json_ += '}';
  return hash_presence(presence_json_);
}

// Sends one page. Returns whether more is pending that can be sent at once. A page is empty if nothing of what is
// pending has to be sent.
bool StreamSession::send_page(Time now) {
  if (!has_pending() || !try_begin_send()) return false;
  const std::string text = render_page(now);
  const Time since = unsent_since_;
  if (!has_pending()) unsent_since_ = presence::kNever;
  if (text.empty()) {
    send_state_ = SendState::kIdle;
    return has_pending();
  }
  page_since_ = since;
  exchange_.push(services_.streams.share(text));
  return has_pending() && !mark_more_pending();
}

// Notes that more is pending, for on_drained(). Returns false if no page is in flight. Counted before, because
// on_drained() may follow at once.
bool StreamSession::mark_more_pending() {
  services_.streams.behind.add();
  SendState state = SendState::kSending;
  if (send_state_.compare_exchange_strong(state, SendState::kSendingMorePending)) return true;
  services_.streams.behind.remove();
  return state == SendState::kSendingMorePending;
}

// Returns false if the last page is still in flight; then on_drained() continues.
bool StreamSession::try_begin_send() {
  for (;;) {
    SendState state = SendState::kIdle;
    if (send_state_.compare_exchange_strong(state, SendState::kSending)) return true;
    if (mark_more_pending()) return false;
  }
}

// The order of a page: snapshot, removals, presences, ready. A page ends early when it is full.
std::string StreamSession::render_page(Time now) {
  std::string out;
  if (!std::exchange(is_snapshot_announced_, true))
    append_event(out, transport_, "snapshot", sync_.id(), fmt::format(R"({{"users":{}}})", sync_.size()));
  // The digest covers the remaining people only, so a client may resume from it after the last removal, not before.
  for (; !removed_.empty(); removed_.pop_back()) {
    append_event(out, transport_, "removed", removed_.size() == 1 ? sync_.id() : std::string(kNoResumeId),
                 fmt::format(R"({{"id":"{}"}})", to_string(removed_.back())));
  }
  std::size_t people = 0;
  for (; sync_.has_pending() && out.size() < kPageBytes && people < watch::kPeoplePerCall; ++people) {
    const Guid person = sync_.pop_pending();
    if (sync_.mark_sent(person, render(person, now)))
      append_event(out, transport_, "presence", sync_.id(), presence_json_);
  }
  services_.streams.count_people(people);
  if (!sync_.has_pending() && !std::exchange(is_ready_sent_, true))
    append_event(out, transport_, "ready", sync_.id(), fmt::format(R"({{"users":{}}})", sync_.size()));
  return out;
}

// Counts the changes of the page that the socket has taken.
void StreamSession::count_delay() {
  const Time since = page_since_.exchange(presence::kNever);
  if (since == presence::kNever) return;
  Streams& streams = services_.streams;
  const Duration delay = std::max(services_.clock.wall() - since, Duration::zero());
  (transport_ == StreamTransport::kSse ? streams.delays_by_sse : streams.delays_by_websocket)
      .add(static_cast<std::uint64_t>(delay.count()));
}

void StreamSession::on_drained() {
  is_stalled_ = false;
  count_delay();
  if (send_state_.exchange(SendState::kIdle) != SendState::kSendingMorePending) return;
  services_.streams.behind.remove();
  services_.watchers.wake(watch_);
}

void StreamSession::on_disconnected() {
  is_closed_ = true;
  services_.watchers.unwatch(watch_);
  permit_.reset();
}

std::string_view StreamSession::kind() const {
  return transport_ == StreamTransport::kSse ? "sse" : "webSocket";
}

void StreamSession::request_end() {
  shall_end_ = true;
  services_.watchers.wake(watch_);
}

bool StreamSession::set_target(const WatchTarget& target) {
  if (!permit_ || !permit_->resize(watch::people_count(services_.view, caller_.tenant, target))) return false;
  CHECK(commands_ != nullptr);
  {
    const MutexLock lock(commands_->mutex);
    commands_->target = target;
  }
  return true;
}

void StreamSession::submit_commands() {
  has_commands_ = true;
  services_.watchers.wake(watch_);
}

void StreamSession::hold_session(const OwnedSession& session) {
  {
    const MutexLock lock(commands_->mutex);
    commands_->session = session;
  }
  submit_commands();
}

// Takes over what the loop's thread has queued.
void StreamSession::apply_commands(Time now) {
  const MutexLock lock(commands_->mutex);
  if (commands_->target) {
    target_ = *std::move(commands_->target);
    commands_->target.reset();
    reading_.reset();
    needs_people_ = true;
  }
  if (commands_->session) {
    owned_session_ = commands_->session;
    commands_->session.reset();
    renew_at_ = now + renewal_interval(owned_session_->command, services_.settings.policy);
  }
}

// Renews the session if it is time. Returns the time of the next renewal.
Time StreamSession::renew_session(Time now) {
  if (!owned_session_ || now < renew_at_) return renew_at_;
  const Time wall = services_.clock.wall();
  services_.commands.submit(owned_session_->person, secure_random_guid(), owned_session_->command, wall,
                            [](const state::Outcome&) {});
  return renew_at_ = wall + renewal_interval(owned_session_->command, services_.settings.policy);
}

// The reason in the last event, and the code of the close frame.
struct StreamSession::EndMessage {
  std::string_view reason;
  http::CloseCode code;
};

const StreamSession::EndMessage& StreamSession::end_message(EndReason why) {
  static constexpr EndMessage kEndMessages[] = {{"tokenExpired", http::CloseCode::kTokenExpired},
                                                {"notAllowed", http::CloseCode::kNotAllowed},
                                                {"slow", http::CloseCode::kPolicy},
                                                {"stopping", http::CloseCode::kGoingAway}};
  return kEndMessages[static_cast<std::size_t>(why)];
}

// Sends the reason and closes the connection. Returns what ends the watch.
std::optional<Time> StreamSession::end(EndReason why) {
  const auto& [reason, code] = end_message(why);
  std::string out;
  append_event(out, transport_, "end", {}, fmt::format(R"({{"reason":"{}"}})", reason));
  if (transport_ == StreamTransport::kWebSocket) http::append_close_frame(out, code, reason);
  exchange_.end(services_.streams.share(out));
  is_closed_ = true;
  return std::nullopt;
}

}  // namespace porchlight::graph
