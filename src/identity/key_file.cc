// Secret files. A reader refuses a file that other users could read. A writer makes a new file under a random
// name and renames it, so the file is complete or unchanged after a crash.
#include "identity/key_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "base/guid.h"

namespace porchlight::identity {
namespace {

constexpr std::size_t kSecretBytesMax = 64 * 1024;

// Closes a file descriptor.
class Descriptor {
 public:
  explicit Descriptor(int fd) : fd_(fd) {}
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  ~Descriptor() {
    if (fd_ >= 0) close(fd_);
  }
  int get() const { return fd_; }
  bool good() const { return fd_ >= 0; }

 private:
  const int fd_;
};

std::unexpected<std::string> failure(const std::filesystem::path& file, std::string_view what) {
  return std::unexpected(file.string() + ": " + std::string(what));
}

std::unexpected<std::string> system_failure(const std::filesystem::path& file, std::string_view what) {
  return failure(file, std::string(what) + ": " + std::strerror(errno));
}

bool write_all(int fd, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t count = write(fd, bytes.data(), bytes.size());
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return false;
    bytes.remove_prefix(static_cast<std::size_t>(count));
  }
  return true;
}

// Creates the file with mode 0600 and syncs it. Fails if it exists.
bool write_new_file(const std::filesystem::path& file, std::string_view bytes) {
  const Descriptor out(open(file.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600));
  return out.good() && write_all(out.get(), bytes) && fsync(out.get()) == 0;
}

// Makes a rename in the folder durable.
bool sync_folder(const std::filesystem::path& folder) {
  const Descriptor handle(open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  return handle.good() && fsync(handle.get()) == 0;
}

}  // namespace

std::expected<std::string, std::string> read_secret_file(const std::filesystem::path& file) {
  // O_NONBLOCK: a pipe in place of the file must not block the start.
  const Descriptor in(open(file.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  if (!in.good()) return system_failure(file, "cannot be opened");
  struct stat status;
  if (fstat(in.get(), &status) != 0) return system_failure(file, "cannot be examined");
  if (!S_ISREG(status.st_mode)) return failure(file, "is not a regular file");
  if ((status.st_mode & 0177) != 0) return failure(file, "may be used by others; its mode must be 0600");
  std::string bytes(kSecretBytesMax + 1, '\0');
  std::size_t size = 0;
  while (size < bytes.size()) {
    const ssize_t count = read(in.get(), bytes.data() + size, bytes.size() - size);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return system_failure(file, "cannot be read");
    if (count == 0) break;
    size += static_cast<std::size_t>(count);
  }
  if (size > kSecretBytesMax) return failure(file, "is too long");
  bytes.resize(size);
  return bytes;
}

std::expected<void, std::string> write_secret_file(const std::filesystem::path& file,
                                                   std::string_view bytes) {
  const std::filesystem::path fresh = file.string() + "." + to_string(secure_random_guid());
  const std::filesystem::path folder = file.has_parent_path() ? file.parent_path() : ".";
  if (!write_new_file(fresh, bytes) || rename(fresh.c_str(), file.c_str()) != 0) {
    auto error = system_failure(file, "cannot be written");
    unlink(fresh.c_str());
    return error;
  }
  if (!sync_folder(folder)) return system_failure(file, "cannot be made durable");
  return {};
}

}  // namespace porchlight::identity
