#include "log/crc32c.h"

#include <gtest/gtest.h>

#include <boost/crc.hpp>
#include <string>

namespace porchlight::log {
namespace {

TEST(Crc32c, IsThatOfRfc3720) {
  EXPECT_EQ(crc32c(""), 0u);
  EXPECT_EQ(crc32c("123456789"), 0xE3069283u);
  EXPECT_EQ(crc32c(std::string(32, '\0')), 0x8A9136AAu);
  EXPECT_EQ(crc32c(std::string(32, '\xFF')), 0x62A8AB43u);
}

// Lengths around the eight bytes that are taken at once.
TEST(Crc32c, IsTheSameHoweverTheBytesAreDivided) {
  std::string bytes;
  for (int i = 0; i < 41; ++i, bytes.push_back(static_cast<char>(i * 37))) {
    boost::crc_optimal<32, 0x1EDC6F41, 0xFFFFFFFF, 0xFFFFFFFF, true, true> expected;
    expected.process_bytes(bytes.data(), bytes.size());
    const std::string_view whole = bytes;
    for (std::size_t at = 0; at <= whole.size(); ++at)
      EXPECT_EQ(crc32c(whole.substr(0, at), whole.substr(at)), expected.checksum()) << i << " " << at;
  }
}

}  // namespace
}  // namespace porchlight::log
