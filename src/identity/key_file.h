// Files that hold a secret: readable by their owner only, and written atomically.
#pragma once

#include <expected>
#include <filesystem>
#include <string>
#include <string_view>

namespace porchlight::identity {

// The bytes of a regular file with mode 0600 or less. The error names the file and the reason.
std::expected<std::string, std::string> read_secret_file(const std::filesystem::path& file);

// Writes a new file with mode 0600, syncs it, renames it to `file`, and syncs the folder. The error names the
// file and the reason.
std::expected<void, std::string> write_secret_file(const std::filesystem::path& file, std::string_view bytes);

}  // namespace porchlight::identity
