// Where the files of a backup go, one after the other: a folder or a tar archive.
#pragma once

#include <cstdint>
#include <expected>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>

struct archive;

namespace porchlight::backup {

// The error is a sentence for the operator.
using Status = std::expected<void, std::string>;

// For one thread. After an error no more calls are made.
class BackupTarget {
 public:
  virtual ~BackupTarget() = default;
  // A file with this path (is_backup_path()) and this number of bytes, which write() is then called with in parts.
  virtual Status begin_file(const std::string& path, std::uint64_t bytes) = 0;
  virtual Status write(std::string_view bytes) = 0;
  virtual Status end_file() = 0;
  // All files were written. For a folder: they are durable, and then it gets its name.
  virtual Status finish() = 0;
};

// A new folder of mode 0700 with files of mode 0600. Until finish() it has the name NAME.partial, and the destructor
// removes it unless it was finished.
class FolderTarget final : public BackupTarget {
 public:
  // An error if `folder` exists, or NAME.partial, which an interrupted run left.
  static std::expected<std::unique_ptr<FolderTarget>, std::string> create(
      const std::filesystem::path& folder);
  ~FolderTarget() override;
  // The folder before finish().
  const std::filesystem::path& partial() const { return partial_; }

  Status begin_file(const std::string& path, std::uint64_t bytes) override;
  Status write(std::string_view bytes) override;
  Status end_file() override;
  Status finish() override;

 private:
  FolderTarget(std::filesystem::path folder, std::filesystem::path partial)
      : folder_(std::move(folder)), partial_(std::move(partial)) {}
  std::unexpected<std::string> fault(const std::filesystem::path& file) const;

  const std::filesystem::path folder_, partial_;
  std::filesystem::path file_;  // that is being written
  int fd_ = -1;
  std::uint64_t unsynced_bytes_ = 0;
  bool is_finished_ = false;
};

// A tar archive (POSIX pax) that is written to a file descriptor, which stays open. The entries have no times and
// owners.
class TarTarget final : public BackupTarget {
 public:
  explicit TarTarget(int fd);
  ~TarTarget() override;
  TarTarget(const TarTarget&) = delete;
  TarTarget& operator=(const TarTarget&) = delete;

  Status begin_file(const std::string& path, std::uint64_t bytes) override;
  Status write(std::string_view bytes) override;
  Status end_file() override;
  Status finish() override;

 private:
  Status check(int result);
  archive* const archive_;
};

}  // namespace porchlight::backup
