// A file's bytes, read in place.
#pragma once

#include <filesystem>
#include <string_view>

namespace porchlight::state {

class MappedFile {
 public:
  // Empty where the file can't be read.
  explicit MappedFile(const std::filesystem::path& path);
  ~MappedFile();
  MappedFile(const MappedFile&) = delete;
  MappedFile& operator=(const MappedFile&) = delete;
  std::string_view bytes() const { return bytes_; }

 private:
  std::string_view bytes_;
};

}  // namespace porchlight::state
