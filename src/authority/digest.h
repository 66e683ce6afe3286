// Hashes, random bytes and constant-time comparison for this module.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace porchlight::authority {

// 32 bytes each. Throw std::runtime_error if OpenSSL fails, which happens only without memory.
std::string sha256(std::string_view bytes);
std::string hmac_sha256(std::string_view key, std::string_view bytes);

// `count` bytes of OpenSSL's secure generator. Throws std::runtime_error if it fails.
std::string secure_random_bytes(std::size_t count);

// Compares two strings in a time that depends only on their lengths.
bool equals_constant_time(std::string_view a, std::string_view b);

}  // namespace porchlight::authority
