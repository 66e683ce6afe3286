// ASCII characters and case-insensitive comparison, as for HTTP and OData names. Independent of the locale.
#pragma once

#include <algorithm>
#include <compare>
#include <string_view>

namespace porchlight {

// Letters A to Z in lower case; other bytes unchanged.
constexpr char to_lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c | 0x20) : c; }

constexpr bool is_digit(char c) { return c >= '0' && c <= '9'; }

// The value of a hexadecimal digit in upper or lower case; -1 for any other character.
constexpr int hex_value(char c) {
  if (is_digit(c)) return c - '0';
  const char low = to_lower(c);
  return low >= 'a' && low <= 'f' ? low - 'a' + 10 : -1;
}

// The text without spaces, tabs and line breaks at its ends; a view into `text`.
constexpr std::string_view trimmed(std::string_view text) {
  constexpr std::string_view kSpaces = " \t\r\n";
  const std::size_t first = text.find_first_not_of(kSpaces);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(kSpaces) - first + 1);
}

// Whether the texts differ in the case of ASCII letters at most.
constexpr bool equals_ignore_case(std::string_view a, std::string_view b) {
  return a.size() == b.size() && std::equal(a.begin(), a.end(), b.begin(), [](char x, char y) {
           return x == y || to_lower(x) == to_lower(y);
         });
}

// The order of two texts by their bytes, where letters A to Z count as lower case.
constexpr std::strong_ordering compare_ignore_case(std::string_view a, std::string_view b) {
  return std::lexicographical_compare_three_way(a.begin(), a.end(), b.begin(), b.end(), [](char x, char y) {
    return static_cast<unsigned char>(to_lower(x)) <=> static_cast<unsigned char>(to_lower(y));
  });
}

}  // namespace porchlight
