// What a stream owes and how it goes on: whoever follows ids ends with what there is.
#include "graph/told.h"

#include <gtest/gtest.h>

#include <map>
#include <random>

namespace porchlight::graph {
namespace {

Guid person(std::size_t number) {
  Guid id;
  id.bytes[0] = static_cast<std::uint8_t>(number >> 8);
  id.bytes[1] = static_cast<std::uint8_t>(number);
  return id;
}

std::vector<Guid> people(std::size_t count) {
  std::vector<Guid> all;
  for (std::size_t i = 0; i < count; ++i) all.push_back(person(i));
  return all;
}

std::size_t count_owed(Told& told) {
  std::size_t count = 0;
  for (; told.owes(); told.take_owed()) ++count;
  return count;
}

TEST(Told, EverybodyIsOwedAtFirstAndEachOnce) {
  Told told;
  EXPECT_TRUE(told.set_people({person(2), person(1), person(2)}).empty());
  told.owe(person(1));
  told.owe(person(9));
  EXPECT_EQ(told.take_owed(), person(1));
  EXPECT_EQ(told.take_owed(), person(2));
  EXPECT_FALSE(told.owes());
  told.owe(person(2));
  told.owe(person(2));
  EXPECT_EQ(count_owed(told), 1u);
}

TEST(Told, WhatWasToldIsNotToldAgain) {
  Told told;
  told.set_people(people(3));
  EXPECT_TRUE(told.tell(person(1), 7));
  EXPECT_FALSE(told.tell(person(1), 7));
  EXPECT_FALSE(told.differs(person(1), 7));
  EXPECT_TRUE(told.differs(person(1), 8));
  EXPECT_TRUE(told.tell(person(1), 8));
  EXPECT_FALSE(told.tell(person(5), 8)) << "who is not of them";
}

TEST(Told, PeopleComeAndGo) {
  Told told;
  told.set_people(people(3));
  count_owed(told);
  told.tell(person(0), 5);
  told.tell(person(1), 6);
  EXPECT_EQ(told.set_people({person(1), person(2), person(3)}), std::vector<Guid>{person(0)});
  EXPECT_EQ(told.take_owed(), person(3));
  EXPECT_FALSE(told.owes());
  EXPECT_FALSE(told.differs(person(1), 6));
  EXPECT_TRUE(told.set_people({person(2), person(3)}) == std::vector<Guid>{person(1)});
  EXPECT_TRUE(told.set_people({}).empty()) << "nothing was told of these";
}

TEST(Told, FewPeopleGoOnExactly) {
  Told before, after;
  before.set_people(people(Told::kParts));
  std::vector<Fingerprint> now;
  for (Fingerprint i = 0; i < Told::kParts; ++i) {
    before.tell(person(i), 100 + i);
    now.push_back(100 + i);
  }
  now[3] = 7;
  after.set_people(people(Told::kParts));
  ASSERT_TRUE(after.resume(before.id(), now));
  EXPECT_EQ(after.take_owed(), person(3));
  EXPECT_FALSE(after.owes());
}

TEST(Told, WhoLooksAsTheyWereLastToldAfterAllIsNotToldAgain) {
  Told before, after;
  before.set_people(people(2));
  before.tell(person(0), 100);
  after.set_people(people(2));
  ASSERT_TRUE(after.resume(before.id(), std::vector<Fingerprint>{7, 7}));
  EXPECT_EQ(after.id(), before.id()) << "nothing else was told yet";
  EXPECT_EQ(after.take_owed(), person(0));
  EXPECT_FALSE(after.tell(person(0), 100));
}

TEST(Told, WhoLeavesBeforeTheyAreToldAgainIsKnownToBeGone) {
  for (const std::uint8_t count : {std::uint8_t{3}, std::uint8_t{40}}) {
    Told before, after;
    before.set_people(people(count));
    for (std::uint8_t i = 0; i < count; ++i) before.tell(person(i), 100);
    after.set_people(people(count));
    ASSERT_TRUE(after.resume(before.id(), std::vector<Fingerprint>(count, 7)));
    EXPECT_EQ(after.set_people({}).size(), count);
  }
}

TEST(Told, AnIdOfOthersOrOfNobodyIsRefused) {
  Told told;
  told.set_people(people(5));
  const std::vector<Fingerprint> now(5, 1);
  Told others;
  others.set_people({person(9)});
  for (const std::string& id : {std::string(), std::string("x"), std::string("no id"), others.id()})
    EXPECT_FALSE(told.resume(id, now)) << id;
  EXPECT_EQ(count_owed(told), 5u);
}

// A server with people whose looks change, and clients that break off at any event.
TEST(Told, WhoeverGoesOnEndsWithWhatThereIs) {
  std::mt19937 random(5);
  const auto look_of = [&](std::size_t number) {
    return fingerprint_of(std::to_string(number) + "/" + std::to_string(random() % 3));
  };
  for (int round = 0; round < 300; ++round) {
    const std::size_t count = 1 + random() % 60;
    std::vector<Fingerprint> looks(count);
    for (std::size_t i = 0; i < count; ++i) looks[i] = look_of(i);
    std::map<Guid, Fingerprint> client;
    std::string id;
    for (int connection = 0; connection < 10; ++connection) {
      Told told;
      told.set_people(people(count));
      if (!id.empty()) {
        ASSERT_TRUE(told.resume(id, looks));
      }
      const bool is_last = connection == 9;
      for (std::size_t events = random() % 40; told.owes() && (is_last || events-- > 0);) {
        const Guid who = told.take_owed();
        const Fingerprint look = looks[who.bytes[1]];
        if (!told.tell(who, look)) continue;
        if (is_last || random() % 8 != 0) {  // or it is lost on the way, and the connection with it
          client[who] = look;
          id = told.id();
        } else {
          break;
        }
        if (!is_last && random() % 4 == 0) {
          const std::size_t changed = random() % count;
          looks[changed] = look_of(changed);
          told.owe(person(changed));
        }
      }
    }
    for (std::size_t i = 0; i < count; ++i) ASSERT_EQ(client[person(i)], looks[i]) << round << " " << i;
  }
}

}  // namespace
}  // namespace porchlight::graph
