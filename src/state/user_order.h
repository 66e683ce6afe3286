// The orders in which users are listed, besides the order of ids.
#pragma once

#include <cstdint>
#include <string>

#include "base/guid.h"

namespace porchlight::state {

// A text of a user. Users are in its order, letters A to Z in any case, then in the order of ids.
enum class UserText : std::uint8_t { kName, kUpn };
inline constexpr std::size_t kUserTexts = 2;

// An order of users.
struct UserOrder {
  UserText by;
  bool descending = false;
  friend bool operator==(const UserOrder&, const UserOrder&) = default;
};

// A position in such an order: that of a user with this text and id, who need not exist.
struct UserPlace {
  std::string text;
  Guid id;
  friend bool operator==(const UserPlace&, const UserPlace&) = default;
};

}  // namespace porchlight::state
