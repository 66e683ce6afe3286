// What is owed to whom, and when it is due (spec notifications §7): under times of the tests' own.
#include "notify/outbox.h"

#include <gtest/gtest.h>

#include <random>

namespace porchlight::notify {
namespace {

using namespace std::chrono_literals;

constexpr Time kStart{std::chrono::hours(500'000)};
const std::string kA = "https://a.example/hook", kB = "https://b.example/hook";

Moment at(Duration since) { return {kStart + since, SteadyTime(since)}; }

Owed owed(std::uint8_t person, Duration since = {}) {
  Guid id;
  id.bytes[0] = person;
  return {nullptr, What::kChange, id, kStart + since};
}

std::string people(const std::vector<Owed>& all) {
  std::string text;
  for (const Owed& one : all) text += std::to_string(one.person.bytes[0]) + " ";
  return text;
}

constexpr Outbox::Answer kTaken{true, 1ms}, kRefused{false, 1ms};

TEST(Outbox, OnePostIsUnderWayToAUrl) {
  Outbox outbox;
  EXPECT_EQ(outbox.first_due(), presence::kNever);
  outbox.add(kA, owed(1), at({}));
  outbox.add(kA, owed(2), at({}));
  EXPECT_EQ(outbox.first_due(), kStart);
  auto turn = outbox.next_turn(at({}));
  EXPECT_EQ(turn.url, kA);
  EXPECT_EQ(people(turn.items), "1 2 ");
  EXPECT_EQ(turn.timeout, 3s);
  outbox.add(kA, owed(3), at({}));
  EXPECT_EQ(outbox.first_due(), presence::kNever) << "while one is under way";
  outbox.add(kB, owed(4), at({}));
  EXPECT_EQ(outbox.next_turn(at({})).url, kB) << "which holds up nobody else";
  EXPECT_TRUE(outbox.answered(kA, kTaken, {}, at(1s), 0).empty());
  EXPECT_EQ(outbox.first_due(), kStart + 1s);
  EXPECT_EQ(people(outbox.next_turn(at(1s)).items), "3 ");
  outbox.answered(kA, kTaken, {}, at(1s), 0);
  outbox.nothing_sent(kB, at(1s));
  EXPECT_EQ(outbox.urls(), 0u);
}

TEST(Outbox, AThousandItemsAtOnceAndNoMore) {
  Outbox outbox;
  for (std::size_t i = 0; i <= kItemsPerPostMax; ++i) outbox.add(kA, owed(1), at({}));
  EXPECT_EQ(outbox.next_turn(at({})).items.size(), kItemsPerPostMax);
  outbox.answered(kA, kTaken, {}, at({}), 0);
  EXPECT_EQ(outbox.next_turn(at({})).items.size(), 1u);
}

// Whoever changed again is owed from then on, wherever they are in the queue.
TEST(Outbox, WhatIsOverIsGivenBackWhereverItIs) {
  Outbox outbox;
  for (const std::uint8_t person : {1, 2, 3}) outbox.add(kA, owed(person), at({}));
  auto turn = outbox.next_turn(at({}));
  turn.items[0].since = kStart + 1h;
  EXPECT_EQ(people(outbox.answered(kA, kRefused, std::move(turn.items), at(4h), 0)), "2 3 ");
  EXPECT_EQ(people(outbox.next_turn(at(5h)).items), "1 ");
}

// A receiver that never takes anything, for whatever jitter: tries further and further apart until four hours
// are over, all of what is owed each time, in order, and then it is given back.
TEST(Outbox, WhatIsNotTakenIsTriedForFourHours) {
  for (std::uint64_t seed = 0; seed < 50; ++seed) {
    std::mt19937_64 random(seed);
    Outbox outbox;
    outbox.add(kA, owed(1), at({}));
    outbox.add(kA, owed(2), at({}));
    int tries = 0;
    Time last_try{};
    std::string over;
    while (outbox.urls() != 0) {
      const Moment now = at(outbox.first_due() - kStart);
      ASSERT_LE(now.wall, kStart + 4h + 1ms);
      auto turn = outbox.next_turn(now);
      over += people(turn.dropped);
      if (turn.items.empty()) continue;
      EXPECT_EQ(people(turn.items), "1 2 ");
      EXPECT_EQ(turn.timeout, tries == 0 ? 3s : 10s);
      ++tries;
      last_try = now.wall;
      over += people(outbox.answered(kA, kRefused, std::move(turn.items), now, random()));
    }
    EXPECT_EQ(over, "1 2 ");
    EXPECT_EQ(last_try, kStart + 4h);
    EXPECT_GE(tries, 25);
  }
}

TEST(Outbox, TheLastTryIsMadeThoughItIsLate) {
  Outbox outbox;
  outbox.add(kA, owed(1), at({}));
  outbox.answered(kA, kRefused, outbox.next_turn(at({})).items, at(4h - 1s), 0);
  EXPECT_EQ(outbox.first_due(), kStart + 4h);
  auto turn = outbox.next_turn(at(4h + 5ms));
  EXPECT_TRUE(turn.dropped.empty());
  EXPECT_EQ(people(turn.items), "1 ");
  EXPECT_EQ(people(outbox.answered(kA, kRefused, std::move(turn.items), at(4h + 6ms), 0)), "1 ");
}

TEST(Outbox, WhatCouldNotLeaveIsNobodysFailure) {
  Outbox outbox;
  outbox.add(kA, owed(1), at({}));
  outbox.add(kA, owed(2), at({}));
  for (Duration now{}; now < 60s; now += 10s) {
    auto turn = outbox.next_turn(at(now));
    EXPECT_EQ(people(turn.items), "1 2 ");
    EXPECT_EQ(turn.timeout, 3s) << "as the first try";
    outbox.put_back(kA, std::move(turn.items), at(now));
    EXPECT_EQ(outbox.first_due(), kStart + now + 10s);
  }
  outbox.next_turn(at(60s));
  outbox.put_back(kA, {}, at(60s));
  EXPECT_EQ(outbox.urls(), 0u) << "none of them was owed any more";
}

TEST(Outbox, ARetryWaitsAndTakesWhatIsNewAlong) {
  Outbox outbox;
  outbox.add(kA, owed(1), at({}));
  auto turn = outbox.next_turn(at({}));
  outbox.answered(kA, kRefused, std::move(turn.items), at({}), 2000);  // in the middle of the jitter
  EXPECT_EQ(outbox.first_due(), kStart + 10s);
  outbox.add(kA, owed(2, 1s), at(1s));
  EXPECT_EQ(outbox.first_due(), kStart + 10s) << "it does not hurry";
  turn = outbox.next_turn(at(10s));
  EXPECT_EQ(people(turn.items), "1 2 ");
  outbox.answered(kA, kTaken, {}, at(10s), 0);
  outbox.add(kA, owed(3, 11s), at(11s));
  EXPECT_EQ(outbox.next_turn(at(11s)).timeout, 3s) << "all is well again";
}

// Twenty answers of which so many take so long.
void answer_twenty(Outbox& outbox, int slow, Duration took) {
  for (int i = 0; i < 20; ++i) {
    outbox.add(kA, owed(1), at({}));
    outbox.next_turn(at({}));
    outbox.answered(kA, {true, i < slow ? took : 1ms}, {}, at({}), 0);
  }
}

TEST(Outbox, ASlowHostIsDelayed) {
  Outbox outbox;
  answer_twenty(outbox, 2, 3100ms);
  outbox.add(kA, owed(1), at({}));
  EXPECT_EQ(people(outbox.next_turn(at({})).items), "1 ") << "a tenth is not too much";
  outbox.answered(kA, {true, 3100ms}, {}, at({}), 0);
  outbox.add("https://a.example/other", owed(7), at({}));
  EXPECT_TRUE(outbox.next_turn(at({})).items.empty()) << "another URL of the host";
  EXPECT_EQ(outbox.first_due(), kStart + 10min);
  EXPECT_EQ(people(outbox.next_turn(at(10min)).items), "7 ");
}

TEST(Outbox, WhatIsForASlowerHostIsDropped) {
  Outbox outbox;
  for (int i = 0; i < 16; ++i) {
    outbox.add(kA, owed(1), at({}));
    outbox.next_turn(at({}));
    outbox.answered(kA, {true, 1ms}, {}, at({}), 0);
  }
  for (int i = 0; i < 4; ++i) outbox.add("https://a.example/" + std::to_string(i), owed(1), at({}));
  for (int i = 0; i < 4; ++i) ASSERT_FALSE(outbox.next_turn(at({})).items.empty());
  for (int i = 0; i < 4; ++i)
    outbox.answered("https://a.example/" + std::to_string(i), {true, 11s}, {}, at(11s), 0);
  outbox.add(kA, owed(9, 12s), at(12s));
  outbox.add(kB, owed(8, 12s), at(12s));
  const auto turn = outbox.next_turn(at(12s));
  EXPECT_EQ(people(turn.dropped), "9 ");
  EXPECT_TRUE(turn.items.empty());
  EXPECT_EQ(people(outbox.next_turn(at(12s)).items), "8 ") << "others are not";
  outbox.add(kA, owed(9, 11min), at(11min));
  EXPECT_EQ(people(outbox.next_turn(at(11min)).items), "9 ") << "after ten minutes";
}

TEST(Outbox, HostsThatNobodyPostsToAreForgotten) {
  Outbox outbox;
  for (std::size_t i = 0; i < 3 * kHostsKept; ++i) {
    const std::string url = "https://" + std::to_string(i) + ".example/";
    const Moment now = at(std::chrono::seconds(i));
    outbox.add(url, owed(1, std::chrono::seconds(i)), now);
    outbox.next_turn(now);
    outbox.answered(url, kTaken, {}, now, 0);
  }
  EXPECT_LT(outbox.hosts(), 2 * kHostsKept + 2);
}

}  // namespace
}  // namespace porchlight::notify
