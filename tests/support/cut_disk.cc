#include "support/cut_disk.h"

#include <cerrno>
#include <cstring>
#include <fstream>
#include <iterator>
#include <utility>

namespace porchlight {
namespace {

namespace fs = std::filesystem;
using Call = CutDisk::Call;
using Options = rocksdb::IOOptions;
using Context = rocksdb::IODebugContext;
using rocksdb::IOStatus;

constexpr std::size_t kBlockBytes = 512;

IOStatus status_of(int error) {
  if (error == 0) return IOStatus::OK();
  return error == ENOSPC ? IOStatus::NoSpace(std::strerror(error)) : IOStatus::IOError(std::strerror(error));
}

class CutFile final : public rocksdb::FSWritableFileOwnerWrapper {
 public:
  CutFile(std::unique_ptr<rocksdb::FSWritableFile>&& file, CutDisk& disk, std::string name)
      : FSWritableFileOwnerWrapper(std::move(file)),
        disk_(disk),
        name_(std::move(name)),
        inode_(disk.inode_of(name_)) {}

  IOStatus Append(const rocksdb::Slice& data, const Options& options, Context* context) override {
    const int error = disk_.before(Call::kWrite);
    // A write that fails may have been done in part; after the cut nothing is.
    if (error != 0 && disk_.is_cut()) return status_of(error);
    const rocksdb::Slice done(data.data(), error == 0 ? data.size() : data.size() / 2);
    const IOStatus status = target()->Append(done, options, context);
    disk_.written(name_, inode_, done.size());
    return error == 0 ? status : status_of(error);
  }
  IOStatus Append(const rocksdb::Slice& data, const Options& options, const rocksdb::DataVerificationInfo&,
                  Context* context) override {
    return Append(data, options, context);
  }
  IOStatus Sync(const Options&, Context*) override { return sync(); }
  IOStatus Fsync(const Options&, Context*) override { return sync(); }
  // Starts to write and waits for nothing durable.
  IOStatus RangeSync(uint64_t, uint64_t, const Options&, Context*) override { return IOStatus::OK(); }

 private:
  IOStatus sync() {
    if (const int error = disk_.before(Call::kSync)) return status_of(error);
    disk_.synced(inode_);
    return IOStatus::OK();
  }

  CutDisk& disk_;
  const std::string name_;
  const std::uint64_t inode_;
};

class CutFolder final : public rocksdb::FSDirectory {
 public:
  CutFolder(CutDisk& disk, std::string name) : disk_(disk), name_(std::move(name)) {}
  IOStatus Fsync(const Options&, Context*) override {
    if (const int error = disk_.before(Call::kSyncFolder)) return status_of(error);
    disk_.folder_synced(name_);
    return IOStatus::OK();
  }

 private:
  CutDisk& disk_;
  const std::string name_;
};

// The disk as RocksDB sees it.
class CutSystem final : public rocksdb::FileSystemWrapper {
 public:
  explicit CutSystem(CutDisk& disk) : FileSystemWrapper(rocksdb::FileSystem::Default()), disk_(disk) {}
  const char* Name() const override { return "CutSystem"; }

