// A merge does not always see all entries of a user: then an entry that could be deleted stays until a later merge.
// It never deletes the entry in force at the cutoff, because an entry is deleted only behind a newer one of the same
// merge.
#include "history/retention_filter.h"

#include "history/entry.h"

namespace porchlight::history {

bool RetentionFilter::Filter(int, const rocksdb::Slice& key, const rocksdb::Slice& value,
                             std::string* new_value, bool* is_changed) const {
  const std::string_view entry = key.ToStringView();
  if (is_change_key(entry)) {
    const ChangePlace place = change_place(entry);
    return place.shard < cutoffs_.changes.size() && place.seq <= cutoffs_.changes[place.shard];
  }
  if (!is_entry_key(entry) || entry_time_of(entry).at > cutoffs_.entries) return false;
  const std::string_view person_prefix = entry.substr(0, kEntryPrefixBytes);
  if (person_prefix == newest_kept_) return true;
  newest_kept_ = person_prefix;
  if (!is_record_key(entry)) return false;
  // That a user was removed is the same as no entry, if there are no older ones.
  if (is_full_ && !exists(value.ToStringView())) return true;
  if (auto settled = settled_person_state(value.ToStringView(), cutoffs_.entries, cutoffs_.policy)) {
    *new_value = *std::move(settled);
    *is_changed = true;
  }
  return false;
}

std::unique_ptr<rocksdb::CompactionFilter> RetentionFilterFactory::CreateCompactionFilter(
    const rocksdb::CompactionFilter::Context& context) {
  return std::make_unique<RetentionFilter>(cutoffs_(), context.is_full_compaction);
}

}  // namespace porchlight::history
