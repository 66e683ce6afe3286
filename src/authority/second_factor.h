// The second factor of a user: the secret of an authenticator app, and recovery codes for a user without it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "authority/totp.h"
#include "base/time.h"

namespace porchlight::authority {

inline constexpr std::size_t kRecoveryCodes = 10;

struct SecondFactor {
  std::string secret;
  Time enrolled_at{};
  std::uint64_t used_step = 0;               // the last step of which a code was accepted (totp.h)
  std::vector<std::string> recovery_hashes;  // SHA-256; empty: used
  friend bool operator==(const SecondFactor&, const SecondFactor&) = default;
};

// The bytes of a second factor in the store, and back. Returns nullopt for damaged bytes.
//
//     second factor = i64 enrolled ms | u64 used step | text secret | varint count | text each of the hashes
std::string print_second_factor(const SecondFactor& factor);
std::optional<SecondFactor> read_second_factor(std::string_view bytes);

// The factor after the use of a code, a code of the app or a recovery code; nullopt if it is neither, or was used.
// Spaces, dashes and letter case of what was entered do not matter.
std::optional<SecondFactor> use_code(const SecondFactor& factor, std::string_view entered, Time now);

// New recovery codes, such as "BCDF-GHJK-LMNP-QRST-VWXZ-BCDF". Each has 103 random bits, so a fast hash protects it
// (docs/decisions/0005-passwords.md).
std::vector<std::string> make_recovery_codes();

// The hashes of these, for the store.
std::vector<std::string> hash_recovery_codes(const std::vector<std::string>& codes);

}  // namespace porchlight::authority
