// Files that hold a secret: read only where nobody else may, written whole or not at all.
#pragma once

#include <expected>
#include <filesystem>
#include <string>
#include <string_view>

namespace porchlight::identity {

// The bytes of a regular file that only its owner may touch. An error is the text of what is wrong with it.
std::expected<std::string, std::string> read_secret_file(const std::filesystem::path& file);

// Writes `bytes` beside `file` with mode 0600, syncs, renames, and syncs the folder.
std::expected<void, std::string> write_secret_file(const std::filesystem::path& file, std::string_view bytes);

}  // namespace porchlight::identity
