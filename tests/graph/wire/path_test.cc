// Tests of splitting request paths: segments, keys, and the spellings that are rejected.
#include "graph/wire/path.h"

#include <gtest/gtest.h>

#include <vector>

namespace porchlight::graph {
namespace {

std::optional<std::vector<std::string>> segments(std::string_view path) {
  const auto parsed = RequestPath::parse(path);
  if (!parsed) return std::nullopt;
  std::vector<std::string> result;
  for (std::size_t i = 0; i < parsed->size(); ++i) result.emplace_back((*parsed)[i]);
  return result;
}

using Segments = std::vector<std::string>;

TEST(RequestPath, SplitsSegmentsAndKeys) {
  struct Row {
    std::string_view path;
    Segments expected;
  };
  const Row rows[] = {
      {"/", {}},
      {"/v1.0", {"v1.0"}},
      {"/v1.0/me/presence", {"v1.0", "me", "presence"}},
      {"/v1.0/me/presence/", {"v1.0", "me", "presence"}},
      {"/v1.0/users('a-b')/presence", {"v1.0", "users", "a-b", "presence"}},
      {"/v1.0/users(%27a-b%27)/presence", {"v1.0", "users", "a-b", "presence"}},
      {"/v1.0/users%28'a%40b.c'%29/presence", {"v1.0", "users", "a@b.c", "presence"}},
      {"/v1.0/users/ana%40contoso.example/presence", {"v1.0", "users", "ana@contoso.example", "presence"}},
      {"/%76%31.0/%4de", {"v1.0", "Me"}},
      {"/a/caf%C3%A9", {"a", "caf\xC3\xA9"}},
      {"/a('')", {"a", ""}},
      {"//", {}},
      {"//v1.0/me", {"v1.0", "me"}},
      {"/v1.0//me/presence", {"v1.0", "me", "presence"}},
      {"/v1.0///me//presence//", {"v1.0", "me", "presence"}},
      {"/v1.0/users//('a')", {"v1.0", "users", "('a')"}},
      {"/v1.0//users('a')//presence", {"v1.0", "users", "a", "presence"}},
      {"//1//2//3//4//5//6//7//8//9//10//11//12//",
       {"1", "2", "3", "4", "5", "6", "7", "8", "9", "10", "11", "12"}},
      {"/('a')", {"('a')"}},
      // Each quote in a key is written twice; a segment with a quote alone has no key.
      {"/users/o'brien@b.c/presence", {"users", "o'brien@b.c", "presence"}},
      {"/users/o%27brien@b.c", {"users", "o'brien@b.c"}},
      {"/users/o''brien@b.c", {"users", "o''brien@b.c"}},
      {"/users('o''brien@b.c')/presence", {"users", "o'brien@b.c", "presence"}},
      {"/users('o%27%27brien@b.c')/presence", {"users", "o'brien@b.c", "presence"}},
      {"/users(%27o%27'brien%40b.c%27)/presence", {"users", "o'brien@b.c", "presence"}},
      {"/users('''''')", {"users", "''"}},
      {"/users('a''')/x", {"users", "a'", "x"}},
      {"/users('''a')/x", {"users", "'a", "x"}},
      {"/users('o'brien@b.c')", {"users('o'brien@b.c')"}},
      {"/users('o%27brien@b.c')", {"users('o'brien@b.c')"}},
      {"/users('o'''brien@b.c')", {"users('o'''brien@b.c')"}},
      {"/users(''')", {"users(''')"}},
      {"/users('lee_b.c%23EXT%23@d.e')", {"users", "lee_b.c#EXT#@d.e"}},
      {"/users/lee_b.c%23EXT%23@d.e", {"users", "lee_b.c#EXT#@d.e"}},
      {"/1/2/3/4/5/6/7/8/9/10/11/12", {"1", "2", "3", "4", "5", "6", "7", "8", "9", "10", "11", "12"}},
  };
  for (const Row& row : rows) EXPECT_EQ(segments(row.path), row.expected) << row.path;
}

TEST(RequestPath, RejectsMalformedPaths) {
  for (const std::string_view path : {"",
                                      "v1.0",
                                      "/a/%2fb",
                                      "/a/%2Fb",
                                      "/a/b%5Cc",
                                      "/a/b\\c",
                                      "/a/%00",
                                      "/a/%",
                                      "/a/%4",
                                      "/a/%zz",
                                      "/a/.",
                                      "/a/..",
                                      "/a/.('b')",
                                      "/a/../b",
                                      "/a/%2e%2e/b",
                                      "/a/%2e",
                                      "/a/%C0%AF",
                                      "/a/%ff",
                                      "/a/%ED%A0%80",
                                      "/a//..//b",
                                      "/a//%2f",
                                      "//1/2/3/4/5/6/7/8/9/10/11/12//13",
                                      "/1/2/3/4/5/6/7/8/9/10/11/12/13"}) {
    EXPECT_EQ(segments(path), std::nullopt) << path;
  }
}

TEST(RequestPath, KnowsKeys) {
  const auto path = RequestPath::parse("/users('$count')/photos('48x48')/$count/a%27%27");
  ASSERT_TRUE(path);
  std::string keys;
  for (std::size_t i = 0; i < path->size(); ++i) keys += path->is_key(i) ? 'k' : '-';
  EXPECT_EQ(keys, "-k-k--");
}

// The buffer of decoded text grows while later segments are added.
TEST(RequestPath, KeepsEarlierSegmentsWhenQuotesAreJoined) {
  EXPECT_EQ(segments("/a('b''c')/d('e%27%27f')/g('h''i')/j%6b"),
            (Segments{"a", "b'c", "d", "e'f", "g", "h'i", "jk"}));
}

TEST(RequestPath, DecodesOnce) { EXPECT_EQ(segments("/a/%2541"), (Segments{"a", "%41"})); }

TEST(RequestPath, CopyOwnsItsDecodedText) {
  auto path = RequestPath::parse("/a/%62%63/d");
  const RequestPath copy = *path;
  path.reset();
  EXPECT_EQ(copy[1], "bc");
}

}  // namespace
}  // namespace porchlight::graph
