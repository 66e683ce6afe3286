#include "base/durable_file.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>

#include "base/guid.h"

namespace porchlight {
namespace {

namespace fs = std::filesystem;

std::unexpected<std::errc> last_error() { return std::unexpected(static_cast<std::errc>(errno)); }
FileResult check(bool done) {
  if (!done) return last_error();
  return {};
}

// A file descriptor; closed by the destructor.
class SystemFile final : public FileSystem::Output {
 public:
  explicit SystemFile(int fd) : fd_(fd) {}
  SystemFile(const SystemFile&) = delete;
  SystemFile& operator=(const SystemFile&) = delete;
  ~SystemFile() override { ::close(fd_); }

  FileResult write(std::string_view bytes) override {
    while (!bytes.empty()) {
      const ssize_t written = ::write(fd_, bytes.data(), bytes.size());
      if (written < 0 && errno == EINTR) continue;
      if (written < 0) return last_error();
      bytes.remove_prefix(static_cast<std::size_t>(written));
    }
    return {};
  }
  FileResult sync() override { return check(::fsync(fd_) == 0); }

 private:
  const int fd_;
};

class SystemFiles final : public FileSystem {
 public:
  std::expected<std::unique_ptr<Output>, std::errc> create(const fs::path& file, mode_t mode) override {
    const int fd = ::open(file.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, mode);
    if (fd < 0) return last_error();
    return std::make_unique<SystemFile>(fd);
  }
  FileResult rename(const fs::path& from, const fs::path& to) override {
    return check(::rename(from.c_str(), to.c_str()) == 0);
  }
  FileResult remove(const fs::path& file) override {
    return check(::unlink(file.c_str()) == 0 || errno == ENOENT);
  }
  FileResult sync_folder(const fs::path& folder) override {
    const int fd = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0) return last_error();
    return SystemFile(fd).sync();
  }
};

FileResult write_new(FileSystem& files, const fs::path& temporary, mode_t mode,
                     const std::function<FileResult(FileSystem::Output&)>& fill) {
  auto out = files.create(temporary, mode);
  if (!out) return std::unexpected(out.error());
  if (auto filled = fill(**out); !filled) return filled;
  return (*out)->sync();
}

}  // namespace

FileSystem& FileSystem::system() {
  static SystemFiles files;
  return files;
}

FileResult replace_file(FileSystem& files, const fs::path& temporary, const fs::path& file, mode_t mode,
                        const std::function<FileResult(FileSystem::Output&)>& fill) {
  // A crash may have left one.
  if (auto removed = files.remove(temporary); !removed) return removed;
  FileResult done = write_new(files, temporary, mode, fill);
  if (done) done = files.rename(temporary, file);
  if (!done) {
    (void)files.remove(temporary);
    return done;
  }
  return files.sync_folder(file.has_parent_path() ? file.parent_path() : ".");
}

FileResult replace_file(const fs::path& file, mode_t mode, std::string_view text) {
  const fs::path temporary = file.string() + "." + to_string(secure_random_guid());
  return replace_file(FileSystem::system(), temporary, file, mode,
                      [&](FileSystem::Output& out) { return out.write(text); });
}

std::string text_of(std::errc error) { return std::make_error_code(error).message(); }

}  // namespace porchlight
