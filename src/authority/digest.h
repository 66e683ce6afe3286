// The few cryptographic one-liners that the room shares.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace porchlight::authority {

// 32 bytes each. Throw std::runtime_error where OpenSSL fails, as it does without memory only.
std::string sha256(std::string_view bytes);
std::string hmac_sha256(std::string_view key, std::string_view bytes);

// `count` bytes of the system's secure generator; throws std::runtime_error where it fails.
std::string secure_random_bytes(std::size_t count);

// Whether two texts are the same, in a time that tells nothing but their lengths.
bool equals_constant_time(std::string_view a, std::string_view b);

}  // namespace porchlight::authority
