// Whether a file was replaced or written since it was last looked at.
#pragma once

#include <sys/stat.h>

#include <filesystem>
#include <utility>

namespace porchlight::server {

// What changes when a file does, whether it is written in place or renamed over, also through symbolic links.
struct FileStamp {
  // All zero if there is no such file.
  static FileStamp of(const std::filesystem::path& file) {
    struct stat status;
    if (::stat(file.c_str(), &status) != 0) return {};
    return {status.st_mtim.tv_sec, status.st_mtim.tv_nsec, status.st_size, status.st_ino, status.st_dev};
  }
  friend bool operator==(const FileStamp&, const FileStamp&) = default;

  time_t changed_s = 0;
  long changed_ns = 0;
  off_t size = 0;
  ino_t inode = 0;
  dev_t device = 0;
};

// A certificate and its key.
struct CertificateStamp {
  std::filesystem::path certificate, key;
  FileStamp certificate_file{}, key_file{};
  static CertificateStamp of(const std::filesystem::path& certificate, const std::filesystem::path& key) {
    return {certificate, key, FileStamp::of(certificate), FileStamp::of(key)};
  }
  friend bool operator==(const CertificateStamp&, const CertificateStamp&) = default;
};

}  // namespace porchlight::server
