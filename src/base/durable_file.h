// Replaces files so that after a crash or a power cut at any moment there is the old file or the complete new one.
#pragma once

#include <sys/types.h>

#include <expected>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <system_error>

namespace porchlight {

// The result of an operation; the error is the system's errno.
using FileResult = std::expected<void, std::errc>;

// The operations that a durable write consists of. system() is the machine's; tests have one that loses what was not
// synced. Any thread.
class FileSystem {
 public:
  // A file that is being written; closed by the destructor.
  class Output {
   public:
    virtual ~Output() = default;
    // Appends all bytes.
    virtual FileResult write(std::string_view bytes) = 0;
    // Makes the file's bytes durable. After an error it must not be repeated: the kernel may have dropped the bytes,
    // and a second call would succeed.
    virtual FileResult sync() = 0;
  };

  virtual ~FileSystem() = default;
  // Creates a file with this mode. An error if the name exists.
  virtual std::expected<std::unique_ptr<Output>, std::errc> create(const std::filesystem::path& file,
                                                                   mode_t mode) = 0;
  virtual FileResult rename(const std::filesystem::path& from, const std::filesystem::path& to) = 0;
  // Not an error if the file is missing.
  virtual FileResult remove(const std::filesystem::path& file) = 0;
  // Makes the names in the folder durable: of files that were created, renamed or removed.
  virtual FileResult sync_folder(const std::filesystem::path& folder) = 0;

  static FileSystem& system();
};

// Writes a new file under the name `temporary`, syncs it, renames it to `file`, and syncs the folder, which is that of
// both. `fill` writes the content. After an error `file` is the old one, or if the last sync failed the new one, which
// may not be durable.
FileResult replace_file(FileSystem& files, const std::filesystem::path& temporary,
                        const std::filesystem::path& file, mode_t mode,
                        const std::function<FileResult(FileSystem::Output&)>& fill);

// The same on the machine's file system, with `text` as the content. The temporary name is that of no other writer.
FileResult replace_file(const std::filesystem::path& file, mode_t mode, std::string_view text);

// The text of an error, for the operator.
std::string text_of(std::errc error);

}  // namespace porchlight
