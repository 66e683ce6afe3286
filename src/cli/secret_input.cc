#include "cli/secret_input.h"

#include <fstream>
#include <iostream>

namespace porchlight::cli {

std::expected<std::string, std::string> read_input(const std::filesystem::path& file) {
  constexpr std::size_t kInputBytesMax = 64 * 1024;
  std::ifstream opened;
  if (file != "-") {
    opened.open(file, std::ios::binary);
    if (!opened)
      return std::unexpected("cannot read " + file.string() + ": it does not exist or is not readable");
  }
  std::istream& in = file == "-" ? std::cin : opened;
  std::string text(kInputBytesMax + 1, '\0');
  in.read(text.data(), static_cast<std::streamsize>(text.size()));
  text.resize(static_cast<std::size_t>(in.gcount()));
  if (text.size() > kInputBytesMax) return std::unexpected(file.string() + ": is over 64 KiB");
  if (text.ends_with('\n')) text.pop_back();
  if (text.ends_with('\r')) text.pop_back();
  return text;
}

}  // namespace porchlight::cli
