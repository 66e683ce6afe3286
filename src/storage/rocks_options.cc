#include "storage/rocks_options.h"

#include <rocksdb/db.h>

#include "storage/rocks_counters.h"
#include "storage/rocks_logger.h"

namespace porchlight::storage {

rocksdb::Options rocks_options(const std::string& folder, rocksdb::Env* env) {
  rocksdb::Options rocks;
  if (env) rocks.env = env;
  rocks.create_if_missing = true;
  rocks.manifest_preallocation_size = 64 * 1024;
  rocks.info_log = std::make_shared<RocksLogger>(folder);
  rocks.info_log_level = rocksdb::WARN_LEVEL;
  rocks.stats_dump_period_sec = 0;
  rocks.stats_persist_period_sec = 0;
  rocks.max_bgerror_resume_count = 0;
  rocks.listeners.push_back(make_counting_listener(folder));
  return rocks;
}

void compress_tables(rocksdb::Options& rocks) {
  rocks.compression = rocksdb::kLZ4Compression;
  rocks.compression_per_level = {rocksdb::kNoCompression, rocksdb::kLZ4Compression};
  rocks.bottommost_compression = rocksdb::kZSTD;
}

// RocksDB has no code for it. The texts are those of its POSIX file system (env/fs_posix.cc, LockFile): the first if
// another process holds the lock, the second if this one does. If the file LOCK cannot be created, the text is another.
bool is_in_use(const rocksdb::Status& opened) {
  const std::string text = opened.ToString();
  return text.find("While lock file: ") != std::string::npos ||
         text.find("lock hold by current process") != std::string::npos;
}

bool is_disk_fault(const rocksdb::Status& status) {
  return status.IsIOError() && !status.IsPathNotFound() && !is_in_use(status);
}

}  // namespace porchlight::storage
