// A temporary folder, removed with the test.
#pragma once

#include <cstdlib>
#include <filesystem>
#include <string>

namespace porchlight::http {

class Folder {
 public:
  Folder() {
    std::string name = (std::filesystem::temp_directory_path() / "porchlight-http-XXXXXX").string();
    path_ = ::mkdtemp(name.data());
  }
  ~Folder() { std::filesystem::remove_all(path_); }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

}  // namespace porchlight::http
