// Secret files. A reader refuses a file that other users could read.
#include "identity/key_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "base/durable_file.h"

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
  const auto written = replace_file(file, 0600, bytes);
  if (!written) return failure(file, "cannot be written: " + text_of(written.error()));
  return {};
}

}  // namespace porchlight::identity
