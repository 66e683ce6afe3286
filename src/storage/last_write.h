// Whether a database was written to between two moments.
#pragma once

#include <cstdint>
#include <expected>
#include <filesystem>
#include <string>

namespace porchlight::storage {

// The number of the last write in the database of a folder that no process has open: each write has a greater one than
// those before, and opening the database changes nothing. 0 if the folder has no database. The error is a sentence.
std::expected<std::uint64_t, std::string> last_write(const std::filesystem::path& folder);

}  // namespace porchlight::storage
