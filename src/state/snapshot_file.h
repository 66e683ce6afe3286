// A file mapped into memory, for reading a snapshot.
#pragma once

#include <filesystem>
#include <string_view>

namespace porchlight::state {

// Read-only; unmapped by the destructor.
class MappedFile {
 public:
  // bytes() is empty if the file is empty or can't be read; then error() says why.
  explicit MappedFile(const std::filesystem::path& path);
  ~MappedFile();
  MappedFile(const MappedFile&) = delete;
  MappedFile& operator=(const MappedFile&) = delete;
  // Valid as long as the object.
  std::string_view bytes() const { return bytes_; }
  // The system's error of reading the file; 0 if there was no error.
  int error() const { return error_; }

 private:
  std::string_view bytes_;
  int error_ = 0;
};

}  // namespace porchlight::state
