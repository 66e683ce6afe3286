// The folder of a database, apart from RocksDB.
#pragma once

#include <rocksdb/env.h>

#include <cstdint>
#include <filesystem>
#include <string>

namespace porchlight::storage {

// Creates the folder if it is missing and syncs its parent: RocksDB creates it too, but does not make its name durable,
// so a power cut could remove the whole database.
rocksdb::Status ensure_folder(rocksdb::Env& env, const std::string& folder);

// The bytes of the files in the folder; 0 if it cannot be read.
std::uint64_t folder_bytes(const std::filesystem::path& folder);

// Whether the disk takes a write now: creates, writes, syncs, opens and removes a small file in the folder. Free space
// alone does not tell: a disk can be read-only, over a quota, or broken. Until this succeeds a database is not closed
// and opened again, so its reads go on.
rocksdb::Status probe_writes(rocksdb::Env& env, const std::string& folder);

}  // namespace porchlight::storage
