// How a user signed in: kept with sessions and grants, and stated by tokens (`amr`).
#pragma once

#include <cstdint>

namespace porchlight::authority {

// kSecondFactor: with the password and a code of the second factor. Stored in refresh tokens.
enum class SignInMethod : std::uint8_t { kPassword, kSecondFactor };

}  // namespace porchlight::authority
