#include "base/text_writer.h"

#include <gtest/gtest.h>

#include <limits>

namespace porchlight {
namespace {

TEST(TextWriter, AppendsItsPieces) {
  const Guid id = *parse_guid("a0000000-0000-4000-8000-00000000000a");
  std::string out = "before ";
  append_written(out, 200, [&](TextWriter& to) {
    to.literal("one ").text("two ").text("").number(30u).literal(" ").guid(id);
    to.literal(" ").number(std::numeric_limits<std::uint64_t>::max());
  });
  EXPECT_EQ(out, "before one two 30 a0000000-0000-4000-8000-00000000000a 18446744073709551615");
}

TEST(TextWriter, MayFillItsRoom) {
  std::string out;
  append_written(out, 4, [](TextWriter& to) { to.literal("full"); });
  append_written(out, 0, [](TextWriter&) {});
  EXPECT_EQ(out, "full");
}

}  // namespace
}  // namespace porchlight
