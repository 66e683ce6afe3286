// Texts that do not belong on a command line, where others could read them.
#pragma once

#include <expected>
#include <filesystem>
#include <string>

namespace porchlight::cli {

// What is in a file, or with "-" comes on stdin, up to 64 KiB; without the line's end after it.
std::expected<std::string, std::string> read_input(const std::filesystem::path& file);

}  // namespace porchlight::cli
