// Where the bytes of a snapshot are read from. A file is read and not mapped: if the disk fails while a mapped page is
// read, the process ends with SIGBUS; a read returns an error.
#pragma once

#include <cstdint>
#include <expected>
#include <filesystem>
#include <string>
#include <string_view>
#include <system_error>

namespace porchlight::state {

// May be used from any thread.
class SnapshotSource {
 public:
  virtual ~SnapshotSource() = default;
  // The bytes of the whole snapshot.
  virtual std::uint64_t size() const = 0;
  // `count` bytes from `offset` on; both must be within size(). The result points into `storage` or into the source.
  virtual std::expected<std::string_view, std::errc> read(std::uint64_t offset, std::size_t count,
                                                          std::string& storage) const = 0;
};

// Bytes in memory, which must outlive the source.
class SnapshotBytes final : public SnapshotSource {
 public:
  explicit SnapshotBytes(std::string_view bytes) : bytes_(bytes) {}
  std::uint64_t size() const override { return bytes_.size(); }
  std::expected<std::string_view, std::errc> read(std::uint64_t offset, std::size_t count,
                                                  std::string&) const override {
    return bytes_.substr(offset, count);
  }

 private:
  const std::string_view bytes_;
};

// An open file; closed by the destructor.
class SnapshotFile final : public SnapshotSource {
 public:
  // A file that cannot be opened is a source whose reads return that error.
  explicit SnapshotFile(const std::filesystem::path& path);
  ~SnapshotFile() override;
  SnapshotFile(const SnapshotFile&) = delete;
  SnapshotFile& operator=(const SnapshotFile&) = delete;
  std::uint64_t size() const override { return size_; }
  // EIO also if the file has become shorter since it was opened.
  std::expected<std::string_view, std::errc> read(std::uint64_t offset, std::size_t count,
                                                  std::string& storage) const override;

 private:
  int fd_;
  std::errc error_{};  // of opening
  std::uint64_t size_ = 0;
};

}  // namespace porchlight::state
