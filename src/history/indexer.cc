#include "history/indexer.h"

#include <algorithm>

#include "base/overloaded.h"
#include "presence/rules.h"

namespace porchlight::history {
namespace {

// Batches read, and written as one, before others have their turn: some milliseconds.
constexpr std::uint64_t kSliceBatches = 16;
// People whose newest entry is kept at hand: a few megabytes.
constexpr std::size_t kPeopleKept = 16'384;

std::unexpected<Broken> unreadable(const log::Unavailable& why) { return std::unexpected(Broken{why.why}); }
std::unexpected<Broken> unfitting(std::string why) { return std::unexpected(Broken{std::move(why), true}); }

// Makes a directory change part of the fold; false where nothing of the past changes by it.
bool take(Fold& fold, std::uint64_t version, const directory::Change& change) {
  if (fold.is_there && version <= fold.version) return false;
  if (std::holds_alternative<directory::UserPut>(change)) {
    fold.version = version;
    return !std::exchange(fold.is_there, true);
  }
  if (!std::holds_alternative<directory::UserRemoved>(change) || !fold.is_there) return false;
  fold.is_there = false;
  fold.version = 0;
  fold.record = {};
  return true;
}

// The same as the view does with the event (state::View::apply).
bool take(Fold& fold, const log::Event& event) {
  return std::visit(
      Overloaded{
          [&](const presence::Event& happened) {
            if (!fold.is_there || event.version <= fold.version) return false;
            presence::apply(fold.record, happened);
            fold.version = event.version;
            return true;
          },
          [&](const log::DirectoryEvent& change) { return take(fold, event.version, change.what); },
          [&](const log::Skipped&) {
            fold.version = std::max(fold.version, event.version);
            return false;
          },
      },
      event.body);
}

bool is_of_person(const log::Event& event) {
  const auto* const change = std::get_if<log::DirectoryEvent>(&event.body);
  return !change || std::holds_alternative<directory::UserPut>(change->what) ||
         std::holds_alternative<directory::UserRemoved>(change->what);
}

Time time_of(const log::Event& event) {
  return std::visit(Overloaded{
                        [](const log::Skipped&) { return Time::min(); },
                        [](const auto& happened) { return happened.at; },
                    },
                    event.body);
}

Guid last_event_of(const log::Batch& batch) { return batch.events.empty() ? Guid{} : batch.events.back().id; }

}  // namespace

OrBroken<Indexer> Indexer::start(Store& store, const state::View& view,
                                 const std::vector<log::ShardLog*>& logs, const Clock& clock) {
  Indexer indexer(store, view, logs, clock);
  auto marks = store.marks(static_cast<std::uint32_t>(logs.size()));
  if (!marks) return std::unexpected(marks.error());
  indexer.marks_ = *std::move(marks);
  for (std::uint32_t shard = 0; shard < logs.size(); ++shard) {
    if (auto checked = indexer.check(shard); !checked) return std::unexpected(checked.error());
  }
  return indexer;
}

OrBroken<void> Indexer::check(std::uint32_t shard) const {
  const Mark& mark = marks_[shard];
  if (mark.seq == 0) return {};
  const auto found = logs_[shard]->read(mark.seq, 1);
  if (!found) return unreadable(found.error());
  if (found->empty()) return unfitting("the log ends before what was read of it");
  const log::StoredBatch& first = found->front();
  if (first.seq > mark.seq + 1) return unfitting("the log has forgotten what was not read");
  if (first.seq == mark.seq && last_event_of(first.batch) != mark.last_event && !mark.last_event.is_nil())
    return unfitting("the log is another than the one that was read");
  return {};
}

// What the log no longer tells begins with everybody as they are now. Events that are in this already are
// passed over when they are read, or lead back to it.
OrBroken<void> Indexer::begin_with_view(std::uint32_t shard) {
  Mark mark{view_.position(shard).seq, {}, {}};
  const Moment now{clock_.wall(), mark.seq, kPlaceAfter};
  Store::Writes writes;
  view_.each(shard, [&](const state::UserKey& person, const presence::Record& record, std::uint64_t version) {
    Fold fold{true, version, record, {}, {}};
    if (calendar_of(record)) fold.calendar = now;
    if (audience_of(record)) fold.audience = now;
    writes.put(person, now, fold);
  });
  // Some may have been as they were only at the end of that.
  mark.earliest = clock_.wall();
  writes.mark(shard, mark);
  if (auto written = store_.write(writes); !written) return written;
  marks_[shard] = mark;
  return {};
}

OrBroken<bool> Indexer::advance(std::uint32_t shard) {
  Mark& mark = marks_[shard];
  const std::uint64_t end = view_.position(shard).seq;
  // What the view does not show yet may not be durable.
  if (mark.seq >= end) return false;
  const auto batches = logs_[shard]->read(mark.seq + 1, std::min(kSliceBatches, end - mark.seq));
  if (!batches) return unreadable(batches.error());
  if (batches->empty() || batches->front().seq != mark.seq + 1) {
    if (mark.seq > 0) return unfitting("the log has forgotten what was not read");
    if (auto begun = begin_with_view(shard); !begun) return std::unexpected(begun.error());
    return true;
  }
  Store::Writes writes;
  for (const log::StoredBatch& stored : *batches) {
    if (auto indexed = index(writes, stored); !indexed) return std::unexpected(indexed.error());
  }
  const Mark reached{batches->back().seq, last_event_of(batches->back().batch), mark.earliest};
  writes.mark(shard, reached);
  if (auto written = store_.write(writes); !written) return std::unexpected(written.error());
  mark = reached;
  return mark.seq < end;
}

OrBroken<void> Indexer::index(Store::Writes& writes, const log::StoredBatch& stored) {
  for (std::size_t place = 0; place < stored.batch.events.size(); ++place) {
    const log::Event& event = stored.batch.events[place];
    if (!is_of_person(event)) continue;
    const state::UserKey person{event.tenant, event.subject};
    const auto found = latest(person);
    if (!found) return std::unexpected(found.error());
    auto& [moment, fold] = **found;
    const auto calendar = calendar_of(fold.record);
    const auto audience = audience_of(fold.record);
    const bool was_there = fold.is_there;
    const std::uint64_t stamp = fold.record.stamp;
    if (!take(fold, event)) continue;
    // A clock that jumped back does not change what was before: it happens at once after that.
    moment = {std::max(moment.at, time_of(event)), stored.seq, static_cast<std::uint16_t>(place)};
    if (calendar_of(fold.record) != calendar) fold.calendar = moment;
    if (audience_of(fold.record) != audience) fold.audience = moment;
    writes.put(person, moment, fold);
    const bool is_same_audience = audience_of(fold.record) == audience;
    // A stamp that grew tells of what time had changed, too. A call that nobody can notice leaves it alone.
    if (fold.is_there == was_there && is_same_audience && fold.record.stamp == stamp) continue;
    const ChangeKind kind = !fold.is_there      ? ChangeKind::kRemoved
                            : !is_same_audience ? ChangeKind::kAudience
                                                : ChangeKind::kPresence;
    if (auto noted = note(writes, person.tenant, {person.user, kind, moment.at}); !noted) return noted;
  }
  return {};
}

// Numbers the tenant's changes without gaps.
OrBroken<void> Indexer::note(Store::Writes& writes, const Guid& tenant, const ChangeEntry& entry) {
  auto known = changes_.find(tenant);
  if (known == changes_.end()) {
    const auto last = store_.last_change(tenant);
    if (!last) return std::unexpected(last.error());
    known = changes_.emplace(tenant, *last).first;
  }
  writes.change(tenant, ++known->second, entry);
  return {};
}

// The person's newest entry; one that is not there where they have none.
OrBroken<Kept*> Indexer::latest(const state::UserKey& person) {
  const auto known = people_.find(person);
  if (known != people_.end()) return &known->second;
  auto stored = store_.newest(person, last_moment(Time::max()));
  if (!stored) return std::unexpected(stored.error());
  if (people_.size() >= kPeopleKept) people_.clear();
  return &people_.emplace(person, stored->value_or(Kept{{Time::min()}, {}})).first->second;
}

}  // namespace porchlight::history
