#include "base/byte_blocks.h"

#include <gtest/gtest.h>

#include <string>

namespace porchlight {
namespace {

bool has_hash(std::string_view text) {
  return any_byte(text, [](ByteBlock bytes) { return bytes == '#'; });
}

TEST(ByteBlocks, FindsAByteAtEachPlaceOfATextOfEachLength) {
  for (std::size_t length = 0; length < 50; ++length) {
    // Bytes around the text are not read.
    std::string all = "#" + std::string(length, 'x') + "#";
    const std::string_view text = std::string_view(all).substr(1, length);
    EXPECT_FALSE(has_hash(text)) << length;
    for (std::size_t at = 1; at <= length; ++at) {
      all[at] = '#';
      EXPECT_TRUE(has_hash(text)) << at << " of " << length;
      all[at] = 'x';
    }
  }
}

}  // namespace
}  // namespace porchlight
