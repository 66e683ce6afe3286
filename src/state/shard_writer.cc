// The turn: take_waiting() → prepare_batch() → append_batch() → finish_batch() → reply_all(). The append may end
// before or after log::ShardLog::append() returns, and on another thread. The two sides meet at `rendezvous_`, an
// atomic exchange: the side that comes second finds the mark of the other and ends the turn. If the callback came
// first, the caller continues in its loop, so a log that answers within append() does not deepen the stack.
//
// Whatever the log answers, the view only ever shows what is in the log. After kUnknown or kConflict the writer reads
// the end of the log before it appends again; the open batch counts as written if it is found there.
#include "state/shard_writer.h"

#include <algorithm>
#include <utility>

#include "base/check.h"
#include "base/overloaded.h"
#include "presence/rules.h"

namespace porchlight::state {

namespace {

// An upper bound of the bytes of an event without texts. It is used only to close a batch in time.
constexpr std::size_t kEventBytes = 160;
constexpr std::size_t kSpanBytes = 10;        // two varints of ms; five bytes hold 397 days
constexpr std::size_t kCatchUpBatches = 256;  // per read of the log

// The bytes of the parts of variable length.
std::size_t text_bytes(const directory::EntityChange& change) {
  return std::visit(
      Overloaded{
          [](const directory::TenantPut& put) {
            return put.name.size() + put.settings.zone.size() + put.settings.trusts.size() * sizeof(Guid);
          },
          [](const directory::GroupPut& put) { return put.name.size() + put.members.size() * sizeof(Guid); },
          [](const directory::UserPut& put) { return put.upn.size() + put.name.size(); },
          [](const directory::AppPut& put) {
            std::size_t bytes = put.name.size();
            for (const auto& scope : put.scopes) bytes += scope.size() + 2;
            for (const auto& role : put.roles) bytes += role.size() + 2;
            return bytes;
          },
          [](const auto&) { return std::size_t{0}; },
      },
      change);
}

// Whether the change creates its subject if it does not exist.
bool is_put(const directory::EntityChange& change) {
  return std::holds_alternative<directory::TenantPut>(change) ||
         std::holds_alternative<directory::UserPut>(change) ||
         std::holds_alternative<directory::AppPut>(change) ||
         std::holds_alternative<directory::GroupPut>(change);
}

bool is_removal(const directory::EntityChange& change) {
  return std::holds_alternative<directory::TenantRemoved>(change) ||
         std::holds_alternative<directory::UserRemoved>(change) ||
         std::holds_alternative<directory::AppRemoved>(change) ||
         std::holds_alternative<directory::GroupRemoved>(change);
}

std::size_t text_bytes(const presence::Command& command) {
  return std::visit(
      Overloaded{
          [](const presence::SetMessage& set) {
            return set.text.size() + set.expiry_text.size() + set.expiry_zone.size();
          },
          [](const presence::SetLocation& set) { return set.location.place.size(); },
          [](const presence::PutWorkRecurrence& put) {
            return put.recurrence.where.place.size() + put.recurrence.range.zone.size();
          },
          [](const presence::PutWorkOccurrence& put) {
            const presence::WorkOccurrence& one = put.occurrence;
            return one.where.place.size() + one.range.zone.size() + one.subject.size();
          },
          [](const presence::SetCurrentLocation& set) { return set.location.place.size(); },
          [](const presence::SetOutOfOffice& set) { return set.what.message.size(); },
          [](const presence::SetCalendar& set) {
            if (!set.calendar) return std::size_t{0};
            std::size_t bytes = (set.calendar->busy.size() + set.calendar->out_of_office.size()) * kSpanBytes;
            for (const auto& item : set.calendar->skipped.first) bytes += sizeof item + item.reason.size();
            return bytes;
          },
          [](const presence::SetVisibility& set) {
            return (set.visibility.members.size() + set.visibility.groups.size()) * sizeof(Guid);
          },
          [](const auto&) { return std::size_t{0}; },
      },
      command);
}

Outcome write_failed(WriteError error) { return std::unexpected(error); }

}  // namespace

std::size_t Writer::ShardWriter::SubjectHash::operator()(const SubjectId& id) const {
  const auto& [kind, key] = id;
  const std::hash<Guid> hash;
  return (hash(key.user) ^ (hash(key.tenant) << 1)) + static_cast<std::size_t>(kind);
}

Writer::ShardWriter::ShardWriter(View& view, log::ShardLog& log, std::uint32_t shard,
                                 const presence::Policy& policy, WriterCounters& counters)
    : view_(view), log_(log), shard_(shard), policy_(policy), counters_(counters) {}

Writer::ShardWriter::~ShardWriter() {
  MutexLock lock(mutex_);
  while (busy_) idle_.wait(mutex_);
}

bool Writer::ShardWriter::healthy() const { return log_.accepts(); }

void Writer::ShardWriter::submit(WriteRequest request) {
  std::optional<WriteRequest> refused;
  bool is_first = false;
  {
    const MutexLock lock(mutex_);
    is_first = !std::exchange(busy_, true);
    if (is_first)
      current_.push_back(std::move(request));
    else
      refused = queue(std::move(request));
  }
  if (refused) {
    counters_.overloaded.add();
    refused->done(write_failed(WriteError::kOverloaded));
  }
  if (is_first) run_batches();
}

// Returns the request that makes room, if too many wait.
std::optional<Writer::ShardWriter::WriteRequest> Writer::ShardWriter::queue(WriteRequest&& request) {
  const QueueOwner owner{.tenant = std::hash<Guid>{}(request.key.tenant)};
  const bool is_command = std::holds_alternative<presence::Command>(request.what);
  return (is_command ? commands_ : changes_).push(owner, std::move(request));
}

// Runs turns as long as they end on this thread.
void Writer::ShardWriter::run_batches() {
  while (take_waiting()) {
    if (prepare_batch() && !append_batch()) return;
  }
}

// Moves the requests of the next batch to current_, which has the one that began the turns if they begin. If there
// are no requests, clears busy_ and returns false.
bool Writer::ShardWriter::take_waiting() {
  const MutexLock lock(mutex_);
  std::size_t bytes = 0;
  while (!(commands_.empty() && changes_.empty()) && bytes < kBatchBytesMax &&
         current_.size() < kPendingMax) {
    const WriteRequest& request = current_.emplace_back(next_queue().pop());
    bytes += kEventBytes + std::visit(Overloaded{
                                          [](const TailRenewal&) { return std::size_t{0}; },
                                          [](const auto& what) { return text_bytes(what); },
                                      },
                                      request.what);
  }
  if (current_.empty()) {
    busy_ = false;
    // Notified under the lock: after it is released the destructor may destroy the condition variable.
    idle_.notify_all();
  }
  return !current_.empty();
}

// The queue that has the next turn. One of them must not be empty.
FairQueue<Writer::ShardWriter::WriteRequest>& Writer::ShardWriter::next_queue() {
  const bool takes_change = commands_.empty() || (is_turn_of_changes_ && !changes_.empty());
  is_turn_of_changes_ = !takes_change;
  return takes_change ? changes_ : commands_;
}

// Decides the requests of the turn. Returns true if there are events to append; otherwise all requests are answered.
bool Writer::ShardWriter::prepare_batch() {
  bool ignored = false;
  if (!tail_known_ && !catch_up(ignored)) {
    for (WriteRequest& request : current_) {
      replies_.push_back({std::move(request.done), write_failed(WriteError::kUnavailable)});
    }
    current_.clear();
    reply_all(false);
    return false;
  }
  CHECK(batch_.events.empty());
  expected_last_ = view_.position(shard_).seq;
  for (WriteRequest& request : current_) decide(request);
  current_.clear();
  if (has_batch()) return true;
  reply_all(true);
  return false;
}

// Appends the open batch. Returns true if the turn ended within the call; otherwise the log's thread ends it and runs
// the next turns. After returning false the caller must not use the object: the destructor may run.
bool Writer::ShardWriter::append_batch() {
  batch_.at = last_at_;
  rendezvous_.store(AppendRendezvous::kNone);
  log_.append(batch_, expected_last_, [this](log::Appended appended) {
    appended_ = appended;
    if (rendezvous_.exchange(AppendRendezvous::kCallback) == AppendRendezvous::kNone) return;
    finish_batch(appended_);
    run_batches();
  });
  if (rendezvous_.exchange(AppendRendezvous::kCaller) == AppendRendezvous::kNone) return false;
  finish_batch(appended_);
  return true;
}

void Writer::ShardWriter::finish_batch(log::Appended appended) {
  bool is_durable = appended == log::Appended::kOk;
  if (is_durable) {
    view_.apply({shard_, expected_last_ + 1}, batch_);
  } else {
    // kUnknown or kConflict: read the log to find out what it contains.
    catch_up(is_durable);
  }
  reply_all(is_durable);
}

// Applies the batches that the view lacks, and sets `found_own_batch` if the open batch is among them. Returns false
// if the log can't be read; the next turn then tries again before it appends.
bool Writer::ShardWriter::catch_up(bool& found_own_batch) {
  tail_known_ = false;
  const auto tail = log_.tail();
  if (!tail) return false;
  if (tail->seq > 0 && last_at_ == Time{}) {
    // The first turn since the start: times of batches must not decrease, also if the clock went back meanwhile.
    const auto last = log_.read(tail->seq, 1);
    if (!last) return false;
    if (!last->empty()) last_at_ = last->back().batch.at;
  }
  for (std::uint64_t seq = view_.position(shard_).seq; seq < tail->seq;) {
    const auto batches = log_.read(seq + 1, kCatchUpBatches);
    if (!batches || batches->empty()) return false;
    for (const log::StoredBatch& stored : *batches) {
      if (stored.seq != seq + 1) return false;
      // Event ids are unique, so an equal batch is the own one.
      found_own_batch |= !batch_.events.empty() && stored.batch == batch_;
      view_.apply({shard_, stored.seq}, stored.batch);
      last_at_ = std::max(last_at_, stored.batch.at);
      seq = stored.seq;
    }
  }
  tail_known_ = true;
  return true;
}

// Answers in order. If the batch is not durable, all requests of the turn get kUnavailable: also those that changed
// nothing may have been decided on the state of the lost batch.
void Writer::ShardWriter::reply_all(bool is_durable) {
  batch_.events.clear();
  renews_tail_ = false;
  scratch_.clear();
  if (!is_durable) counters_.unavailable.add(replies_.size());
  for (PendingReply& reply : std::exchange(replies_, {})) {
    reply.done(is_durable ? reply.outcome : write_failed(WriteError::kUnavailable));
  }
}

void Writer::ShardWriter::decide(WriteRequest& request) {
  // Times of batches never decrease in a shard. The time of an event is that of its request: a wall clock that was
  // ahead for a while must not lengthen the lives of sessions that are set after it is corrected.
  last_at_ = std::max(last_at_, request.now);
  std::optional<Outcome> outcome;
  if (const auto* const command = std::get_if<presence::Command>(&request.what)) {
    outcome = decide_presence(request, *command);
  } else if (const auto* const change = std::get_if<directory::EntityChange>(&request.what)) {
    decide_directory(request, *change);
  } else {
    renews_tail_ = true;
  }
  const std::uint64_t seq = expected_last_ + (has_batch() ? 1 : 0);
  replies_.push_back({std::move(request.done), outcome.value_or(log::Position{shard_, seq})});
}

void Writer::ShardWriter::count(const presence::Command& command, WriterCounters::CommandEffect result) {
  counters_.commands[command.index()][static_cast<std::size_t>(result)].add();
}

void Writer::ShardWriter::count_transition(const presence::Command& command,
                                           const presence::DecidedChange& change) {
  if (change.before.availability() == change.after.availability()) return;
  using By = WriterCounters::TransitionCause;
  // No other command changes the availability.
  const By cause = std::visit(Overloaded{
                                  [](const presence::SetPreferred&) { return By::kPreference; },
                                  [](const presence::ClearPreferred&) { return By::kPreference; },
                                  [](const presence::SetCalendar&) { return By::kCalendar; },
                                  [](const auto&) { return By::kSession; },
                              },
                              command);
  counters_.transitions[static_cast<std::size_t>(cause)][change.before.rank()][change.after.rank()].add();
}

// Adds the event of a command to the open batch, if it has one. Returns the outcome if it is an error.
std::optional<Outcome> Writer::ShardWriter::decide_presence(const WriteRequest& request,
                                                            const presence::Command& command) {
  Scratch& subject = scratch_of(SubjectKind::kUser, request.key);
  using CommandEffect = WriterCounters::CommandEffect;
  if (!subject.exists) {
    count(command, CommandEffect::kNoSuchUser);
    return write_failed(WriteError::kNoSuchUser);
  }
  auto decided = presence::decide_change(subject.record, command, request.now, policy_);
  count(command, !decided   ? CommandEffect::kRejected
                 : *decided ? CommandEffect::kChanged
                            : CommandEffect::kUnchanged);
  if (!decided) return std::unexpected(decided.error());
  if (!*decided) return std::nullopt;
  count_transition(command, **decided);
  log::apply(subject, add_event(subject, request, std::move((*decided)->event)));
  return std::nullopt;
}

// Adds the event of a directory change to the open batch.
void Writer::ShardWriter::decide_directory(const WriteRequest& request,
                                           const directory::EntityChange& change) {
  const auto kind =
      std::visit(Overloaded{
                     [](const directory::TenantPut&) { return SubjectKind::kTenant; },
                     [](const directory::TenantRemoved&) { return SubjectKind::kTenant; },
                     [](const directory::AppPut&) { return SubjectKind::kApp; },
                     [](const directory::AppRemoved&) { return SubjectKind::kApp; },
                     [](const directory::GroupPut&) { return SubjectKind::kGroup; },
                     [](const directory::GroupRemoved&) { return SubjectKind::kGroup; },
                     [&](const directory::AdministratorSet&) {
                       return request.key.user.is_nil() ? SubjectKind::kTenant : SubjectKind::kUser;
                     },
                     [](const auto&) { return SubjectKind::kUser; },
                 },
                 change);
  Scratch& subject = scratch_of(kind, request.key);
  if (!is_put(change) && !subject.exists) return;
  const log::Event& event = add_event(subject, request, log::DirectoryEvent{request.now, change});
  if (kind == SubjectKind::kUser) {
    log::apply(subject, event);
  } else {
    // A subject that is added again after its removal starts at version 1.
    subject = is_removal(change) ? Scratch{} : Scratch{true, event.version, {}};
  }
}

// The subject as the open batch leaves it; at its first use in the turn, as the view has it.
Writer::ShardWriter::Scratch& Writer::ShardWriter::scratch_of(SubjectKind kind, const UserKey& key) {
  const auto [found, is_first_use] = scratch_.try_emplace(SubjectId(kind, key));
  Scratch& subject = found->second;
  if (!is_first_use) return subject;
  if (kind == SubjectKind::kUser) {
    if (auto person = view_.copy(key)) subject = {true, person->version, std::move(person->record)};
    return subject;
  }
  subject.version = kind == SubjectKind::kTenant ? view_.tenant_version(key.tenant)
                    : kind == SubjectKind::kApp  ? view_.app_version(key.tenant, key.user)
                                                 : view_.group_version(key.tenant, key.user);
  subject.exists = subject.version > 0;
  return subject;
}

// The subject's next event, at the end of the open batch. The reference is valid until the next call.
log::Event& Writer::ShardWriter::add_event(const Scratch& subject, const WriteRequest& request,
                                           decltype(log::Event::body) body) {
  return batch_.events.emplace_back(log::Event{request.event_id, request.key.tenant, request.key.user,
                                               subject.version + 1, std::move(body)});
}

}  // namespace porchlight::state
