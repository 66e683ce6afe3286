// A file system for RocksDB whose writes fail when a test wants it.
#pragma once

#include <rocksdb/env.h>
#include <rocksdb/file_system.h>

#include <atomic>
#include <memory>
#include <string>
#include <utility>

namespace porchlight {

// The faults of the disk; a test changes them at any time, from any thread.
struct FaultyDisk {
  std::atomic<bool> refuses_writes = false;  // writes fail with "no space", after half of their bytes
  std::atomic<bool> refuses_files = false;   // no file can be created: "no space"
  std::atomic<bool> says_full = false;       // the free space is reported as 0
  std::atomic<int> refused = 0;              // writes that failed so far
};

// A file on the faulty disk.
class FaultyFile final : public rocksdb::FSWritableFileOwnerWrapper {
 public:
  using Options = rocksdb::IOOptions;
  using Context = rocksdb::IODebugContext;
  FaultyFile(std::unique_ptr<rocksdb::FSWritableFile>&& file, FaultyDisk& disk)
      : FSWritableFileOwnerWrapper(std::move(file)), disk_(disk) {}
  rocksdb::IOStatus Append(const rocksdb::Slice& data, const Options& options, Context* context) override {
    // A torn write: half of the bytes are written.
    if (disk_.refuses_writes) {
      target()->Append(rocksdb::Slice(data.data(), data.size() / 2), options, context).PermitUncheckedError();
      ++disk_.refused;
      return rocksdb::IOStatus::NoSpace("the test made the disk full");
    }
    return target()->Append(data, options, context);
  }
  rocksdb::IOStatus Append(const rocksdb::Slice& data, const Options& options,
                           const rocksdb::DataVerificationInfo&, Context* context) override {
    return Append(data, options, context);
  }

 private:
  FaultyDisk& disk_;
};

// The file system of the faulty disk.
class FaultySystem final : public rocksdb::FileSystemWrapper {
 public:
  using Options = rocksdb::IOOptions;
  using Context = rocksdb::IODebugContext;
  explicit FaultySystem(FaultyDisk& disk) : FileSystemWrapper(rocksdb::FileSystem::Default()), disk_(disk) {}
  const char* Name() const override { return "FaultySystem"; }
  rocksdb::IOStatus NewWritableFile(const std::string& name, const rocksdb::FileOptions& options,
                                    std::unique_ptr<rocksdb::FSWritableFile>* file,
                                    Context* context) override {
    if (disk_.refuses_files) return rocksdb::IOStatus::NoSpace("the test made the disk full");
    const rocksdb::IOStatus status = target()->NewWritableFile(name, options, file, context);
    if (status.ok()) *file = std::make_unique<FaultyFile>(std::move(*file), disk_);
    return status;
  }
  rocksdb::IOStatus GetFreeSpace(const std::string& path, const Options& options, std::uint64_t* free,
                                 Context* context) override {
    if (!disk_.says_full) return target()->GetFreeSpace(path, options, free, context);
    *free = 1000;
    return rocksdb::IOStatus::OK();
  }

 private:
  FaultyDisk& disk_;
};

// The machine's file system with these faults. `disk` must outlive it.
inline std::unique_ptr<rocksdb::Env> env_on(FaultyDisk& disk) {
  return rocksdb::NewCompositeEnv(std::make_shared<FaultySystem>(disk));
}

}  // namespace porchlight
