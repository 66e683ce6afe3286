#include "graph/wire/characters.h"

#include <algorithm>

namespace porchlight::graph {
namespace {

// Continuation bytes of UTF-8 are 10xxxxxx; all other bytes begin a character.
bool is_character_start(char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; }

}  // namespace

std::size_t count_characters(std::string_view text) {
  return static_cast<std::size_t>(std::ranges::count_if(text, is_character_start));
}

bool has_control_characters(std::string_view text) {
  return std::ranges::any_of(text, [](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return (byte < 0x20 && c != '\n' && c != '\r' && c != '\t') || byte == 0x7F;
  });
}

std::string truncated(std::string_view text) {
  std::size_t characters = 0;
  for (std::size_t i = 0; i < text.size(); ++i)
    if (is_character_start(text[i]) && ++characters > kEchoedCharsMax)
      return std::string(text.substr(0, i)) + "…";
  return std::string(text);
}

}  // namespace porchlight::graph
