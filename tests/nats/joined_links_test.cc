#include <gtest/gtest.h>

#include "nats/nats_messages.h"

namespace porchlight::nats {
namespace {

constexpr SteadyTime kThen{Duration(1000)};
constexpr SteadyTime kLater{Duration(2000)};

// Probes came back both ways between these two.
void join(JoinedLinks& links, std::size_t one, std::size_t other, SteadyTime at = kLater) {
  links.note(one, other, at);
  links.note(other, one, at);
}

TEST(JoinedLinks, AreNoMajorityAtFirst) {
  for (const std::size_t count : {2, 3, 5, 7}) EXPECT_EQ(JoinedLinks(count).majority_since(kLater, 0), 0u);
}

TEST(JoinedLinks, OfTwoMustBeJoined) {
  JoinedLinks links(2);
  links.note(0, 1, kLater);
  EXPECT_EQ(links.majority_since(kLater, 0), 0u) << "one way proves nothing";
  links.note(1, 0, kLater);
  EXPECT_EQ(links.majority_since(kLater, 0), 0b11u);
  EXPECT_EQ(links.majority_since(kLater + Duration(1), 0), 0u);
}

TEST(JoinedLinks, OwnEchoesProveNothing) {
  JoinedLinks links(3);
  for (const std::size_t place : {0, 1, 2}) links.note(place, place, kLater);
  EXPECT_EQ(links.majority_since(kLater, 0), 0u);
}

TEST(JoinedLinks, TwoOfThreeAreAMajority) {
  JoinedLinks links(3);
  join(links, 0, 1, kThen);
  join(links, 1, 2);
  EXPECT_EQ(links.majority_since(kLater, 0), 0b110u) << "the first was cut off";
  EXPECT_EQ(links.majority_since(kThen, 0), 0b011u) << "with the wanted one";
  EXPECT_EQ(links.majority_since(kThen, 2), 0b110u);
}

TEST(JoinedLinks, AllPairsMustBeJoined) {
  JoinedLinks links(5);
  join(links, 0, 1);
  join(links, 1, 2);
  EXPECT_EQ(links.majority_since(kLater, 0), 0u);
  join(links, 0, 2);
  EXPECT_EQ(links.majority_since(kLater, 0), 0b111u);
  EXPECT_EQ(links.majority_since(kLater, 4), 0b111u);
}

TEST(JoinedLinks, KeepTheNewestProbe) {
  JoinedLinks links(2);
  join(links, 0, 1);
  join(links, 0, 1, kThen);
  EXPECT_EQ(links.majority_since(kLater, 0), 0b11u) << "an older one came late";
}

}  // namespace
}  // namespace porchlight::nats
