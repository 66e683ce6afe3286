// The queues of the outbox and when they are due (spec notifications §7), at times that the tests choose.
#include "notify/outbox.h"

#include <gtest/gtest.h>

#include <random>

namespace porchlight::notify {
namespace {

using namespace std::chrono_literals;

constexpr Time kStart{std::chrono::hours(500'000)};
const std::string kA = "https://a.example/hook", kB = "https://b.example/hook";

Timestamps at(Duration since) { return {kStart + since, SteadyTime(since)}; }

PendingItem item(std::uint8_t person, Duration since = {}) {
  Guid id;
  id.bytes[0] = person;
  return {nullptr, NotificationKind::kChange, id, kStart + since};
}

std::string people(const std::vector<PendingItem>& all) {
  std::string text;
  for (const PendingItem& one : all) text += std::to_string(one.person.bytes[0]) + " ";
  return text;
}

constexpr Outbox::PostResult kAccepted{true, 1ms}, kRefused{false, 1ms};

TEST(Outbox, OnePostToAUrlIsInFlight) {
  Outbox outbox;
  EXPECT_EQ(outbox.first_due(), presence::kNever);
  outbox.add(kA, item(1), at({}));
  outbox.add(kA, item(2), at({}));
  EXPECT_EQ(outbox.first_due(), kStart);
  auto batch = outbox.next_batch(at({}));
  EXPECT_EQ(batch.url, kA);
  EXPECT_EQ(people(batch.items), "1 2 ");
  EXPECT_EQ(batch.timeout, 3s);
  outbox.add(kA, item(3), at({}));
  EXPECT_EQ(outbox.first_due(), presence::kNever) << "while a post is in flight";
  outbox.add(kB, item(4), at({}));
  EXPECT_EQ(outbox.next_batch(at({})).url, kB) << "other URLs are not delayed";
  EXPECT_TRUE(outbox.complete(kA, kAccepted, {}, at(1s), 0).empty());
  EXPECT_EQ(outbox.first_due(), kStart + 1s);
  EXPECT_EQ(people(outbox.next_batch(at(1s)).items), "3 ");
  outbox.complete(kA, kAccepted, {}, at(1s), 0);
  outbox.cancel(kB, at(1s));
  EXPECT_EQ(outbox.urls(), 0u);
}

TEST(Outbox, APostHasAtMostAThousandItems) {
  Outbox outbox;
  for (std::size_t i = 0; i <= kItemsPerPostMax; ++i) outbox.add(kA, item(1), at({}));
  EXPECT_EQ(outbox.next_batch(at({})).items.size(), kItemsPerPostMax);
  outbox.complete(kA, kAccepted, {}, at({}), 0);
  EXPECT_EQ(outbox.next_batch(at({})).items.size(), 1u);
}

// An item whose state changed again has a later start, at any position of the queue.
TEST(Outbox, ReturnsExpiredItemsAtAnyPosition) {
  Outbox outbox;
  for (const std::uint8_t person : {1, 2, 3}) outbox.add(kA, item(person), at({}));
  auto batch = outbox.next_batch(at({}));
  batch.items[0].since = kStart + 1h;
  EXPECT_EQ(people(outbox.complete(kA, kRefused, std::move(batch.items), at(4h), 0)), "2 3 ");
  EXPECT_EQ(people(outbox.next_batch(at(5h)).items), "1 ");
}

// A receiver that never accepts, for several values of the jitter: attempts with growing intervals until four hours
// have passed, each with all items in order; then the items are returned.
TEST(Outbox, RetriesForFourHours) {
  for (std::uint64_t seed = 0; seed < 50; ++seed) {
    std::mt19937_64 random(seed);
    Outbox outbox;
    outbox.add(kA, item(1), at({}));
    outbox.add(kA, item(2), at({}));
    int tries = 0;
    Time last_try{};
    std::string over;
    while (outbox.urls() != 0) {
      const Timestamps now = at(outbox.first_due() - kStart);
      ASSERT_LE(now.wall, kStart + 4h + 1ms);
      auto batch = outbox.next_batch(now);
      over += people(batch.dropped);
      if (batch.items.empty()) continue;
      EXPECT_EQ(people(batch.items), "1 2 ");
      EXPECT_EQ(batch.timeout, tries == 0 ? 3s : 10s);
      ++tries;
      last_try = now.wall;
      over += people(outbox.complete(kA, kRefused, std::move(batch.items), now, random()));
    }
    EXPECT_EQ(over, "1 2 ");
    EXPECT_EQ(last_try, kStart + 4h);
    EXPECT_GE(tries, 25);
  }
}

TEST(Outbox, TheLastAttemptIsMadeEvenIfLate) {
  Outbox outbox;
  outbox.add(kA, item(1), at({}));
  outbox.complete(kA, kRefused, outbox.next_batch(at({})).items, at(4h - 1s), 0);
  EXPECT_EQ(outbox.first_due(), kStart + 4h);
  auto batch = outbox.next_batch(at(4h + 5ms));
  EXPECT_TRUE(batch.dropped.empty());
  EXPECT_EQ(people(batch.items), "1 ");
  EXPECT_EQ(people(outbox.complete(kA, kRefused, std::move(batch.items), at(4h + 6ms), 0)), "1 ");
}

// A retry that would come after the last moment is not waited for.
TEST(Outbox, AnItemWithoutAnotherAttemptIsDropped) {
  Outbox outbox;
  outbox.add(kA, item(1), at({}));
  outbox.requeue(kA, outbox.next_batch(at({})).items, at(4h - 1ms));
  EXPECT_EQ(outbox.first_due(), kStart + 4h + 1ms);
  const auto batch = outbox.next_batch(at(4h + 1ms));
  EXPECT_EQ(people(batch.dropped), "1 ");
  EXPECT_TRUE(batch.items.empty());
  EXPECT_EQ(outbox.urls(), 0u);
}

TEST(Outbox, ARequeueDoesNotCountAsAFailure) {
  Outbox outbox;
  outbox.add(kA, item(1), at({}));
  outbox.add(kA, item(2), at({}));
  for (Duration now{}; now < 60s; now += 10s) {
    auto batch = outbox.next_batch(at(now));
    EXPECT_EQ(people(batch.items), "1 2 ");
    EXPECT_EQ(batch.timeout, 3s) << "as for a first attempt";
    outbox.requeue(kA, std::move(batch.items), at(now));
    EXPECT_EQ(outbox.first_due(), kStart + now + 10s);
  }
  outbox.next_batch(at(60s));
  outbox.requeue(kA, {}, at(60s));
  EXPECT_EQ(outbox.urls(), 0u) << "nothing is pending after a cancel";
}

TEST(Outbox, ARetryWaitsAndIncludesNewItems) {
  Outbox outbox;
  outbox.add(kA, item(1), at({}));
  auto batch = outbox.next_batch(at({}));
  outbox.complete(kA, kRefused, std::move(batch.items), at({}), 2000);  // in the middle of the jitter
  EXPECT_EQ(outbox.first_due(), kStart + 10s);
  outbox.add(kA, item(2, 1s), at(1s));
  EXPECT_EQ(outbox.first_due(), kStart + 10s) << "a new item does not shorten the wait";
  batch = outbox.next_batch(at(10s));
  EXPECT_EQ(people(batch.items), "1 2 ");
  outbox.complete(kA, kAccepted, {}, at(10s), 0);
  outbox.add(kA, item(3, 11s), at(11s));
  EXPECT_EQ(outbox.next_batch(at(11s)).timeout, 3s) << "the URL has recovered";
}

// Completes twenty posts, of which `slow` take `took`.
void answer_twenty(Outbox& outbox, int slow, Duration took) {
  for (int i = 0; i < 20; ++i) {
    outbox.add(kA, item(1), at({}));
    outbox.next_batch(at({}));
    outbox.complete(kA, {true, i < slow ? took : 1ms}, {}, at({}), 0);
  }
}

TEST(Outbox, ASlowHostIsDelayed) {
  Outbox outbox;
  answer_twenty(outbox, 2, 3100ms);
  outbox.add(kA, item(1), at({}));
  EXPECT_EQ(people(outbox.next_batch(at({})).items), "1 ") << "a tenth of slow replies is accepted";
  outbox.complete(kA, {true, 3100ms}, {}, at({}), 0);
  outbox.add("https://a.example/other", item(7), at({}));
  EXPECT_TRUE(outbox.next_batch(at({})).items.empty()) << "another URL of the host";
  EXPECT_EQ(outbox.first_due(), kStart + 10min);
  EXPECT_EQ(people(outbox.next_batch(at(10min)).items), "7 ");
}

TEST(Outbox, ItemsOfAVerySlowHostAreDropped) {
  Outbox outbox;
  for (int i = 0; i < 16; ++i) {
    outbox.add(kA, item(1), at({}));
    outbox.next_batch(at({}));
    outbox.complete(kA, {true, 1ms}, {}, at({}), 0);
  }
  for (int i = 0; i < 4; ++i) outbox.add("https://a.example/" + std::to_string(i), item(1), at({}));
  for (int i = 0; i < 4; ++i) ASSERT_FALSE(outbox.next_batch(at({})).items.empty());
  for (int i = 0; i < 4; ++i)
    outbox.complete("https://a.example/" + std::to_string(i), {true, 11s}, {}, at(11s), 0);
  outbox.add(kA, item(9, 12s), at(12s));
  outbox.add(kB, item(8, 12s), at(12s));
  const auto batch = outbox.next_batch(at(12s));
  EXPECT_EQ(people(batch.dropped), "9 ");
  EXPECT_TRUE(batch.items.empty());
  EXPECT_EQ(people(outbox.next_batch(at(12s)).items), "8 ") << "other hosts are not affected";
  outbox.add(kA, item(9, 11min), at(11min));
  EXPECT_EQ(people(outbox.next_batch(at(11min)).items), "9 ") << "after ten minutes";
}

TEST(Outbox, UnusedHostsAreDiscarded) {
  Outbox outbox;
  for (std::size_t i = 0; i < 3 * kHostsKept; ++i) {
    const std::string url = "https://" + std::to_string(i) + ".example/";
    const Timestamps now = at(std::chrono::seconds(i));
    outbox.add(url, item(1, std::chrono::seconds(i)), now);
    outbox.next_batch(now);
    outbox.complete(url, kAccepted, {}, now, 0);
  }
  EXPECT_LT(outbox.hosts(), 2 * kHostsKept + 2);
}

}  // namespace
}  // namespace porchlight::notify