  IOStatus NewWritableFile(const std::string& name, const rocksdb::FileOptions& options,
                           std::unique_ptr<rocksdb::FSWritableFile>* file, Context* context) override {
    if (const int error = disk_.before(Call::kCreate)) return status_of(error);
    // A new file under the name, as the other adapter makes one: the old content stays with its own number.
    (void)target()->DeleteFile(name, Options(), context).ok();
    const IOStatus status = target()->NewWritableFile(name, options, file, context);
    if (!status.ok()) return status;
    disk_.created(name);
    *file = std::make_unique<CutFile>(std::move(*file), disk_, name);
    return status;
  }
  IOStatus ReuseWritableFile(const std::string&, const std::string&, const rocksdb::FileOptions&,
                             std::unique_ptr<rocksdb::FSWritableFile>*, Context*) override {
    return IOStatus::NotSupported();
  }
  IOStatus ReopenWritableFile(const std::string&, const rocksdb::FileOptions&,
                              std::unique_ptr<rocksdb::FSWritableFile>*, Context*) override {
    return IOStatus::NotSupported();
  }
  IOStatus NewDirectory(const std::string& name, const Options&,
                        std::unique_ptr<rocksdb::FSDirectory>* folder, Context*) override {
    *folder = std::make_unique<CutFolder>(disk_, name);
    return IOStatus::OK();
  }
  IOStatus DeleteFile(const std::string& name, const Options& options, Context* context) override {
    if (const int error = disk_.before(Call::kRemove)) return status_of(error);
    const IOStatus status = target()->DeleteFile(name, options, context);
    if (status.ok()) disk_.removed(name);
    return status;
  }
  IOStatus RenameFile(const std::string& from, const std::string& to, const Options& options,
                      Context* context) override {
    if (const int error = disk_.before(Call::kRename)) return status_of(error);
    const IOStatus status = target()->RenameFile(from, to, options, context);
    if (status.ok()) disk_.renamed(from, to);
    return status;
  }
  IOStatus CreateDir(const std::string& name, const Options& options, Context* context) override {
    if (const int error = disk_.before(Call::kMakeFolder)) return status_of(error);
    const IOStatus status = target()->CreateDir(name, options, context);
    if (status.ok()) disk_.made_folder(name);
    return status;
  }
  IOStatus CreateDirIfMissing(const std::string& name, const Options& options, Context* context) override {
    return fs::is_directory(name) ? IOStatus::OK() : CreateDir(name, options, context);
  }

 private:
  CutDisk& disk_;
};

FileResult result_of(int error) {
  if (error != 0) return std::unexpected(static_cast<std::errc>(error));
  return {};
}

// The disk as durable files see it: the calls of RocksDB's adapter, made through the machine's FileSystem.
class CutFiles final : public FileSystem {
 public:
  explicit CutFiles(CutDisk& disk) : disk_(disk) {}

  std::expected<std::unique_ptr<Output>, std::errc> create(const fs::path& file, mode_t mode) override {
    if (const auto allowed = result_of(disk_.before(Call::kCreate)); !allowed)
      return std::unexpected(allowed.error());
    auto out = system().create(file, mode);
    if (!out) return out;
    disk_.created(file);
    return std::make_unique<CutOutput>(*std::move(out), disk_, file);
  }
  FileResult rename(const fs::path& from, const fs::path& to) override {
    FileResult done = result_of(disk_.before(Call::kRename));
    if (done) done = system().rename(from, to);
    if (done) disk_.renamed(from, to);
    return done;
  }
  FileResult remove(const fs::path& file) override {
    const bool is_there = fs::exists(file);
    FileResult done = result_of(disk_.before(Call::kRemove));
    if (done) done = system().remove(file);
    if (done && is_there) disk_.removed(file);
    return done;
  }
  FileResult sync_folder(const fs::path& folder) override {
    const FileResult done = result_of(disk_.before(Call::kSyncFolder));
    if (done) disk_.folder_synced(folder);
    return done;
  }

 private:
  class CutOutput final : public Output {
   public:
    CutOutput(std::unique_ptr<Output> out, CutDisk& disk, const fs::path& file)
        : out_(std::move(out)), disk_(disk), name_(file), inode_(disk.inode_of(name_)) {}
    FileResult write(std::string_view bytes) override {
      FileResult done = result_of(disk_.before(Call::kWrite));
      if (done) done = out_->write(bytes);
      if (done) disk_.written(name_, inode_, bytes.size());
      return done;
    }
    FileResult sync() override {
      const FileResult done = result_of(disk_.before(Call::kSync));
      if (done) disk_.synced(inode_);
      return done;
    }

   private:
    const std::unique_ptr<Output> out_;
    CutDisk& disk_;
    const std::string name_;
    const std::uint64_t inode_;
  };

