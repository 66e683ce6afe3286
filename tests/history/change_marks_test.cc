// Which changes are given up, and when.
#include "history/change_marks.h"

#include <gtest/gtest.h>

#include <limits>

#include "log/samples.h"

namespace porchlight::history {
namespace {

using log::at_ms;

constexpr Duration kEvery(10);

Positions all_at(std::uint64_t seq) {
  Positions positions;
  positions.fill(seq);
  return positions;
}

TEST(ChangeMarks, KnowsAllChangesAtFirst) {
  ChangeMarks marks;
  EXPECT_EQ(marks.known_from(), all_at(0));
  EXPECT_FALSE(marks.forget_before(Time::max())) << "nothing says how far it was at any time";
}

TEST(ChangeMarks, NotesPositionsAtIntervals) {
  ChangeMarks marks;
  EXPECT_TRUE(marks.add(at_ms(0), all_at(1), kEvery));
  EXPECT_FALSE(marks.add(at_ms(9), all_at(2), kEvery));
  EXPECT_TRUE(marks.add(at_ms(10), all_at(3), kEvery));
  EXPECT_EQ(marks.known_from(), all_at(0));
}

TEST(ChangeMarks, ForgetsUpToTheNewestPositionOfTheTime) {
  ChangeMarks marks;
  for (std::uint64_t i = 1; i <= 3; ++i)
    marks.add(at_ms(static_cast<std::int64_t>(10 * i)), all_at(i), kEvery);
  EXPECT_FALSE(marks.forget_before(at_ms(9)));
  EXPECT_EQ(marks.known_from(), all_at(0));
  EXPECT_TRUE(marks.forget_before(at_ms(29)));
  EXPECT_EQ(marks.known_from(), all_at(2));
  EXPECT_FALSE(marks.forget_before(at_ms(29)));
  EXPECT_TRUE(marks.forget_before(at_ms(30)));
  EXPECT_EQ(marks.known_from(), all_at(3));
}

// Otherwise nothing would be noted, and nothing forgotten, until the time to come has come.
TEST(ChangeMarks, ATimeToComeCountsAsNowWhenTheClockGoesBack) {
  ChangeMarks marks;
  marks.add(at_ms(1'000'000), all_at(1), kEvery);
  EXPECT_FALSE(marks.add(at_ms(100), all_at(2), kEvery));
  EXPECT_TRUE(marks.add(at_ms(110), all_at(3), kEvery));
  EXPECT_FALSE(marks.forget_before(at_ms(99)));
  EXPECT_TRUE(marks.forget_before(at_ms(100)));
  EXPECT_EQ(marks.known_from(), all_at(1));
}

TEST(ChangeMarks, AShardMayBeginLater) {
  ChangeMarks marks;
  marks.add(at_ms(0), all_at(0), kEvery);
  marks.begin_at(7, 40);
  EXPECT_EQ(marks.known_from()[7], 40u);
  EXPECT_EQ(marks.known_from()[8], 0u);
  EXPECT_TRUE(marks.forget_before(at_ms(0)));
  EXPECT_EQ(marks.known_from()[7], 40u);
}

TEST(ChangeMarks, AreReadAsTheyWereWritten) {
  ChangeMarks marks(all_at(std::numeric_limits<std::uint64_t>::max()));
  marks.add(at_ms(5), all_at(200), kEvery);
  const std::string bytes = encode_change_marks(marks);
  EXPECT_EQ(decode_change_marks(bytes), marks);
  for (std::size_t size = 0; size < bytes.size(); ++size)
    EXPECT_FALSE(decode_change_marks(std::string_view(bytes).substr(0, size))) << size;
  EXPECT_FALSE(decode_change_marks(bytes + '\0'));
  EXPECT_FALSE(decode_change_marks(std::string(1, '\0'))) << "without a mark";
  EXPECT_FALSE(decode_change_marks("\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01")) << "2^64 - 1 marks";
}

}  // namespace
}  // namespace porchlight::history
