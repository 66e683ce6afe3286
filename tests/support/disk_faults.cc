// The preloaded library of disk_faults.h. It must not allocate before the program's first call: the calls it replaces
// are used while libraries are loaded.
#include "support/disk_faults.h"

#include <dlfcn.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <climits>
#include <cstdarg>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string_view>

namespace porchlight {
namespace {

constexpr std::size_t kFilesMax = 65536;
std::atomic<std::uint8_t> part_of_file[kFilesMax];  // by descriptor; 0: not below the folder

// The next definition of a function: the C library's.
template <typename Function>
Function* real(const char* name) {
  return reinterpret_cast<Function*>(::dlsym(RTLD_NEXT, name));
}
#define REAL(name) (real<decltype(::name)>(#name))

DiskFaults* map_faults() {
  const char* const file = std::getenv(kFaultsFileVariable);
  if (!file) return nullptr;
  const int fd = REAL(open)(file, O_RDWR | O_CLOEXEC);
  if (fd < 0) return nullptr;
  void* const at = ::mmap(nullptr, sizeof(DiskFaults), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
  ::close(fd);
  return at == MAP_FAILED ? nullptr : static_cast<DiskFaults*>(at);
}

DiskFaults* faults() {
  static DiskFaults* const mapped = map_faults();
  return mapped;
}

std::string_view folder() {
  static const char* const below = std::getenv(kFaultsBelowVariable);
  return below ? below : "";
}

// The part that an absolute path is in; 0 if it is not below the folder.
std::uint32_t part_of(const char* path) {
  std::string_view rest = path ? path : "";
  if (folder().empty() || !rest.starts_with(folder())) return 0;
  rest.remove_prefix(folder().size());
  if (!rest.empty() && rest.front() != '/') return 0;
  while (rest.starts_with('/')) rest.remove_prefix(1);
  const std::string_view name = rest.substr(0, rest.find('/'));
  constexpr std::string_view kNames[] = {"log",       "history", "snapshots",  "subscriptions",
                                         "authority", "scim",    "revocations"};
  for (std::size_t i = 0; i < std::size(kNames); ++i)
    if (name == kNames[i]) return 1u << i;
  return kOtherPart;
}

// A stream is closed within the C library, which leaves its descriptor marked: a socket may have the number now.
std::uint32_t part_of(int fd) {
  if (fd < 0 || static_cast<std::size_t>(fd) >= kFilesMax) return 0;
  const std::uint32_t part = part_of_file[fd];
  struct stat status;
  if (part == 0 || ::fstat(fd, &status) != 0) return 0;
  return S_ISREG(status.st_mode) || S_ISDIR(status.st_mode) ? part : 0;
}

// The path of `name` in the folder `at`, in `buffer`.
const char* path_at(int at, const char* name, char (&buffer)[PATH_MAX]) {
  if (at == AT_FDCWD || name[0] == '/') return name;
  char link[64];
  std::snprintf(link, sizeof link, "/proc/self/fd/%d", at);
  char base[PATH_MAX];
  const ssize_t length = ::readlink(link, base, sizeof base - 1);
  if (length <= 0) return name;
  base[length] = '\0';
  if (std::snprintf(buffer, sizeof buffer, "%s/%s", base, name) >= static_cast<int>(sizeof buffer))
    return name;
  return buffer;
}

// Waits if the call is held. Returns whether it fails, and sets errno.
bool fails(DiskCall call, std::uint32_t part) {
  if (part == 0 || !faults()) return false;
  DiskFaults& all = *faults();
  if ((all.held_calls & call) && (all.held_parts & part)) {
    ++all.waiting;
    while ((all.held_calls & call) && (all.held_parts & part)) ::usleep(500);
    --all.waiting;
  }
  for (FaultRule& rule : all.rules) {
    if (!(rule.calls & call) || !(rule.parts & part)) continue;
    std::int64_t left = rule.left;
    while (left > 0 && !rule.left.compare_exchange_weak(left, left - 1)) {
    }
    if (left == 0) continue;
    ++rule.failed;
    errno = rule.error;
    return true;
  }
  return false;
}

DiskCall open_call(int flags) {
  return (flags & O_ACCMODE) == O_RDONLY && !(flags & O_CREAT) ? kOpenToReadCall : kOpenToWriteCall;
}

int opened(int fd, std::uint32_t part) {
  if (fd >= 0 && static_cast<std::size_t>(fd) < kFilesMax) part_of_file[fd] = static_cast<std::uint8_t>(part);
  return fd;
}

// The mode argument of a call of open() with these flags.
mode_t mode_of(int flags, va_list arguments) {
  return flags & (O_CREAT | O_TMPFILE) ? va_arg(arguments, mode_t) : 0;
}

FILE* open_stream(FILE* (*open)(const char*, const char*), const char* path, const char* mode) {
  const std::uint32_t part = part_of(path);
  if (fails(std::strpbrk(mode, "wa+") ? kOpenToWriteCall : kOpenToReadCall, part)) return nullptr;
  FILE* const file = open(path, mode);
  if (file) opened(::fileno(file), part);
  return file;
}

}  // namespace
}  // namespace porchlight

using namespace porchlight;

#pragma GCC visibility push(default)
extern "C" {

int open(const char* path, int flags, ...) {
  va_list arguments;
  va_start(arguments, flags);
  const mode_t mode = mode_of(flags, arguments);
  va_end(arguments);
  const std::uint32_t part = part_of(path);
  if (fails(open_call(flags), part)) return -1;
  return opened(REAL(open)(path, flags, mode), part);
}
int open64(const char* path, int flags, ...) {
  va_list arguments;
  va_start(arguments, flags);
  const mode_t mode = mode_of(flags, arguments);
  va_end(arguments);
  return open(path, flags, mode);
}
int openat(int at, const char* name, int flags, ...) {
  va_list arguments;
  va_start(arguments, flags);
  const mode_t mode = mode_of(flags, arguments);
  va_end(arguments);
  char buffer[PATH_MAX];
  const std::uint32_t part = part_of(path_at(at, name, buffer));
  if (fails(open_call(flags), part)) return -1;
  return opened(REAL(openat)(at, name, flags, mode), part);
}
FILE* fopen(const char* path, const char* mode) { return open_stream(REAL(fopen), path, mode); }
FILE* fopen64(const char* path, const char* mode) { return open_stream(REAL(fopen64), path, mode); }
int close(int fd) {
  opened(fd, 0);
  return REAL(close)(fd);
}

ssize_t write(int fd, const void* bytes, size_t size) {
  if (!fails(kWriteCall, part_of(fd))) return REAL(write)(fd, bytes, size);
  const int error = errno;
  (void)!REAL(write)(fd, bytes, size / 2);
  errno = error;
  return -1;
}
ssize_t pwrite(int fd, const void* bytes, size_t size, off_t offset) {
  if (!fails(kWriteCall, part_of(fd))) return REAL(pwrite)(fd, bytes, size, offset);
  const int error = errno;
  (void)!REAL(pwrite)(fd, bytes, size / 2, offset);
  errno = error;
  return -1;
}
ssize_t writev(int fd, const iovec* parts, int count) {
  return fails(kWriteCall, part_of(fd)) ? -1 : REAL(writev)(fd, parts, count);
}

int fsync(int fd) { return fails(kSyncCall, part_of(fd)) ? -1 : REAL(fsync)(fd); }
int fdatasync(int fd) { return fails(kSyncCall, part_of(fd)) ? -1 : REAL(fdatasync)(fd); }
// Without flags it writes nothing, so a disk cannot make it fail: RocksDB tests with it whether the kernel has it.
int sync_file_range(int fd, off64_t from, off64_t size, unsigned flags) {
  return flags != 0 && fails(kSyncCall, part_of(fd)) ? -1 : REAL(sync_file_range)(fd, from, size, flags);
}

int rename(const char* from, const char* to) noexcept {
  return fails(kRenameCall, part_of(to)) ? -1 : REAL(rename)(from, to);
}
int renameat2(int from_folder, const char* from, int to_folder, const char* to, unsigned flags) noexcept {
  char buffer[PATH_MAX];
  if (fails(kRenameCall, part_of(path_at(from_folder, from, buffer)))) return -1;
  return REAL(renameat2)(from_folder, from, to_folder, to, flags);
}
int link(const char* from, const char* to) noexcept {
  return fails(kRenameCall, part_of(to)) ? -1 : REAL(link)(from, to);
}
int truncate(const char* path, off_t size) noexcept {
  return fails(kTruncateCall, part_of(path)) ? -1 : REAL(truncate)(path, size);
}
int ftruncate(int fd, off_t size) noexcept {
  return fails(kTruncateCall, part_of(fd)) ? -1 : REAL(ftruncate)(fd, size);
}
int fallocate(int fd, int mode, off_t offset, off_t size) {
  return fails(kAllocateCall, part_of(fd)) ? -1 : REAL(fallocate)(fd, mode, offset, size);
}
int posix_fallocate(int fd, off_t offset, off_t size) {
  return fails(kAllocateCall, part_of(fd)) ? errno : REAL(posix_fallocate)(fd, offset, size);
}
int mkdir(const char* path, mode_t mode) noexcept {
  // The kernel looks for the name first: an existing folder is reported as such on a failing disk as well.
  struct stat status;
  if (::stat(path, &status) != 0 && fails(kMakeFolderCall, part_of(path))) return -1;
  return REAL(mkdir)(path, mode);
}
int rmdir(const char* path) noexcept { return fails(kRemoveCall, part_of(path)) ? -1 : REAL(rmdir)(path); }
int unlink(const char* path) noexcept { return fails(kRemoveCall, part_of(path)) ? -1 : REAL(unlink)(path); }
int remove(const char* path) noexcept { return fails(kRemoveCall, part_of(path)) ? -1 : REAL(remove)(path); }
int unlinkat(int at, const char* name, int flags) noexcept {
  char buffer[PATH_MAX];
  return fails(kRemoveCall, part_of(path_at(at, name, buffer))) ? -1 : REAL(unlinkat)(at, name, flags);
}
int bind(int fd, const sockaddr* address, socklen_t size) noexcept {
  if (address && address->sa_family == AF_UNIX &&
      fails(kBindCall, part_of(reinterpret_cast<const sockaddr_un*>(address)->sun_path)))
    return -1;
  return REAL(bind)(fd, address, size);
}

}  // extern "C"
#pragma GCC visibility pop
