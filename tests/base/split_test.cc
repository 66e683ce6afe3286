#include "base/split.h"

#include <gmock/gmock.h>

#include <vector>

namespace porchlight {
namespace {

using testing::ElementsAre;
using testing::Pair;

std::vector<std::string_view> parts(std::string_view text) {
  std::vector<std::string_view> parts;
  for (const std::string_view part : split(text, ',')) parts.push_back(part);
  return parts;
}

TEST(Split, GivesOnePartMoreThanSeparators) {
  EXPECT_THAT(parts("a, b,c"), ElementsAre("a", " b", "c"));
  EXPECT_THAT(parts("a"), ElementsAre("a"));
  EXPECT_THAT(parts(""), ElementsAre(""));
  EXPECT_THAT(parts(","), ElementsAre("", ""));
  EXPECT_THAT(parts("a,,b,"), ElementsAre("a", "", "b", ""));
}

TEST(Split, OnceStopsAtTheFirstSeparator) {
  EXPECT_THAT(split_once("q=1=2", '='), Pair("q", "1=2"));
  EXPECT_THAT(split_once("q=", '='), Pair("q", ""));
  EXPECT_THAT(split_once("q", '='), Pair("q", ""));
  EXPECT_THAT(split_once("", '='), Pair("", ""));
}

}  // namespace
}  // namespace porchlight
