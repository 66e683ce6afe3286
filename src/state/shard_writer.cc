// The turn: take_waiting() → decide_all() → append() → reply_all(). In front of the decision the view must
// have the whole log: read_on() brings it there at the start, and after each append that was refused or has an unknown
// outcome; then the same requests are decided again. A request whose event was found in the log meanwhile is answered
// with its position, by its event id.
//
// Whatever the log answers, the view only ever shows what is in the log. All but submit() and offer() run on the log's
// threads, one at a time, and never within a call of the log: so a turn that goes on does not deepen the stack.
#include "state/shard_writer.h"

#include <algorithm>
#include <utility>

#include "base/check.h"
#include "base/overloaded.h"
#include "presence/rules.h"
#include "state/text_bytes.h"

namespace porchlight::state {

namespace {

// An upper bound of the bytes of an event without texts. It is used only to close a batch in time.
constexpr std::size_t kEventBytes = 160;

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

Outcome write_failed(WriteError error) { return std::unexpected(error); }

}  // namespace

std::size_t Writer::ShardWriter::SubjectHash::operator()(const SubjectId& id) const {
  const auto& [kind, key] = id;
  const std::hash<Guid> hash;
  return (hash(key.user) ^ (hash(key.tenant) << 1)) + static_cast<std::size_t>(kind);
}

Writer::ShardWriter::ShardWriter(View& view, log::ShardLog& log, std::uint32_t shard,
                                 const presence::Policy& policy, WriterCounters& counters,
                                 WrittenListener* const& listener)
    : view_(view),
      log_(log),
      shard_(shard),
      policy_(policy),
      counters_(counters),
      listener_(listener),
      feed_(view, shard) {}

Writer::ShardWriter::~ShardWriter() {
  MutexLock lock(mutex_);
  while (tasks_ > 0) idle_.wait(mutex_);
}

// Notified under the lock: after it is released the destructor may destroy the condition variable.
void Writer::ShardWriter::end_task() {
  if (--tasks_ == 0) idle_.notify_all();
}

bool Writer::ShardWriter::healthy() const { return log_.accepts(); }

void Writer::ShardWriter::submit(WriteRequest request) {
  request.submitted_at = log_.now();
  std::optional<WriteRequest> refused;
  bool is_first = false;
  {
    const MutexLock lock(mutex_);
    is_first = !std::exchange(busy_, true);
    if (is_first) {
      current_.push_back(std::move(request));
      begin_task();
    } else {
      refused = queue(std::move(request));
    }
  }
  if (refused) {
    counters_.overloaded.add();
    refused->done(write_failed(WriteError::kOverloaded));
  }
  if (is_first) log_.run([this] { run_turns(); });
}

void Writer::ShardWriter::offer(std::string message, std::move_only_function<void(Taken)> done) {
  {
    const MutexLock lock(mutex_);
    begin_task();
  }
  log_.run([this, message = std::move(message), done = std::move(done)]() mutable {
    const Taken taken = feed_.offer(message, log_.now());
    counters_.offered[static_cast<std::size_t>(taken)].add();
    done(taken);
    const MutexLock lock(mutex_);
    end_task();
  });
}

void Writer::ShardWriter::settle(Time now) {
  if (may_be_written_) submit({{}, {}, TailRenewal{}, now, [](const Outcome&) {}});
}

// More than a shard gets in kOutcomesKept, with one append after the other.
std::expected<void, log::Unavailable> Writer::ShardWriter::recall_outcomes() {
  constexpr std::uint64_t kBatches = 2048;
  const std::uint64_t last = feed_.seq();
  const std::uint64_t first = last > kBatches ? last - kBatches + 1 : 1;
  const auto batches = log_.read(first, last - first + 1);
  if (!batches) return std::unexpected(batches.error());
  const SteadyTime now = log_.now();
  for (const log::StoredBatch& stored : *batches)
    for (const log::Event& event : stored.batch.events)
      feed_.remember(event.id, log::Position{shard_, stored.seq}, now);
  return {};
}

// Returns the request that makes room, if too many wait.
std::optional<Writer::ShardWriter::WriteRequest> Writer::ShardWriter::queue(WriteRequest&& request) {
  const QueueOwner owner{.tenant = std::hash<Guid>{}(request.key.tenant)};
  const bool is_command = std::holds_alternative<presence::Command>(request.what);
  return (is_command ? commands_ : changes_).push(owner, std::move(request));
}

// Runs turns until one waits for the log. After the last one the caller must not use the object: the destructor may
// run.
void Writer::ShardWriter::run_turns() {
  while (take_waiting()) {
    if (!is_at_end_) return read_on();
    if (!continue_turn()) return;
  }
}

// Moves the requests of the next turn to current_, which has the one that began the turns if they begin. If there are
// no requests, the turns end, and the result is false.
bool Writer::ShardWriter::take_waiting() {
  const MutexLock lock(mutex_);
  std::size_t bytes = 0;
  while (!(commands_.empty() && changes_.empty()) && bytes < kBatchBytesMax &&
         current_.size() < kPendingMax) {
    const WriteRequest& request = current_.emplace_back(next_queue().pop());
    bytes += kEventBytes + std::visit(Overloaded{
                                          [](const TailRenewal&) { return std::size_t{0}; },
                                          [](const LogReading&) { return std::size_t{0}; },
                                          [](const auto& what) { return text_bytes(what); },
                                      },
                                      request.what);
  }
  for (const WriteRequest& request : current_)
    if (std::holds_alternative<LogReading>(request.what)) is_at_end_ = false;
  if (current_.empty()) {
    busy_ = false;
    end_task();
    return false;
  }
  return true;
}

// The queue that has the next turn. One of them must not be empty.
FairQueue<Writer::ShardWriter::WriteRequest>& Writer::ShardWriter::next_queue() {
  const bool takes_change = commands_.empty() || (is_turn_of_changes_ && !changes_.empty());
  is_turn_of_changes_ = !takes_change;
  return takes_change ? changes_ : commands_;
}

// Applies the batches that the view lacks, then continues the turn.
void Writer::ShardWriter::read_on() {
  const auto last = std::ranges::max_element(current_, {}, &WriteRequest::submitted_at);
  if (!current_.front().was_tried) tried_at_ = log_.now();
  log_.read_on(feed_.seq(), last->submitted_at + kDecidedAgainFor,
               [this](std::expected<log::NextBatches, log::Unavailable> next) {
                 if (!next || !apply(*next)) {
                   give_up();
                 } else if (!is_at_end_) {
                   return read_on();
                 } else if (!continue_turn()) {
                   return;
                 }
                 run_turns();
               });
}

// The view has the whole log. Returns true if the turn is over, false if it waits for an append.
bool Writer::ShardWriter::continue_turn() {
  if (is_batch_written_) {
    note_success();
  } else {
    if (may_be_written_ && feed_.seq() == expected_last_) note_failure();
    tried_at_ = log_.now();
    decide_all();
    if (has_batch()) {
      append();
      return false;
    }
  }
  reply_all(log_.now());
  return true;
}

// Applies batches of the log. Returns false if they do not continue what was applied, or the log ends before it: no
// batch may be appended then.
bool Writer::ShardWriter::apply(const log::NextBatches& next) {
  const SteadyTime now = log_.now();
  const std::uint64_t before = feed_.seq();
  for (const log::StoredBatch& batch : next.batches) {
    // The batch of the last append is in the log after all. It was decided on the batch before it, so the outcomes of
    // the whole turn hold: those of requests without an event too. Event ids are unique, so an equal batch is the own
    // one.
    is_batch_written_ |= !batch_.events.empty() && batch.batch == batch_;
    if (feed_.apply_next(batch.seq, batch.batch, batch.chain, now) == Taken::kGap) return false;
  }
  is_at_end_ = feed_.seq() == next.tail.seq;
  if (is_at_end_) feed_.set_end(next.tail);
  return is_at_end_ || (feed_.seq() < next.tail.seq && feed_.seq() > before);
}

void Writer::ShardWriter::decide_all() {
  batch_.events.clear();
  renews_tail_ = false;
  scratch_.clear();
  places_.clear();
  outcomes_.clear();
  for (const WriteRequest& request : current_) {
    const std::optional<std::size_t> first = place_of_first(request);
    if (first) counters_.repeated.add();
    outcomes_.push_back(first ? outcomes_[*first] : decide(request));
  }
  if (feed_.seq() != expected_last_) may_be_written_ = false;
  // Some of these requests may be in a batch that is still on its way, and have other outcomes there. An empty batch
  // keeps it out of the log; batches of other writers do the same.
  const auto is_failed = [](const Outcome& outcome) {
    return outcome == write_failed(WriteError::kUnavailable);
  };
  if (may_be_written_ && std::ranges::any_of(current_, &WriteRequest::was_tried) &&
      !std::ranges::all_of(outcomes_, is_failed))
    renews_tail_ = true;
}

// The place of an earlier request of the turn with the same event id.
std::optional<std::size_t> Writer::ShardWriter::place_of_first(const WriteRequest& request) {
  if (current_.size() == 1 || request.event_id.is_nil()) return std::nullopt;
  const auto [first, is_first] = places_.try_emplace(request.event_id, outcomes_.size());
  return is_first ? std::nullopt : std::optional(first->second);
}

void Writer::ShardWriter::append() {
  last_at_ = std::max(last_at_, feed_.at());
  batch_.at = last_at_;
  expected_last_ = feed_.seq();
  log_.append(batch_, expected_last_, [this](log::Appended appended, const log::Tail& tail) {
    // After the first unknown outcome another append decides: it is refused if the first was written, and keeps it out
    // otherwise.
    may_be_written_ = appended == log::Appended::kUnknown;
    if (appended == log::Appended::kOk) {
      const SteadyTime now = log_.now();
      feed_.apply_next(tail.seq, batch_, tail.chain, now);
      if (listener_) listener_->on_written({shard_, tail.seq}, batch_, tail.chain);
      note_success();
      reply_all(now);
      return run_turns();
    }
    (appended == log::Appended::kConflict ? counters_.conflicts : counters_.unknown).add();
    for (WriteRequest& request : current_) request.was_tried = true;
    is_at_end_ = false;
    read_on();
  });
}

// Answers in order, and ends the turn.
void Writer::ShardWriter::reply_all(SteadyTime now) {
  for (std::size_t place = 0; place < current_.size(); ++place) {
    const bool is_failed = outcomes_[place] == write_failed(WriteError::kUnavailable);
    if (is_failed) counters_.unavailable.add();
    if (!is_failed && std::holds_alternative<presence::Command>(current_[place].what))
      feed_.remember(current_[place].event_id, outcomes_[place], now);
    current_[place].done(outcomes_[place]);
  }
  current_.clear();
  batch_.events.clear();
  is_batch_written_ = false;
}

// Answers all requests of the turn with kUnavailable: also those that would change nothing, because what they are
// decided on may not be the end of the log.
void Writer::ShardWriter::give_up() {
  note_failure();
  outcomes_.assign(current_.size(), write_failed(WriteError::kUnavailable));
  reply_all(log_.now());
}

void Writer::ShardWriter::note_failure() {
  Time first = Time::max();
  for (const WriteRequest& request : current_)
    if (!std::holds_alternative<LogReading>(request.what)) first = std::min(first, request.now);
  if (first != Time::max()) view_.hold().failed(shard_, first, tried_at_, log_.now());
}

// The outcome of a request once the open batch is durable; adds its event to the batch, if it has one.
Outcome Writer::ShardWriter::decide(const WriteRequest& request) {
  if (const Outcome* const known = feed_.outcome_of(request.event_id)) {
    if (!request.was_tried) counters_.repeated.add();
    return *known;
  }
  const Duration waited = tried_at_ - request.submitted_at;
  if (request.was_tried ? !log_.accepts() || waited >= kDecidedAgainFor : waited >= kDecidedWithin)
    return write_failed(WriteError::kUnavailable);
  // Times of batches never decrease in a shard. The time of an event is that of its request: a wall clock that was
  // ahead for a while must not lengthen the lives of sessions that are set after it is corrected.
  last_at_ = std::max(last_at_, request.now);
  std::optional<Outcome> failed;
  if (const auto* const command = std::get_if<presence::Command>(&request.what)) {
    failed = decide_presence(request, *command);
  } else if (const auto* const change = std::get_if<directory::EntityChange>(&request.what)) {
    decide_directory(request, *change);
  } else if (std::holds_alternative<TailRenewal>(request.what)) {
    renews_tail_ = true;
  }
  return failed.value_or(log::Position{shard_, feed_.seq() + (has_batch() ? 1 : 0)});
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
