// What every RocksDB of the data folder has in common: the log, the history and the small databases.
#pragma once

#include <rocksdb/options.h>

#include <string>

namespace porchlight::storage {

// Options for the database in `folder`, which is created if it is missing. Sizes of buffers and tables, compression and
// the recovery of the write-ahead log are the database's own and left at RocksDB's defaults.
//
// RocksDB writes no info log: its warnings and errors go to the server's log (rocks_logger.h). It does not recover from
// a failed write by itself: the owner of the database decides when a failure is over, and opens it again.
// `env`: the file system; null for that of the machine.
rocksdb::Options rocks_options(const std::string& folder, rocksdb::Env* env);

// Compresses the tables of a database that grows: not the new ones, which are merged soon; LZ4 while tables are merged
// often; and Zstandard, which is slower and a fifth smaller, in the last level, where the data stays. Not the
// write-ahead files: they are searched for markers of commits as raw bytes (log/wal_scan.h).
void compress_tables(rocksdb::Options& rocks);

// Whether opening failed because another process, or another object of this one, has the database open.
bool is_in_use(const rocksdb::Status& opened);

// Whether opening or writing failed because of the disk: it is read-only, full or broken, or permission is denied. Then
// the database may be readable, and writable later. Damage, a missing file or parent folder, and a database that is in
// use are other errors.
bool is_disk_fault(const rocksdb::Status& status);

}  // namespace porchlight::storage
