// The copy of the image of a data folder (node/data_image.h) into a backup, by a running server or the command line.
#pragma once

#include <expected>
#include <filesystem>
#include <string>

#include "backup/backup.h"
#include "base/time.h"

namespace porchlight::server {

struct ImageToCopy {
  std::filesystem::path path;
  std::string version;  // of the program
  Time time{};          // every write that was acknowledged before it is in the image
  bool with_keys = true;
};

// Copies the image into the target and finishes that, slowly, so that the requests of a server do not wait for it.
// The error is a sentence; what was written to the target is then no backup.
std::expected<backup::Manifest, std::string> copy_image(const ImageToCopy& image,
                                                        backup::BackupTarget& target,
                                                        const backup::OnCopied& on_copied);

}  // namespace porchlight::server
