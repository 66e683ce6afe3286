// What the databases of the data folder do in the background, for metrics, by the names of their folders.
#pragma once

#include <rocksdb/listener.h>

#include <array>
#include <memory>
#include <string>
#include <string_view>

#include "base/counter.h"

namespace porchlight::storage {

// The folders of databases. Any other counts as the last.
inline constexpr std::array<std::string_view, 7> kDatabases = {
    "log", "history", "subscriptions", "authority", "scim", "revocations", "other"};

// The place in kDatabases of the database in a folder.
std::size_t database_number(const std::string& folder);

// Of all databases of the process with one name. Any thread.
struct RocksCounters {
  SharedCounter flushes;
  SharedCounter compactions;
  SharedCounter compaction_us;  // the time of all compactions
  SharedCounter stalls;         // how often writes were slowed or stopped until compactions had caught up
};
// By the place in kDatabases.
const RocksCounters& rocks_counters(std::size_t database);

// Counts for the database in the folder.
std::shared_ptr<rocksdb::EventListener> make_counting_listener(const std::string& folder);

}  // namespace porchlight::storage
