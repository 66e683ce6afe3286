// A disk that loses what was not synced when its power is cut, for RocksDB and for durable files (base/durable_file.h).
//
// It is a folder of the machine's file system, with a record of what is durable: of each file the bytes up to the
// last sync, of each folder the names at its last sync. Reads pass through. cut() stops the disk: from then on every
// call fails and changes nothing. restore_power() makes the folder what the disk has kept: for each name that was not
// synced, the old or the new state at random; of the bytes that were not synced, a random part, in which blocks may
// be missing. All files must be closed before.
#pragma once

#include <rocksdb/env.h>
#include <rocksdb/file_system.h>

#include <atomic>
#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <mutex>
#include <random>
#include <string>
#include <vector>

#include "base/durable_file.h"

namespace porchlight {

// Any thread.
class CutDisk {
 public:
  enum class Call : std::uint8_t { kCreate, kWrite, kSync, kRename, kRemove, kMakeFolder, kSyncFolder };

  // `root` exists and is durable with all that is in it. The random choices follow from the seed.
  CutDisk(const std::filesystem::path& root, std::uint64_t seed);
  ~CutDisk();
  CutDisk(const CutDisk&) = delete;
  CutDisk& operator=(const CutDisk&) = delete;

  // The disk as RocksDB and as durable files see it; valid as long as the disk.
  rocksdb::Env* env() { return env_.get(); }
  FileSystem& files() { return *files_; }

  // Cuts the power now, or with the `calls`-th change from now on.
  void cut();
  void cut_after(std::uint64_t calls) { calls_left_ = static_cast<std::int64_t>(calls); }
  bool is_cut() const { return is_cut_; }
  void restore_power();

  // From now on, calls of this kind fail with this errno; 0: they succeed again.
  void fail(Call call, int error) { errors_[static_cast<std::size_t>(call)] = error; }

  // The calls of the adapters. Each returns 0 or an errno, before the machine's call is made and after it.
  int before(Call call);
  void created(const std::string& file);
  void written(const std::string& file, std::uint64_t inode, std::uint64_t bytes);
  void synced(std::uint64_t inode);
  void renamed(const std::string& from, const std::string& to);
  void removed(const std::string& file);
  void made_folder(const std::string& folder);
  void folder_synced(const std::string& folder);
  // The number of the file with this name.
  std::uint64_t inode_of(const std::string& file);

 private:
  struct File {
    std::uint64_t size = 0, synced = 0;
  };
  // A change of names that is not durable. `inode` 0: a folder.
  struct NameChange {
    std::string from, to;  // created: `from` is empty; removed: `to` is empty
    std::uint64_t inode = 0;
  };
  using Names = std::map<std::string, std::uint64_t>;  // by path; 0 for a folder

  void adopt();
  std::filesystem::path content(std::uint64_t inode) const { return shadow_ / std::to_string(inode); }
  std::string surviving_bytes(std::uint64_t inode);

  const std::filesystem::path root_, shadow_;  // shadow_: a hard link to the content of each file
  std::unique_ptr<rocksdb::Env> env_;
  std::unique_ptr<FileSystem> files_;
  std::atomic<bool> is_cut_ = false;
  std::atomic<std::int64_t> calls_left_ = -1;  // until the cut; negative: no cut
  std::atomic<int> errors_[7] = {};

  std::mutex mutex_;  // guards what follows
  std::mt19937_64 random_;
  std::map<std::uint64_t, File> contents_;  // by inode
  Names names_, durable_;
  std::vector<NameChange> pending_;
  std::uint64_t last_inode_ = 0;
};

}  // namespace porchlight