  CutDisk& disk_;
};

std::string read(const fs::path& file) {
  std::ifstream in(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

bool is_in(const std::string& name, const std::string& folder) {
  return !name.empty() && fs::path(name).parent_path() == fs::path(folder);
}

}  // namespace

CutDisk::CutDisk(const fs::path& root, std::uint64_t seed)
    : root_(root),
      shadow_(root.string() + ".shadow"),
      env_(rocksdb::NewCompositeEnv(std::make_shared<CutSystem>(*this))),
      files_(std::make_unique<CutFiles>(*this)),
      random_(seed) {
  adopt();
}

CutDisk::~CutDisk() { fs::remove_all(shadow_); }

// Records all that is in the folder as durable.
void CutDisk::adopt() {
  fs::remove_all(shadow_);
  fs::create_directory(shadow_);
  contents_.clear();
  names_.clear();
  pending_.clear();
  for (const auto& entry : fs::recursive_directory_iterator(root_)) {
    if (entry.is_directory()) {
      names_[entry.path()] = 0;
    } else {
      names_[entry.path()] = ++last_inode_;
      fs::create_hard_link(entry.path(), content(last_inode_));
      contents_[last_inode_] = {entry.file_size(), entry.file_size()};
    }
  }
  durable_ = names_;
}

int CutDisk::before(Call call) {
  if (calls_left_ > 0 && --calls_left_ == 0) is_cut_ = true;
  return is_cut_ ? EIO : errors_[static_cast<std::size_t>(call)].load();
}

void CutDisk::cut() { is_cut_ = true; }

void CutDisk::created(const std::string& file) {
  const std::lock_guard lock(mutex_);
  names_[file] = ++last_inode_;
  contents_[last_inode_] = {};
  fs::create_hard_link(file, content(last_inode_));
  pending_.push_back({"", file, last_inode_});
}

std::uint64_t CutDisk::inode_of(const std::string& file) {
  const std::lock_guard lock(mutex_);
  return names_.at(file);
}

void CutDisk::written(const std::string&, std::uint64_t inode, std::uint64_t bytes) {
  const std::lock_guard lock(mutex_);
  contents_[inode].size += bytes;
}

void CutDisk::synced(std::uint64_t inode) {
  const std::lock_guard lock(mutex_);
  contents_[inode].synced = contents_[inode].size;
}

void CutDisk::renamed(const std::string& from, const std::string& to) {
  const std::lock_guard lock(mutex_);
  const std::uint64_t inode = names_.at(from);
  names_.erase(from);
  names_[to] = inode;
  pending_.push_back({from, to, inode});
}

void CutDisk::removed(const std::string& file) {
  const std::lock_guard lock(mutex_);
  const auto found = names_.find(file);
  if (found == names_.end()) return;  // RocksDB's file LOCK
  pending_.push_back({file, "", found->second});
  names_.erase(found);
}

void CutDisk::made_folder(const std::string& folder) {
  const std::lock_guard lock(mutex_);
  names_[folder] = 0;
  pending_.push_back({"", folder, 0});
}

void CutDisk::folder_synced(const std::string& folder) {
  const std::lock_guard lock(mutex_);
  std::erase_if(pending_, [&](const NameChange& change) {
    if (!is_in(change.from, folder) && !is_in(change.to, folder)) return false;
    if (!change.from.empty()) durable_.erase(change.from);
    if (!change.to.empty()) durable_[change.to] = change.inode;
    return true;
  });
}

// The bytes up to the last sync, and a random part of the rest.
std::string CutDisk::surviving_bytes(std::uint64_t inode) {
  const File& file = contents_[inode];
  std::string bytes = read(content(inode));
  bytes.resize(std::min<std::size_t>(bytes.size(), file.size));
  if (file.synced >= bytes.size()) return bytes;
  bytes.resize(file.synced + random_() % (bytes.size() - file.synced + 1));
  for (std::size_t at = file.synced; at < bytes.size(); at += kBlockBytes)
    if (random_() % 4 == 0)
      std::fill_n(bytes.begin() + static_cast<std::ptrdiff_t>(at), std::min(kBlockBytes, bytes.size() - at),
                  '\0');
  return bytes;
}

void CutDisk::restore_power() {
  const std::lock_guard lock(mutex_);
  for (const NameChange& change : pending_) {
    if (random_() % 2 == 0) continue;
    if (!change.from.empty()) durable_.erase(change.from);
    if (!change.to.empty()) durable_[change.to] = change.inode;
  }
  for (const auto& entry : fs::directory_iterator(root_)) fs::remove_all(entry.path());
  for (const auto& [name, inode] : durable_) {
    // A folder whose own name is lost takes its files with it. Parents sort before their content.
    if (!fs::is_directory(fs::path(name).parent_path())) continue;
    if (inode == 0)
      fs::create_directory(name);
    else
      std::ofstream(name, std::ios::binary) << surviving_bytes(inode);
  }
  adopt();
  calls_left_ = -1;
  is_cut_ = false;
}

}  // namespace porchlight
