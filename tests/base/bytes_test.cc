// ByteWriter and ByteReader: round trips, and encodings that are refused.
#include "base/bytes.h"

#include <gtest/gtest.h>

#include <limits>

namespace porchlight {
namespace {

std::string varint(std::uint64_t value) {
  std::string bytes;
  ByteWriter(bytes).varint(value);
  return bytes;
}

TEST(Bytes, ReadsVarintsOfEveryLength) {
  for (int shift = 0; shift < 64; ++shift) {
    for (const std::uint64_t value : {(1ull << shift) - 1, 1ull << shift, ~0ull >> shift}) {
      const std::string bytes = varint(value);
      ByteReader in(bytes);
      EXPECT_EQ(in.varint(), value);
      EXPECT_TRUE(in.ok() && in.at_end());
    }
  }
  EXPECT_EQ(varint(300), "\xAC\x02");
  EXPECT_EQ(varint(~0ull).size(), kVarintBytesMax);
}

TEST(Bytes, RefusesVarintsThatAreNotTheShortest) {
  const std::string nines(9, '\xFF');
  for (const std::string& bytes : {std::string(), std::string("\x80"), std::string("\x80\0", 2),
                                   std::string("\xFF\x80\0", 3), nines + '\x02', nines + "\xFF\x01"}) {
    ByteReader in(bytes);
    EXPECT_EQ(in.varint(), 0u);
    EXPECT_FALSE(in.ok());
  }
}

TEST(Bytes, StaysFailedAfterReadingPastTheEnd) {
  std::string bytes;
  ByteWriter out(bytes);
  out.fixed(std::uint32_t{7});
  out.text("abc");
  ByteReader in(bytes);
  EXPECT_EQ(in.fixed<std::uint32_t>(), 7u);
  EXPECT_EQ(in.text(3), "abc");
  EXPECT_TRUE(in.ok() && in.at_end());
  EXPECT_EQ(in.fixed<std::uint8_t>(), 0);
  EXPECT_FALSE(in.ok());
  EXPECT_EQ(in.guid(), Guid{});

  ByteReader again(std::string_view(bytes).substr(4));
  EXPECT_EQ(again.text(2), "") << "longer than allowed";
  EXPECT_FALSE(again.ok());
  EXPECT_TRUE(again.at_end());
}

}  // namespace
}  // namespace porchlight
