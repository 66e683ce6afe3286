// A merge does not always see all entries of a user: then an entry that could be deleted stays until a later merge.
// It never deletes the entry in force at the cutoff, because an entry is deleted only behind a newer one of the same
// merge.
#include "history/retention_filter.h"

#include "history/entry.h"

namespace porchlight::history {

bool RetentionFilter::Filter(int, const rocksdb::Slice& key, const rocksdb::Slice& value, std::string*,
                             bool*) const {
  const std::string_view entry = key.ToStringView();
  if (is_change_key(entry)) {
    const auto change = decode_change(value.ToStringView());
    return change && change->at < cutoff_;
  }
  if (!is_entry_key(entry) || entry_time_of(entry).at > cutoff_) return false;
  const std::string_view person_prefix = entry.substr(0, kEntryPrefixBytes);
  if (person_prefix == newest_kept_) return true;
  newest_kept_ = person_prefix;
  return false;
}

std::unique_ptr<rocksdb::CompactionFilter> RetentionFilterFactory::CreateCompactionFilter(
    const rocksdb::CompactionFilter::Context&) {
  return std::make_unique<RetentionFilter>(cutoff_());
}

}  // namespace porchlight::history
