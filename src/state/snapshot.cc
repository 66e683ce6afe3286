// Files of snapshots. A snapshot is written under a temporary name, synced, renamed, and the folder is synced: a
// crash at any point leaves either the old set of snapshots or the new one complete.
#include "state/snapshot.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "state/snapshot_codec.h"
#include "state/snapshot_file.h"

namespace porchlight::state {

namespace fs = std::filesystem;

namespace {

constexpr std::string_view kPrefix = "snapshot-";
constexpr std::string_view kSuffix = ".pls";

// An open file; closed by the destructor.
class FileDescriptor {
 public:
  FileDescriptor(const fs::path& path, int flags) : fd_(::open(path.c_str(), flags | O_CLOEXEC, 0600)) {}
  ~FileDescriptor() {
    if (fd_ >= 0) ::close(fd_);
  }
  FileDescriptor(const FileDescriptor&) = delete;
  // Writes all bytes; false if that fails (errno says why).
  bool write(std::string_view bytes) {
    while (!bytes.empty()) {
      const ssize_t written = ::write(fd_, bytes.data(), bytes.size());
      if (written < 0 && errno == EINTR) continue;
      if (written <= 0) return false;
      bytes.remove_prefix(static_cast<std::size_t>(written));
    }
    return true;
  }
  bool sync() { return ::fsync(fd_) == 0; }
  int fd() const { return fd_; }

 private:
  const int fd_;
};

// The number in the name of a snapshot.
std::uint64_t number_of(const fs::path& file) {
  return std::strtoull(file.filename().c_str() + kPrefix.size(), nullptr, 10);
}

std::unexpected<std::string> fault(const fs::path& file, std::string_view what) {
  return std::unexpected(fmt::format("{}: {}", file.string(), what));
}

// Writes the snapshot to `file` and syncs it.
std::expected<SnapshotInfo, std::string> write_temporary(const View& view, const fs::path& file) {
  FileDescriptor out(file, O_WRONLY | O_CREAT | O_TRUNC);
  SnapshotInfo info{file, 0, {}};
  auto positions = SnapshotCodec::encode(view, [&](std::string_view bytes) {
    info.bytes += bytes.size();
    return out.write(bytes);
  });
  // A failed fsync must not be repeated: the kernel may have dropped the pages, and a second call would succeed.
  if (!positions || !out.sync()) return fault(file, std::strerror(errno));
  info.positions = std::move(*positions);
  return info;
}

// Removes all but the newest kSnapshotsKept.
void remove_old(const fs::path& dir) {
  const auto files = list_snapshots(dir);
  for (std::size_t i = kSnapshotsKept; i < files.size(); ++i) {
    std::error_code ignored;
    fs::remove(files[i], ignored);
  }
}

}  // namespace

MappedFile::MappedFile(const fs::path& path) {
  const FileDescriptor file(path, O_RDONLY);
  struct stat status;
  if (file.fd() < 0 || ::fstat(file.fd(), &status) != 0 || status.st_size <= 0) return;
  const auto size = static_cast<std::size_t>(status.st_size);
  void* const at = ::mmap(nullptr, size, PROT_READ, MAP_PRIVATE | MAP_POPULATE, file.fd(), 0);
  if (at != MAP_FAILED) bytes_ = {static_cast<const char*>(at), size};
}

MappedFile::~MappedFile() {
  if (!bytes_.empty()) ::munmap(const_cast<char*>(bytes_.data()), bytes_.size());
}

std::vector<fs::path> list_snapshots(const fs::path& dir) {
  std::vector<fs::path> files;
  std::error_code ignored;
  for (const auto& entry : fs::directory_iterator(dir, ignored)) {
    const std::string name = entry.path().filename().string();
    if (name.starts_with(kPrefix) && name.ends_with(kSuffix)) files.push_back(entry.path());
  }
  std::ranges::sort(files, std::greater(), number_of);
  return files;
}

std::expected<SnapshotInfo, std::string> write_snapshot(const View& view, const fs::path& dir) {
  std::error_code failed;
  fs::create_directories(dir, failed);
  const fs::path temporary = dir / "snapshot.tmp";
  auto info = write_temporary(view, temporary);
  if (!info) {
    fs::remove(temporary, failed);
    return info;
  }
  const auto files = list_snapshots(dir);
  const std::uint64_t number = files.empty() ? 1 : number_of(files.front()) + 1;
  info->file = dir / fmt::format("{}{:012}{}", kPrefix, number, kSuffix);
  fs::rename(temporary, info->file, failed);
  if (failed || !FileDescriptor(dir, O_RDONLY | O_DIRECTORY).sync())
    return fault(dir, "the snapshot can't be made durable");
  remove_old(dir);
  return info;
}

std::expected<SnapshotInfo, std::string> write_snapshot_and_trim(const View& view, const fs::path& dir,
                                                                 const std::vector<log::ShardLog*>& logs) {
  auto info = write_snapshot(view, dir);
  if (!info) return info;
  const auto files = list_snapshots(dir);
  if (files.size() < kSnapshotsKept) return info;
  // If the older snapshot is damaged, the log is not trimmed: without that snapshot the log is the only other copy.
  const auto older = SnapshotCodec::positions(MappedFile(files[kSnapshotsKept - 1]).bytes());
  if (!older) return info;
  for (const log::Position& position : *older) {
    if (position.seq == 0) continue;
    const auto trimmed = logs[position.shard]->trim(position.seq);
    if (!trimmed) return fault(dir, "written, but the log can't be trimmed: " + trimmed.error().why);
  }
  return info;
}

std::expected<std::vector<log::Position>, std::string> load_snapshot(View& view, std::string_view bytes) {
  return SnapshotCodec::decode(view, bytes);
}

}  // namespace porchlight::state
