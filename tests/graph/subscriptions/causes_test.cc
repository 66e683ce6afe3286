// Which trace a post belongs to: a table that no number of traced requests makes larger.
#include "graph/call/causes.h"

#include <gtest/gtest.h>

#include <memory>

namespace porchlight::graph {
namespace {

constexpr Time kCausesStart{std::chrono::seconds(1894006800)};

state::UserKey user_of(std::uint64_t number) {
  return {guid_from_name("tenant"), guid_from_name("user " + std::to_string(number))};
}

TraceContext trace_of(std::uint8_t number) {
  TraceContext trace;
  trace.trace[0] = trace.span[0] = number;
  return trace;
}

TEST(Causes, TheLastRequestOfAUserHasThePost) {
  const auto causes = std::make_unique<Causes>();
  causes->note(user_of(1), trace_of(1), kCausesStart);
  causes->note(user_of(1), trace_of(2), kCausesStart);
  EXPECT_EQ(causes->find(user_of(1), kCausesStart), trace_of(2));
  EXPECT_EQ(causes->find(user_of(2), kCausesStart), std::nullopt);
  EXPECT_EQ(causes->find(user_of(1), kCausesStart + kCauseLife), trace_of(2));
  EXPECT_EQ(causes->find(user_of(1), kCausesStart + kCauseLife + Duration(1)), std::nullopt);
}

// More users than places: each found trace is the user's own.
TEST(Causes, AFloodTakesThePlacesOfOthers) {
  const auto causes = std::make_unique<Causes>();
  constexpr std::uint64_t kUsers = 16 * kCausesMax;
  for (std::uint64_t i = 0; i < kUsers; ++i) causes->note(user_of(i), trace_of(i % 251 + 1), kCausesStart);
  std::size_t found = 0;
  for (std::uint64_t i = 0; i < kUsers; ++i) {
    const auto trace = causes->find(user_of(i), kCausesStart);
    if (!trace) continue;
    ++found;
    EXPECT_EQ(trace, trace_of(i % 251 + 1)) << i;
  }
  EXPECT_LE(found, kCausesMax);
  EXPECT_GT(found, 0u);
}

}  // namespace
}  // namespace porchlight::graph
