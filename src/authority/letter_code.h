// Codes that people read and type: letters without vowels, so that no code is a word (RFC 8628 §6.1).
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace porchlight::authority {

// `count` random letters of 20: 4.3 bits each. Throws std::runtime_error if OpenSSL's generator fails.
std::string random_letters(std::size_t count);

// The letters of what a user typed, in upper case, without all other characters.
std::string plain_letters(std::string_view entered);

// "BCDF-GHJK": the code in groups of four.
std::string in_groups(std::string_view code);

}  // namespace porchlight::authority
