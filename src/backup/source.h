// The files of a backup that is read, one after the other: from a folder or a tar archive. Both may be damaged or
// hostile.
#pragma once

#include <cstddef>
#include <expected>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

struct archive;

namespace porchlight::backup {

// Errors are sentences for the operator.
template <typename T>
using SourceResult = std::expected<T, std::string>;

// For one thread. After an error no more calls are made.
class BackupSource {
 public:
  virtual ~BackupSource() = default;
  // The path of the next file, as it is written there; nullopt at the end. An error for anything that is not a regular
  // file.
  virtual SourceResult<std::optional<std::string>> next() = 0;
  // The next bytes of that file, valid until the next call; empty at its end.
  virtual SourceResult<std::string_view> read() = 0;
};

// A folder and the folders in it. Symbolic links are errors.
class FolderSource final : public BackupSource {
 public:
  static SourceResult<std::unique_ptr<FolderSource>> open(const std::filesystem::path& folder);
  ~FolderSource() override;
  SourceResult<std::optional<std::string>> next() override;
  SourceResult<std::string_view> read() override;

 private:
  explicit FolderSource(std::filesystem::path folder);
  SourceResult<void> list(const std::string& prefix);

  const std::filesystem::path folder_;
  std::vector<std::string> paths_;  // the next one is last
  std::filesystem::path file_;      // that is being read
  int fd_ = -1;
  std::vector<char> buffer_;
};

// A tar archive without compression. Entries that are not plain regular files, sparse ones included, are errors.
class TarSource final : public BackupSource {
 public:
  // Reads from a file descriptor, which stays open.
  explicit TarSource(int fd);
  // Reads from memory, which must outlive the source.
  explicit TarSource(std::string_view bytes);
  ~TarSource() override;
  TarSource(const TarSource&) = delete;
  TarSource& operator=(const TarSource&) = delete;
  SourceResult<std::optional<std::string>> next() override;
  SourceResult<std::string_view> read() override;

 private:
  std::unexpected<std::string> fault() const;

  archive* const archive_;
  std::int64_t at_ = 0;  // in the file that is being read
};

}  // namespace porchlight::backup
