// Input that must not be on a command line, where other users of the machine could read it.
#pragma once

#include <expected>
#include <filesystem>
#include <string>

namespace porchlight::cli {

// The content of a file, or of stdin for "-", without a line end after it. An error if it is over 64 KiB.
std::expected<std::string, std::string> read_input(const std::filesystem::path& file);

}  // namespace porchlight::cli
