// Which responses are compressed: never one that may hold a secret, and how small 650 presences become.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "graph/gate/routes.h"
#include "support/graph/test_server.h"

namespace porchlight::graph {
namespace {

using testing::HasSubstr;

const std::vector<std::string> kGzip = {"Accept-Encoding: gzip, deflate, br"};

std::string path_of(const Route& route) {
  std::string path;
  for (const std::string_view segment : route.pattern) path.append("/").append(segment);
  return path;
}

// A clientState, a ticket, what a dead letter holds, and the secrets that administrators make must not share a body
// with text of a caller's choice (spec security §5).
TEST(Compression, RoutesWithSecretsAreMarked) {
  for (const Route& route : routes()) {
    const std::string path = path_of(route);
    const bool secret = path.find("/subscriptions") != path.npos || path.find("/deadLetters") != path.npos ||
                        path.find("/streamTicket") != path.npos || path.find("/v1/admin/") != path.npos;
    EXPECT_EQ(route.operation->holds_secret(), secret) << path;
  }
}

// 650 users whose ids follow each other.
std::string bulk_body(TestServer& server) {
  std::vector<Guid> ids;
  std::string body;
  for (int i = 0; i < 650; ++i) {
    ids.push_back(*parse_guid(fmt::format("e0000000-0000-4000-8000-{:012x}", i)));
    body += (body.empty() ? R"({"ids":[")" : R"(",")") + to_string(ids.back());
  }
  server.add_users(ids);
  return body + "\"]}";
}

TEST(Compression, ManyPresencesBecomeSmall) {
  TestServer server;
  const std::string body = bulk_body(server);
  const std::string path = "/v1.0/communications/getPresencesByUserId";
  const std::string json = "Content-Type: application/json";
  const Answer plain = server.send("POST", path, server.reader(), {json}, body);
  const Answer zipped = server.send("POST", path, server.reader(), {json, kGzip[0]}, body);
  EXPECT_EQ(plain.header("content-encoding"), "");
  EXPECT_EQ(zipped.header("content-encoding"), "gzip");
  EXPECT_GT(plain.body.size(), 180'000u);
  EXPECT_LT(zipped.body.size(), 4096u);
  EXPECT_EQ(plain.header("vary"), "Accept-Encoding");
  EXPECT_EQ(zipped.header("vary"), "Accept-Encoding");
}

struct CompressedRow {
  std::string method, path, body;
  bool compressed;
};

TEST(Compression, ByRoute) {
  TestServer server;
  server.enable_subscriptions({.application_permission = true});
  const std::string batch_of_reads =
      R"({"requests":[{"id":"1","method":"GET","url":"/users?$top=1"},{"id":"2","method":"GET","url":")" +
      kAnaPath.substr(5) + R"("},{"id":"3","method":"GET","url":")" + kAnaPath.substr(5) +
      R"("},{"id":"4","method":"GET","url":"/nowhere"},{"id":"5","method":"GET","url":")" +
      kAnaPath.substr(5) + R"("}]})";
  const std::string batch_with_secret = R"({"requests":[{"id":"1","method":"GET","url":"/$metadata"},)"
                                        R"({"id":"2","method":"GET","url":"/subscriptions"}]})";
  const std::vector<CompressedRow> rows = {
      {"GET", "/v1.0/$metadata", "", true},
      {"HEAD", "/v1.0/$metadata", "", true},
      {"GET", "/porchlight/v1/openapi.json", "", true},
      {"POST", "/v1.0/$batch", batch_of_reads, true},
      {"POST", "/v1.0/$batch", batch_with_secret, false},
      {"GET", "/v1.0", "", false},  // small
      {"GET", kAnaPath, "", false},
      {"GET", "/v1.0/subscriptions", "", false},
      {"POST", "/porchlight/v1/streamTicket", "", false},
      {"GET", "/v1.0/subscriptions?$x=" + std::string(3000, 'x'), "", false},
  };
  for (const CompressedRow& row : rows) {
    std::vector<std::string> fields = kGzip;
    if (!row.body.empty()) fields.push_back("Content-Type: application/json");
    const Answer answer = server.send(row.method, row.path, server.reader(), fields, row.body);
    EXPECT_EQ(answer.header("content-encoding"), row.compressed ? "gzip" : "")
        << row.path << answer.body.substr(0, 300);
    EXPECT_EQ(answer.header("vary"), "Accept-Encoding") << row.path;
    EXPECT_EQ(answer.headers.count("vary"), 1u);
  }
}

TEST(Compression, TagsOfCompressedResponsesAreWeak) {
  TestServer server;
  const std::string path = "/porchlight/v1/openapi.json";
  const Answer plain = server.get(path, "");
  const std::string strong = plain.header("etag"), weak = "W/" + strong;
  EXPECT_TRUE(strong.starts_with('"')) << strong;
  EXPECT_EQ(server.send("GET", path, "", kGzip).header("etag"), weak);
  struct TagRow {
    std::string held;
    bool gzip;
    int status;
    std::string tag;
  };
  const TagRow rows[] = {
      {strong, false, 304, strong},        {weak, false, 304, strong}, {"*", false, 304, strong},
      {strong, true, 304, weak},           {weak, true, 304, weak},    {"*", true, 304, weak},
      {"\"x\", " + weak, true, 304, weak}, {"\"x\"", true, 200, weak}, {"\"x\"", false, 200, strong},
      {"W/\"x\"", true, 200, weak},
  };
  for (const TagRow& row : rows) {
    std::vector<std::string> fields = {"If-None-Match: " + row.held};
    if (row.gzip) fields.push_back(kGzip[0]);
    const Answer answer = server.send("GET", path, "", fields);
    EXPECT_EQ(answer.status, row.status) << row.held;
    EXPECT_EQ(answer.header("etag"), row.tag) << row.held;
    EXPECT_EQ(answer.header("vary"), "Accept-Encoding");
    EXPECT_EQ(answer.header("content-encoding"), row.gzip && row.status == 200 ? "gzip" : "");
  }
  // A step of a batch is not compressed by itself.
  const std::string step_path = "/communications/presences/" + to_string(kAna);
  const std::string step = R"({"requests":[{"id":"1","method":"GET","url":")" + step_path +
                           R"(","headers":{"Accept-Encoding":"gzip, identity;q=0","If-None-Match":"*"}}]})";
  EXPECT_THAT(server.post("/v1.0/$batch", server.reader(), step).at("/responses/0/headers/ETag"),
              testing::StartsWith("\""));
  // A small body is sent as it is, with a strong tag, also to a client that accepts gzip.
  const std::string small = server.send("GET", kAnaPath, server.reader(), kGzip).header("etag");
  EXPECT_TRUE(small.starts_with('"')) << small;
  const Answer same = server.send("GET", kAnaPath, server.reader(), {kGzip[0], "If-None-Match: " + small});
  EXPECT_EQ(same.status, 304);
  EXPECT_EQ(same.header("etag"), small);
}

}  // namespace
}  // namespace porchlight::graph
