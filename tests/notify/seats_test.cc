#include "notify/seats.h"

#include <gtest/gtest.h>

#include <vector>

namespace porchlight::notify {
namespace {

Guid guid(std::uint8_t number) {
  Guid id;
  id.bytes[0] = number;
  return id;
}

std::vector<Seats::Seat> take_all(Seats& seats, std::uint8_t app, std::size_t people, std::size_t at_most) {
  std::vector<Seats::Seat> taken;
  while (taken.size() < at_most) {
    auto seat = seats.take(guid(1), guid(app), people);
    if (!seat) break;
    taken.push_back(std::move(*seat));
  }
  return taken;
}

TEST(Seats, AThousandWaitsOfOneApplication) {
  Seats seats;
  auto taken = take_all(seats, 1, 1, 2000);
  EXPECT_EQ(taken.size(), 1000u);
  EXPECT_TRUE(seats.take(guid(1), guid(2), 1)) << "another application";
  EXPECT_TRUE(seats.take(guid(2), guid(1), 1)) << "the same in another tenant";
  taken.pop_back();
  EXPECT_TRUE(seats.take(guid(1), guid(1), 1)) << "one has gone";
}

TEST(Seats, TenThousandWaitsInAll) {
  Seats seats;
  std::vector<std::vector<Seats::Seat>> taken;
  for (std::uint8_t app = 0; app < 10; ++app) {
    taken.push_back(take_all(seats, app, 1, 2000));
    EXPECT_EQ(taken.back().size(), 1000u);
  }
  EXPECT_FALSE(seats.take(guid(1), guid(77), 1));
  taken.pop_back();
  EXPECT_TRUE(seats.take(guid(1), guid(77), 1));
}

TEST(Seats, AHundredThousandPeopleOfOneApplication) {
  Seats seats;
  const auto taken = take_all(seats, 1, 500, 2000);
  EXPECT_EQ(taken.size(), 200u);
  EXPECT_FALSE(seats.take(guid(1), guid(1), 1));
}

TEST(Seats, AMillionPeopleInAll) {
  Seats seats;
  std::vector<std::vector<Seats::Seat>> taken;
  for (std::uint8_t app = 0; app < 10; ++app) taken.push_back(take_all(seats, app, 500, 2000));
  EXPECT_FALSE(seats.take(guid(1), guid(77), 1));
  taken.front().pop_back();
  EXPECT_TRUE(seats.take(guid(1), guid(77), 500));
}

TEST(Seats, GivenBackAreForgotten) {
  Seats seats({.waits = 1, .waits_per_app = 1, .people = 10, .people_per_app = 10});
  for (int i = 0; i < 3; ++i) {
    auto seat = seats.take(guid(1), guid(1), 10);
    ASSERT_TRUE(seat);
    const Seats::Seat moved = std::move(*seat);
    EXPECT_FALSE(seats.take(guid(1), guid(1), 0)) << "moved, not given back";
  }
}

TEST(Seats, OfOnePerson) {
  Seats seats({.waits_per_user = 10});
  std::vector<Seats::Seat> taken;
  for (std::uint8_t app = 0; app < 10; ++app)
    taken.push_back(seats.take(guid(1), guid(app), 1, guid(5)).value());
  EXPECT_FALSE(seats.take(guid(1), guid(1), 1, guid(5)));
  EXPECT_TRUE(seats.take(guid(1), guid(1), 1, guid(6))) << "another person";
  EXPECT_TRUE(seats.take(guid(2), guid(1), 1, guid(5))) << "of another tenant";
  EXPECT_TRUE(seats.take(guid(1), guid(1), 1)) << "nobody's";
  taken.pop_back();
  EXPECT_TRUE(seats.take(guid(1), guid(1), 1, guid(5)));
}

TEST(Seats, GrowAndShrink) {
  Seats seats({.people = 100, .people_per_app = 10});
  auto seat = seats.take(guid(1), guid(1), 4).value();
  EXPECT_TRUE(seat.resize(10));
  EXPECT_FALSE(seat.resize(11));
  EXPECT_FALSE(seats.take(guid(1), guid(1), 1));
  EXPECT_TRUE(seat.resize(9));
  EXPECT_TRUE(seats.take(guid(1), guid(1), 1));
}

}  // namespace
}  // namespace porchlight::notify
