#include "base/keyed_hash.h"

#include <gtest/gtest.h>

#include <set>

namespace porchlight {
namespace {

// Ids as a directory may number them: only the last bytes differ.
Guid numbered(std::uint16_t number) {
  Guid id = *parse_guid("a0000000-0000-4000-8000-000000000000");
  id.bytes[14] = static_cast<std::uint8_t>(number >> 8);
  id.bytes[15] = static_cast<std::uint8_t>(number);
  return id;
}

TEST(KeyedHash, NumberedIdsDifferInTheLowBits) {
  // Hash tables use the low bits. Of 1024 hashes in 2^20 values, less than one pair is equal on average;
  // std::hash<Guid> gives one value for all of them.
  const KeyedHash hash;
  std::set<std::size_t> low;
  for (std::uint16_t number = 0; number < 1024; ++number) low.insert(hash(numbered(number)) & 0xF'FFFF);
  EXPECT_GT(low.size(), 1000u);
}

TEST(KeyedHash, EachHashHasAKeyOfItsOwnAndCopiesHaveTheSame) {
  const KeyedHash one, other;
  const KeyedHash copy = one;
  EXPECT_NE(one(numbered(1)), other(numbered(1)));
  EXPECT_EQ(one(numbered(1)), copy(numbered(1)));
}

}  // namespace
}  // namespace porchlight
