#include "history/forget.h"

#include "history/entry.h"

namespace porchlight::history {

bool Forget::Filter(int, const rocksdb::Slice& key, const rocksdb::Slice& value, std::string*, bool*) const {
  const std::string_view entry = key.ToStringView();
  if (is_change_key(entry)) {
    const auto change = decode_change(value.ToStringView());
    return change && change->at < edge_;
  }
  if (!is_entry_key(entry) || moment_of(entry).at > edge_) return false;
  const std::string_view whose = entry.substr(0, kEntryPrefixBytes);
  if (whose == in_force_) return true;
  in_force_ = whose;
  return false;
}

std::unique_ptr<rocksdb::CompactionFilter> ForgetFactory::CreateCompactionFilter(
    const rocksdb::CompactionFilter::Context&) {
  return std::make_unique<Forget>(edge_());
}

}  // namespace porchlight::history
