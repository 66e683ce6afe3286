// Entity tags and If-None-Match on single reads (RFC 9110 §8.8.3, §13.1.2).
#include "graph/call/etag.h"

#include <gtest/gtest.h>

#include "support/graph/test_server.h"

namespace porchlight::graph {
namespace {

using namespace std::chrono_literals;

const std::string kAnaShared = "/v1.0/communications/presences/" + to_string(kAna);

Answer get_if_none_match(TestServer& server, const std::string& target, const std::string& token,
                         const std::string& held) {
  return server.send("GET", target, token, {"If-None-Match: " + held});
}

void set_tagged_available(TestServer& server) {
  EXPECT_EQ(server
                .post(kAnaPath + "/setPresence", server.writer(),
                      R"({"sessionId":"s","availability":"Available","activity":"Available"})")
                .status,
            200);
}

TEST(EtagList, Contains) {
  struct Row {
    std::string_view list;
    bool contained;
  };
  const Row rows[] = {
      {"*", true},          {" * ", true},          {R"("a")", true},
      {R"(W/"a")", true},   {R"("b","a")", true},   {R"("b" , W/"a" )", true},
      {R"(,, "a")", true},  {R"("x,y","a")", true}, {R"("b")", false},
      {R"("A")", false},    {R"(w/"a")", false},    {R"("")", false},
      {"", false},          {",", false},           {"a", false},
      {R"("a)", false},     {R"(a")", false},       {R"(b, "a")", false},
      {R"(*, "b")", false}, {R"("b,"a")", false},   {R"(W/)", false},
  };
  for (const Row& row : rows) EXPECT_EQ(etag_list_contains(row.list, R"("a")"), row.contained) << row.list;
}

TEST(Etag, MatchReturnsNotModified) {
  TestServer server;
  const std::string self = server.user(kAna, {"Presence.Read"});
  for (const std::string& target : {kAnaPath, kAnaShared, std::string("/beta/me/presence")}) {
    const Answer first = server.get(target, self);
    const std::string tag = first.header("etag");
    EXPECT_EQ(tag.size(), 18u) << tag;
    EXPECT_EQ(server.get(target, self).header("etag"), tag) << "equal bytes have equal tags";
    for (const std::string& held : {tag, "W/" + tag, "\"other\", " + tag, std::string("*")}) {
      const Answer again = get_if_none_match(server, target, self, held);
      EXPECT_EQ(again.status, 304) << target << held;
      EXPECT_EQ(again.body, "");
      EXPECT_EQ(again.header("etag"), tag);
      EXPECT_EQ(again.header("content-type"), "");
      EXPECT_EQ(again.header("content-length"), "");
      EXPECT_EQ(again.header("cache-control"), "no-cache");
      EXPECT_TRUE(parse_guid(again.header("request-id")));
      EXPECT_NE(again.header("client-request-id"), "");
    }
    EXPECT_EQ(get_if_none_match(server, target, self, "\"0123456789abcdef\"").body, first.body) << target;
    EXPECT_EQ(server.send("GET", target, self, {"If-None-Match: \"x\"", "If-None-Match: " + tag}).status, 304)
        << "several lines of a field are one list";
  }
}

TEST(Etag, NotModifiedKeepsTheConnectionUsable) {
  TestServer server;
  const std::string tag = server.get(kAnaPath, server.reader()).header("etag");
  for (int i = 0; i < 3; ++i) {
    EXPECT_EQ(get_if_none_match(server, kAnaPath, server.reader(), tag).status, 304);
    EXPECT_EQ(server.get(kAnaPath, server.reader()).at("/id"), to_string(kAna));
  }
}

TEST(Etag, HeadEqualsGet) {
  TestServer server;
  const Answer head = server.send("HEAD", kAnaPath, server.reader());
  EXPECT_EQ(head.header("etag"), server.get(kAnaPath, server.reader()).header("etag"));
  const Answer again =
      server.send("HEAD", kAnaPath, server.reader(), {"If-None-Match: " + head.header("etag")});
  EXPECT_EQ(again.status, 304);
  EXPECT_EQ(again.header("content-length"), "");
}

TEST(Etag, ChangesWithTheResponse) {
  TestServer server;
  const std::string token = server.reader();
  const std::string offline = server.get(kAnaPath, token).header("etag");
  set_tagged_available(server);
  const Answer available = get_if_none_match(server, kAnaPath, token, offline);
  EXPECT_EQ(available.status, 200) << "after a write";
  server.advance(5min - 1ms);
  EXPECT_EQ(get_if_none_match(server, kAnaPath, token, available.header("etag")).status, 304);
  server.advance(1ms);
  const Answer gone = get_if_none_match(server, kAnaPath, token, available.header("etag"));
  EXPECT_EQ(gone.status, 200) << "after an expiry";
  EXPECT_EQ(gone.state(), "Offline/Offline");
  EXPECT_EQ(get_if_none_match(server, kAnaPath, token, offline).status, 200)
      << "the same state again, but with a new sequence number";
}

// All these responses differ, and so do their tags.
TEST(Etag, DiffersForDifferentResponses) {
  TestServer server;
  server.post(kAnaPath + "/setStatusMessage", server.writer(),
              R"({"statusMessage":{"message":{"content":"x"}}})");
  const std::string self = server.user(kAna, {"Presence.Read"});
  const Answer answers[] = {
      server.get(kAnaPath, self),  // has publishedDateTime
      server.get(kAnaPath, server.reader()),
      server.get(kAnaShared, server.reader()),
      server.get("/beta/users/" + to_string(kAna) + "/presence", server.reader()),
      server.get(kAnaPath + "?$select=id", server.reader()),
      server.get(kAnaPath + "?$select=availability", server.reader()),
      server.get("/v1.0/users/" + to_string(kBen) + "/presence?$select=availability", server.reader()),
      server.send("GET", kAnaPath, server.reader(), {"Accept: application/json;odata.metadata=none"}),
      server.send("GET", kAnaPath, server.reader(), {"Accept: application/json;odata.metadata=full"}),
  };
  for (const Answer& a : answers)
    for (const Answer& b : answers)
      EXPECT_EQ(a.header("etag") == b.header("etag"), &a == &b) << a.body << b.body;
  EXPECT_EQ(get_if_none_match(server, kAnaPath, server.reader(), answers[0].header("etag")).status, 200);
  EXPECT_EQ(get_if_none_match(server, kAnaPath, self, answers[0].header("etag")).status, 304);
}

TEST(Etag, IsOnlyOnSuccessfulReadsOfOnePresence) {
  TestServer server;
  const std::string list = "/v1.0/communications/presences";
  EXPECT_EQ(server.get(list, server.reader()).header("etag"), "");
  EXPECT_EQ(get_if_none_match(server, list, server.reader(), "*").status, 200);
  EXPECT_EQ(get_if_none_match(server, "/v1.0/users/nobody/presence", server.reader(), "*").status, 404);
  EXPECT_EQ(get_if_none_match(server, kAnaPath, server.user(kBen, {"Presence.Read"}), "*").status, 403);
  EXPECT_EQ(get_if_none_match(server, kAnaPath, "", "*").status, 401);
}

}  // namespace
}  // namespace porchlight::graph
