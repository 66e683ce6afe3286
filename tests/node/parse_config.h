// Reads configurations from texts.
#pragma once

#include <expected>
#include <string>

#include "node/config_sources.h"

namespace porchlight::node {

// The configuration of a file with that text and nothing else, or its faults.
inline std::expected<Config, std::string> parse_config(std::string_view text,
                                                       const std::filesystem::path& file) {
  ReadConfig read = read_config(text, {.file = file, .environment = {}, .options = {}});
  if (!read.faults.empty()) return std::unexpected(read.fault_text());
  return std::move(read.config);
}

}  // namespace porchlight::node
