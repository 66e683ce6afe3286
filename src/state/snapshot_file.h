// A file mapped into memory, for reading a snapshot.
#pragma once

#include <filesystem>
#include <string_view>

namespace porchlight::state {

// Read-only; unmapped by the destructor.
class MappedFile {
 public:
  // bytes() is empty if the file is empty or can't be read.
  explicit MappedFile(const std::filesystem::path& path);
  ~MappedFile();
  MappedFile(const MappedFile&) = delete;
  MappedFile& operator=(const MappedFile&) = delete;
  // Valid as long as the object.
  std::string_view bytes() const { return bytes_; }

 private:
  std::string_view bytes_;
};

}  // namespace porchlight::state
