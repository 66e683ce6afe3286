// Each event of a user that changes the record or the existence of the user becomes an entry: the whole state
// afterwards. So a query reads one entry and folds nothing. In addition, changes that a reader may notice at once are
// indexed by tenant and by their place in the logs: delta queries ask for the users who changed after a place.
#include "history/indexer.h"

#include <algorithm>

#include "base/overloaded.h"

namespace porchlight::history {
namespace {

// Events in a slice, which is one write of the database: about 20 ms of work, and a query may wait for it. The more
// entries a write has, the less each costs (HistoryStore::write).
constexpr std::size_t kSliceEvents = kRecentEventsMax / 2;
// Batches of a shard that are read from the log at once.
constexpr std::size_t kReadBatches = 16;
// The times that are noted while changes are kept: a change is kept up to this part of the time longer.
constexpr int kMarks = 8;

std::unexpected<StoreError> log_unreadable(const log::Unavailable& why) {
  return std::unexpected(StoreError{why.why});
}
std::unexpected<StoreError> log_mismatch(std::string why) {
  return std::unexpected(StoreError{std::move(why), true});
}

// Whether an event with this effect gets an entry. Profiles and skipped events are not part of the history.
bool is_recorded(log::PersonEffect effect) {
  return effect == log::PersonEffect::kPresence || effect == log::PersonEffect::kAdded ||
         effect == log::PersonEffect::kRemoved;
}

// The time of the event; the smallest if it is unknown.
Time time_of(const log::Event& event) {
  return std::visit(Overloaded{
                        [](const log::SkippedEvent&) { return Time::min(); },
                        [](const auto& happened) { return happened.at; },
                    },
                    event.body);
}

// Whether the state of a user before an event says all that the newest entry does, apart from its time: the event is
// the next one, and there is no part in an entry of its own.
bool tells_all(const log::PersonFold& before, const log::Event& event) {
  return (!before.exists || before.version + 1 == event.version) && !calendar_of(before.record) &&
         !visibility_of(before.record);
}

// The change that an event of a user may have made, by its kind alone; nullopt for other events.
std::optional<ChangeKind> change_kind_of(const log::Event& event) {
  if (!log::may_concern_person(event)) return std::nullopt;
  if (const auto* const change = std::get_if<log::DirectoryEvent>(&event.body)) {
    if (std::holds_alternative<directory::UserRemoved>(change->what)) return ChangeKind::kRemoved;
    if (std::holds_alternative<directory::UserPut>(change->what)) return ChangeKind::kPresence;
    return std::nullopt;
  }
  const auto* const happened = std::get_if<presence::Event>(&event.body);
  if (!happened) return std::nullopt;
  const bool is_of_visibility = std::holds_alternative<presence::VisibilitySet>(happened->what) ||
                                std::holds_alternative<presence::VisibilityCleared>(happened->what);
  return is_of_visibility ? ChangeKind::kVisibility : ChangeKind::kPresence;
}

ChangePlace place_of(std::uint32_t shard, std::uint64_t seq, std::size_t index) {
  return {shard, seq, static_cast<std::uint16_t>(index)};
}

// Identifies the content of a batch in a checkpoint.
Guid last_event_of(const log::Batch& batch) { return batch.events.empty() ? Guid{} : batch.events.back().id; }

}  // namespace

StoreResult<Indexer> Indexer::start(HistoryStore& store, const state::View& view,
                                    const std::vector<log::ShardLog*>& logs, RecentBatches& recent,
                                    const Clock& clock, Duration changes_kept) {
  Indexer indexer(store, view, logs, recent, clock, changes_kept);
  auto checkpoints = store.checkpoints(static_cast<std::uint32_t>(logs.size()));
  if (!checkpoints) return std::unexpected(checkpoints.error());
  indexer.checkpoints_ = *std::move(checkpoints);
  auto marks = store.change_marks();
  if (!marks) return std::unexpected(marks.error());
  indexer.marks_ = *std::move(marks);
  indexer.newest_times_.resize(logs.size());
  for (std::uint32_t shard = 0; shard < logs.size(); ++shard) {
    if (auto checked = indexer.check(shard); !checked) return std::unexpected(checked.error());
  }
  return indexer;
}

// Whether the log still has the batch of the checkpoint, or at least the one after it.
StoreResult<void> Indexer::check(std::uint32_t shard) const {
  const Checkpoint& checkpoint = checkpoints_[shard];
  if (checkpoint.seq == 0) return {};
  const auto found = logs_[shard]->read(checkpoint.seq, 1);
  if (!found) return log_unreadable(found.error());
  if (found->empty()) return log_mismatch("the log ends before the batch that was indexed last");
  const log::StoredBatch& first = found->front();
  if (first.seq > checkpoint.seq + 1) return log_mismatch("the log was trimmed before it was indexed");
  if (first.seq == checkpoint.seq && last_event_of(first.batch) != checkpoint.last_event &&
      !checkpoint.last_event.is_nil())
    return log_mismatch("the log is not the one that was indexed");
  return {};
}

// For a log whose beginning was trimmed: the history begins with all users as they are now. Events that are included in
// their state already are ignored by version when they are indexed, or lead to the same state again (person_fold.cc).
StoreResult<void> Indexer::seed_from_view(std::uint32_t shard) {
  Checkpoint checkpoint{view_.position(shard).seq, {}, {}};
  const EntryTime now{clock_.wall(), checkpoint.seq, kIndexAfter};
  HistoryStore::Writes writes;
  view_.each(shard, [&](const state::UserKey& person, const presence::Record& record, std::uint64_t version) {
    PersonState person_state{{true, version, record}, {}, {}};
    if (calendar_of(record)) person_state.calendar = now;
    if (visibility_of(record)) person_state.visibility = now;
    writes.put(person, now, person_state);
  });
  // Some users changed while the loop ran, so the state is certain only from its end on, and some events that the state
  // includes already will be ignored by version: their changes come from the log alone.
  checkpoint.earliest = clock_.wall();
  const auto known_from = index_changes_only(shard, view_.position(shard).seq);
  if (!known_from) return std::unexpected(known_from.error());
  ChangeMarks marks = marks_;
  marks.begin_at(shard, *known_from);
  writes.checkpoint(shard, checkpoint);
  writes.change_marks(marks);
  if (auto written = store_.write(writes); !written) return written;
  checkpoints_[shard] = checkpoint;
  marks_ = std::move(marks);
  newest_times_[shard] = checkpoint.earliest;
  return {};
}

// Adds the changes of the batches up to number `end` that the log still has, without the states before and after them:
// each event of a user counts as a change. Returns the number of the batch before the first one.
StoreResult<std::uint64_t> Indexer::index_changes_only(std::uint32_t shard, std::uint64_t end) {
  std::uint64_t known_from = 0;
  for (std::uint64_t from = 1; from <= end;) {
    const auto batches = logs_[shard]->read(from, kReadBatches);
    if (!batches) return log_unreadable(batches.error());
    if (batches->empty()) return end;
    if (batches->front().seq != from) known_from = batches->front().seq - 1;
    HistoryStore::Writes writes;
    for (const log::StoredBatch& stored : *batches) {
      const std::vector<log::Event>& events = stored.batch.events;
      for (std::size_t place = 0; stored.seq <= end && place < events.size(); ++place) {
        const log::Event& event = events[place];
        if (const auto kind = change_kind_of(event))
          add_change(writes, event.tenant, place_of(shard, stored.seq, place), {event.subject, *kind});
      }
    }
    if (auto written = store_.write(writes); !written) return std::unexpected(written.error());
    from = batches->back().seq + 1;
  }
  return known_from;
}

StoreResult<void> Indexer::forget_before(Time time) {
  HistoryStore::Writes writes;
  std::vector<Checkpoint> marked = checkpoints_;
  for (std::uint32_t shard = 0; shard < marked.size(); ++shard) {
    marked[shard].earliest = std::max(marked[shard].earliest, time);
    writes.checkpoint(shard, marked[shard]);
  }
  if (auto written = store_.write(writes); !written) return written;
  checkpoints_ = std::move(marked);
  return store_.flush();
}

StoreResult<std::size_t> Indexer::advance(std::span<const std::uint32_t> shards) {
  // Not within a slice: what it has changed is not in the database yet.
  if (people_.size() >= kCachedPeople) people_.clear();
  Slice slice;
  std::size_t complete = 0;
  for (; complete < shards.size() && slice.events < kSliceEvents; ++complete) {
    // Batches beyond the view may not be durable.
    const std::uint64_t end = view_.position(shards[complete]).seq;
    if (auto added = add_to(slice, shards[complete], end); !added) return std::unexpected(added.error());
  }
  if (slice.reached.empty()) return complete;
  for (const auto& [shard, checkpoint] : slice.reached) slice.writes.checkpoint(shard, checkpoint);
  mark_positions(slice);
  if (auto written = store_.write(slice.writes); !written) return std::unexpected(written.error());
  for (const auto& [shard, checkpoint] : slice.reached) checkpoints_[shard] = checkpoint;
  return complete - (slice.events >= kSliceEvents ? 1 : 0);  // the last one may have more
}

// Notes how far the shards are behind the slice, from time to time. As for cached states: if the write fails, the
// indexer is discarded.
void Indexer::mark_positions(Slice& slice) {
  Positions reached = indexed();
  for (const auto& [shard, checkpoint] : slice.reached) reached[shard] = checkpoint.seq;
  if (marks_.add(clock_.wall(), reached, changes_kept_ / kMarks)) slice.writes.change_marks(marks_);
}

StoreResult<bool> Indexer::forget_changes_before(Time time) {
  ChangeMarks marks = marks_;
  if (!marks.forget_before(time)) return false;
  HistoryStore::Writes writes;
  writes.change_marks(marks);
  if (auto written = store_.write(writes); !written) return std::unexpected(written.error());
  if (auto flushed = store_.flush(); !flushed) return std::unexpected(flushed.error());
  marks_ = std::move(marks);
  return true;
}

Positions Indexer::indexed() const {
  Positions indexed{};
  std::ranges::transform(checkpoints_, indexed.begin(), &Checkpoint::seq);
  return indexed;
}

StoreResult<Indexer::TenantChanges*> Indexer::changes_of(const Guid& tenant) {
  const auto known = changes_.find(tenant);
  if (known != changes_.end()) return &known->second;
  const auto newest = store_.newest_changes(tenant);
  if (!newest) return std::unexpected(newest.error());
  if (changes_.size() >= kCachedTenants) changes_.clear();
  return &changes_.emplace(tenant, TenantChanges{*newest, *newest, {}}).first->second;
}

StoreResult<std::optional<std::map<Guid, PersonChanges>>> Indexer::changes_after(const Guid& tenant,
                                                                                 const Positions& known) {
  const auto found = changes_of(tenant);
  if (!found) return std::unexpected(found.error());
  const TenantChanges& changes = **found;
  for (std::uint32_t shard = 0; shard < state::kShards; ++shard) {
    if (known[shard] < changes.read_until[shard]) return store_.changes_after(tenant, known, changes.newest);
  }
  std::map<Guid, PersonChanges> people;
  for (const auto& [place, entry] : changes.recent)
    if (place.seq > known[place.shard]) add_kind(people[entry.user], entry.kind);
  return people;
}

// Adds the batches of a shard up to number `end`, or until the slice is full.
StoreResult<void> Indexer::add_to(Slice& slice, std::uint32_t shard, std::uint64_t end) {
  Checkpoint reached = checkpoints_[shard];
  while (reached.seq < end && slice.events < kSliceEvents) {
    const auto batches =
        next_batches(shard, reached.seq + 1, std::min(end - reached.seq, kSliceEvents - slice.events));
    if (!batches) return std::unexpected(batches.error());
    if (batches->empty()) return seed_from_view(shard);
    for (const RecentBatch& batch : *batches) {
      if (auto indexed = index(slice.writes, shard, batch); !indexed) return indexed;
      slice.events += std::max<std::size_t>(1, batch.stored.batch.events.size());
    }
    reached.seq = batches->back().stored.seq;
    reached.last_event = last_event_of(batches->back().stored.batch);
  }
  if (reached.seq > checkpoints_[shard].seq) slice.reached.emplace_back(shard, reached);
  return {};
}

// The batches from number `from` on, at least one. Empty if the log begins later and nothing of it was indexed.
StoreResult<std::vector<RecentBatch>> Indexer::next_batches(std::uint32_t shard, std::uint64_t from,
                                                            std::size_t limit) {
  if (auto recent = recent_.take(shard, from, limit); !recent.empty()) return recent;
  auto stored = logs_[shard]->read(from, std::min(limit, kReadBatches));
  if (!stored) return log_unreadable(stored.error());
  std::vector<RecentBatch> batches;
  if (stored->empty() || stored->front().seq != from) {
    if (from > 1) return log_mismatch("the log was trimmed before it was indexed");
    return batches;
  }
  batches.reserve(stored->size());
  for (log::StoredBatch& batch : *stored) batches.push_back({std::move(batch), {}});
  return batches;
}

// Adds the entries and changes of one batch to `writes`. The cached states are changed before the write; if it fails
// the whole indexer is discarded (HistoryReader::close).
StoreResult<void> Indexer::index(HistoryStore::Writes& writes, std::uint32_t shard,
                                 const RecentBatch& recent) {
  const log::Batch& batch = recent.stored.batch;
  for (std::size_t place = 0; place < batch.events.size(); ++place) {
    const log::Event& event = batch.events[place];
    if (!log::may_concern_person(event)) continue;
    const state::UserKey person{event.tenant, event.subject};
    const bool is_known = !recent.before.empty() && newest_times_[shard] &&
                          time_of(event) >= *newest_times_[shard] && tells_all(recent.before[place], event);
    const auto found = latest(person, is_known ? &recent.before[place] : nullptr);
    if (!found) return std::unexpected(found.error());
    auto& [entry_time, person_state] = **found;
    const auto calendar = calendar_of(person_state.record);
    const auto visibility = visibility_of(person_state.record);
    const bool existed = person_state.exists;
    const std::uint64_t sequence = person_state.record.sequence_base;
    if (!is_recorded(log::apply(person_state, event))) continue;
    // If the clock went back, the event gets the time of the entry before: times of entries never decrease.
    entry_time = {std::max(entry_time.at, time_of(event)), recent.stored.seq,
                  static_cast<std::uint16_t>(place)};
    if (calendar_of(person_state.record) != calendar) person_state.calendar = entry_time;
    if (visibility_of(person_state.record) != visibility) person_state.visibility = entry_time;
    writes.put(person, entry_time, person_state);
    const bool is_same_visibility = visibility_of(person_state.record) == visibility;
    // The sequence number grows with each visible change, also with one by time. Without it the event is invisible.
    if (person_state.exists == existed && is_same_visibility && person_state.record.sequence_base == sequence)
      continue;
    const ChangeKind kind = !person_state.exists  ? ChangeKind::kRemoved
                            : !is_same_visibility ? ChangeKind::kVisibility
                                                  : ChangeKind::kPresence;
    add_change(writes, person.tenant, place_of(shard, recent.stored.seq, place), {person.user, kind});
  }
  // Entries have the times of events, which are not after that of their batch, or of the seed.
  newest_times_[shard] =
      std::max({newest_times_[shard].value_or(Time::min()), batch.at, checkpoints_[shard].earliest});
  return {};
}

void Indexer::add_change(HistoryStore::Writes& writes, const Guid& tenant, const ChangePlace& place,
                         const ChangeEntry& entry) {
  writes.change(tenant, place, entry);
  const auto known = changes_.find(tenant);
  if (known == changes_.end()) return;
  TenantChanges& changes = known->second;
  changes.newest[place.shard] = std::max(changes.newest[place.shard], place.seq);
  changes.recent.emplace_back(place, entry);
  if (changes.recent.size() <= kCachedChanges) return;
  const ChangePlace& oldest = changes.recent.front().first;
  std::uint64_t& read_until = changes.read_until[oldest.shard];
  read_until = std::max(read_until, oldest.seq);
  changes.recent.pop_front();
}

// The user's newest entry: from the cache, from `before` unless it is null, or from the database; for an unknown user
// the state of one who does not exist.
StoreResult<StoredState*> Indexer::latest(const state::UserKey& person, const log::PersonFold* before) {
  const auto known = people_.find(person);
  if (known != people_.end()) return &known->second;
  StoredState newest{{Time::min()}, {}};
  if (before) {
    static_cast<log::PersonFold&>(newest.person_state) = *before;
  } else {
    auto stored = store_.newest(person, latest_entry_at(Time::max()));
    if (!stored) return std::unexpected(stored.error());
    if (*stored) newest = **std::move(stored);
  }
  return &people_.emplace(person, std::move(newest)).first->second;
}

}  // namespace porchlight::history
