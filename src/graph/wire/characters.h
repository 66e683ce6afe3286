// Checks on text that users wrote, such as messages and session ids. All functions take UTF-8.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace porchlight::graph {

// Number of code points.
std::size_t count_characters(std::string_view text);

// Returns true if the text has a control character other than a line break or a tab.
bool has_control_characters(std::string_view text);

// Most characters of a client's own text that an error message repeats.
inline constexpr std::size_t kEchoedCharsMax = 64;
// The text, cut after kEchoedCharsMax characters with "…".
std::string truncated(std::string_view text);

}  // namespace porchlight::graph
