// Who needs a second factor to sign in. Any user may have one.
#pragma once

#include <cstdint>

namespace porchlight::authority {

enum class SecondFactorPolicy : std::uint8_t { kOptional, kAdministrators, kAll };

}  // namespace porchlight::authority
