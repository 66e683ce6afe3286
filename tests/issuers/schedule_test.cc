// When keys are fetched and how long they are trusted. The time is an argument, so no clock is needed.
#include "issuers/schedule.h"

#include <gtest/gtest.h>

namespace porchlight::issuers {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;

const SteadyTime kStart{hours(1000)};

TEST(Schedule, TheFirstFetchIsDueAtOnceAndThenEveryHour) {
  Schedule schedule(kStart);
  EXPECT_EQ(schedule.due(), kStart);
  schedule.begin();
  EXPECT_EQ(schedule.due(), std::nullopt) << "never two at a time";
  schedule.succeeded(kStart + seconds(1));
  EXPECT_EQ(schedule.due(), kStart + seconds(1) + kRefreshEvery);
}

TEST(Schedule, RetriesBackOff) {
  Schedule schedule(kStart);
  SteadyTime now = kStart;
  for (const auto gap :
       {seconds(10), seconds(20), seconds(40), seconds(80), seconds(160), seconds(300), seconds(300)}) {
    schedule.begin();
    schedule.failed(now);
    EXPECT_EQ(schedule.due(), now + gap);
    now += gap;
  }
  schedule.begin();
  schedule.succeeded(now);
  schedule.begin();
  schedule.failed(now);
  EXPECT_EQ(schedule.due(), now + kRetryFirst);
}

TEST(Schedule, AnUnknownKeyCausesOneFetchInFiveMinutes) {
  Schedule schedule(kStart);
  schedule.begin();
  schedule.succeeded(kStart);
  EXPECT_TRUE(schedule.unknown_key(kStart + seconds(1)));
  EXPECT_EQ(schedule.due(), kStart + seconds(1));
  schedule.begin();
  schedule.succeeded(kStart + seconds(2));
  const SteadyTime next = kStart + seconds(1) + kUnknownKeyGap;
  EXPECT_FALSE(schedule.unknown_key(next - milliseconds(1)));
  EXPECT_EQ(schedule.due(), kStart + seconds(2) + kRefreshEvery);
  EXPECT_TRUE(schedule.unknown_key(next));
  EXPECT_EQ(schedule.due(), next);
}

TEST(Schedule, AnUnknownKeyDuringAFetchCausesAnother) {
  Schedule schedule(kStart);
  schedule.begin();
  EXPECT_TRUE(schedule.unknown_key(kStart));
  EXPECT_EQ(schedule.due(), std::nullopt);
  schedule.succeeded(kStart + seconds(1));
  EXPECT_EQ(schedule.due(), kStart + seconds(1));
  schedule.begin();
  schedule.succeeded(kStart + seconds(2));
  EXPECT_EQ(schedule.due(), kStart + seconds(2) + kRefreshEvery);
}

TEST(Schedule, KeysExpireAfterADay) {
  Schedule schedule(kStart);
  schedule.begin();
  schedule.succeeded(kStart);
  const SteadyTime end = kStart + kKeysMaxAge;
  SteadyTime now = kStart + kRefreshEvery;
  while (now < end) {
    schedule.begin();
    EXPECT_FALSE(schedule.failed(now).expired);
    ASSERT_GT(*schedule.due(), now);
    now = *schedule.due();
  }
  EXPECT_EQ(now, end) << "the last moment is looked at";
  schedule.begin();
  const auto failure = schedule.failed(now);
  EXPECT_TRUE(failure.expired);
  EXPECT_TRUE(failure.alarm);
  schedule.begin();
  EXPECT_FALSE(schedule.failed(now + minutes(5)).expired) << "once";
}

TEST(Schedule, CachedKeysExpireADayAfterTheirFetch) {
  Schedule schedule(kStart, kStart - hours(23));
  EXPECT_EQ(schedule.due(), kStart);
  schedule.begin();
  EXPECT_FALSE(schedule.failed(kStart + hours(1) - milliseconds(1)).expired);
  schedule.begin();
  EXPECT_TRUE(schedule.failed(kStart + hours(1)).expired);
}

TEST(Schedule, RepeatsTheWarning) {
  Schedule schedule(kStart);
  EXPECT_TRUE(schedule.failed(kStart).alarm);
  EXPECT_FALSE(schedule.failed(kStart + kAlarmEvery - milliseconds(1)).alarm);
  EXPECT_TRUE(schedule.failed(kStart + kAlarmEvery).alarm);
  schedule.succeeded(kStart + kAlarmEvery);
  EXPECT_TRUE(schedule.failed(kStart + kAlarmEvery).alarm);
}

}  // namespace
}  // namespace porchlight::issuers
