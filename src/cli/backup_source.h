// Backups that commands read.
#pragma once

#include <expected>
#include <filesystem>
#include <memory>
#include <string>

#include "backup/backup.h"

namespace porchlight::cli {

// A backup in a folder or in a tar archive; - for an archive on stdin. An error if it cannot be opened.
std::expected<std::unique_ptr<backup::BackupSource>, std::string> open_backup(
    const std::filesystem::path& path);

// What messages call it.
std::string name_of(const std::filesystem::path& path);

// Prints what a whole backup of this size holds.
void print_backup(const backup::Manifest& manifest, std::uint64_t bytes);

}  // namespace porchlight::cli
