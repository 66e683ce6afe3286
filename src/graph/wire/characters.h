// What is asked of texts that people wrote. All take UTF-8.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace porchlight::graph {

// Code points, not bytes.
std::size_t count_characters(std::string_view text);

// Whether a control character other than a line break or tab is in it.
bool has_control_characters(std::string_view text);

// Without white space at its ends.
std::string_view trimmed(std::string_view text);

// At most so much of a caller's own text is repeated to them, in characters.
inline constexpr std::size_t kEchoedCharsMax = 64;
std::string truncated(std::string_view text);

}  // namespace porchlight::graph
