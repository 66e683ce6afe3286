// The state of a stream: who is pending, and how a client resumes. A client that resumes ends with the present state.
#include "graph/wire/stream_sync.h"

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

std::size_t count_pending(StreamSync& sync) {
  std::size_t count = 0;
  for (; sync.has_pending(); sync.pop_pending()) ++count;
  return count;
}

TEST(StreamSync, AllPeopleArePendingAtFirstEachOnce) {
  StreamSync sync;
  EXPECT_TRUE(sync.set_people({person(2), person(1), person(2)}).empty());
  sync.mark_pending(person(1));
  sync.mark_pending(person(9));
  EXPECT_EQ(sync.pop_pending(), person(1));
  EXPECT_EQ(sync.pop_pending(), person(2));
  EXPECT_FALSE(sync.has_pending());
  sync.mark_pending(person(2));
  sync.mark_pending(person(2));
  EXPECT_EQ(count_pending(sync), 1u);
}

TEST(StreamSync, AnUnchangedPresenceIsNotSentAgain) {
  StreamSync sync;
  sync.set_people(people(3));
  EXPECT_TRUE(sync.mark_sent(person(1), 7));
  EXPECT_FALSE(sync.mark_sent(person(1), 7));
  EXPECT_FALSE(sync.is_changed(person(1), 7));
  EXPECT_TRUE(sync.is_changed(person(1), 8));
  EXPECT_TRUE(sync.mark_sent(person(1), 8));
  EXPECT_FALSE(sync.mark_sent(person(5), 8)) << "a person who is not followed";
}

TEST(StreamSync, ReplacesThePeople) {
  StreamSync sync;
  sync.set_people(people(3));
  count_pending(sync);
  sync.mark_sent(person(0), 5);
  sync.mark_sent(person(1), 6);
  EXPECT_EQ(sync.set_people({person(1), person(2), person(3)}), std::vector<Guid>{person(0)});
  EXPECT_EQ(sync.pop_pending(), person(3));
  EXPECT_FALSE(sync.has_pending());
  EXPECT_FALSE(sync.is_changed(person(1), 6));
  EXPECT_TRUE(sync.set_people({person(2), person(3)}) == std::vector<Guid>{person(1)});
  EXPECT_TRUE(sync.set_people({}).empty()) << "nothing was sent of these";
}

TEST(StreamSync, ResumesExactlyWithFewPeople) {
  StreamSync before, after;
  before.set_people(people(StreamSync::kParts));
  std::vector<PresenceHash> now;
  for (PresenceHash i = 0; i < StreamSync::kParts; ++i) {
    before.mark_sent(person(i), 100 + i);
    now.push_back(100 + i);
  }
  now[3] = 7;
  after.set_people(people(StreamSync::kParts));
  ASSERT_TRUE(after.resume(before.id(), now));
  EXPECT_EQ(after.pop_pending(), person(3));
  EXPECT_FALSE(after.has_pending());
}

TEST(StreamSync, AStateThatReturnsToTheLastSentIsNotSentAgain) {
  StreamSync before, after;
  before.set_people(people(2));
  before.mark_sent(person(0), 100);
  after.set_people(people(2));
  ASSERT_TRUE(after.resume(before.id(), std::vector<PresenceHash>{7, 7}));
  EXPECT_EQ(after.id(), before.id()) << "nothing else was sent yet";
  EXPECT_EQ(after.pop_pending(), person(0));
  EXPECT_FALSE(after.mark_sent(person(0), 100));
}

TEST(StreamSync, ReportsTheRemovalOfAPersonWhomTheClientMayKnow) {
  for (const std::uint8_t count : {std::uint8_t{3}, std::uint8_t{40}}) {
    StreamSync before, after;
    before.set_people(people(count));
    for (std::uint8_t i = 0; i < count; ++i) before.mark_sent(person(i), 100);
    after.set_people(people(count));
    ASSERT_TRUE(after.resume(before.id(), std::vector<PresenceHash>(count, 7)));
    EXPECT_EQ(after.set_people({}).size(), count);
  }
}

TEST(StreamSync, RefusesIdsOfOtherPeopleAndMalformedIds) {
  StreamSync sync;
  sync.set_people(people(5));
  const std::vector<PresenceHash> now(5, 1);
  StreamSync others;
  others.set_people({person(9)});
  for (const std::string& id : {std::string(), std::string("x"), std::string("no id"), others.id()})
    EXPECT_FALSE(sync.resume(id, now)) << id;
  EXPECT_EQ(count_pending(sync), 5u);
}

// People whose presence changes at random, and a client whose connection breaks at any event.
TEST(StreamSync, AResumedClientEndsWithThePresentState) {
  std::mt19937 random(5);
  const auto hash_of = [&](std::size_t number) {
    return hash_presence(std::to_string(number) + "/" + std::to_string(random() % 3));
  };
  for (int round = 0; round < 300; ++round) {
    const std::size_t count = 1 + random() % 60;
    std::vector<PresenceHash> hashes(count);
    for (std::size_t i = 0; i < count; ++i) hashes[i] = hash_of(i);
    std::map<Guid, PresenceHash> client;
    std::string id;
    for (int connection = 0; connection < 10; ++connection) {
      StreamSync sync;
      sync.set_people(people(count));
      if (!id.empty()) {
        ASSERT_TRUE(sync.resume(id, hashes));
      }
      const bool is_last = connection == 9;
      for (std::size_t events = random() % 40; sync.has_pending() && (is_last || events-- > 0);) {
        const Guid who = sync.pop_pending();
        const PresenceHash hash = hashes[who.bytes[1]];
        if (!sync.mark_sent(who, hash)) continue;
        if (is_last || random() % 8 != 0) {  // else the event is lost with the connection
          client[who] = hash;
          id = sync.id();
        } else {
          break;
        }
        if (!is_last && random() % 4 == 0) {
          const std::size_t changed = random() % count;
          hashes[changed] = hash_of(changed);
          sync.mark_pending(person(changed));
        }
      }
    }
    for (std::size_t i = 0; i < count; ++i) ASSERT_EQ(client[person(i)], hashes[i]) << round << " " << i;
  }
}

}  // namespace
}  // namespace porchlight::graph
