// Tests that unknown preferences, and annotations in bodies, are ignored (spec protocol §7, §9).
#include <gtest/gtest.h>

#include "support/graph/test_server.h"

namespace porchlight::graph {
namespace {

TEST(Ignored, Preferences) {
  TestServer server;
  const std::string plain = server.get(kAnaPath, server.reader()).body;
  for (const std::string prefer :
       {"return=minimal", "include-unknown-enum-members", "return=minimal, x; y=\"z\""}) {
    const Answer read = server.send("GET", kAnaPath, server.reader(), {"Prefer: " + prefer});
    EXPECT_EQ(read.status, 200) << prefer;
    EXPECT_EQ(read.body, plain) << prefer;
    EXPECT_EQ(read.header("preference-applied"), "") << "no preference was applied";
    const Answer write =
        server.send("POST", kAnaPath + "/clearUserPreferredPresence", server.writer(), {"Prefer: " + prefer});
    EXPECT_EQ(write.status, 200) << prefer;
  }
  EXPECT_EQ(server.send("GET", kAnaPath, server.reader(), {"ConsistencyLevel: eventual"}).body, plain);
}

TEST(Ignored, AnnotationsInBodies) {
  TestServer server;
  struct Row {
    std::string path, body;
  };
  const Row rows[] = {
      {kAnaPath + "/setPresence",
       R"({"@odata.type":"#x","sessionId":"s","availability@odata.type":"#String","availability":"Busy",)"
       R"("activity":"InACall","expirationDuration@odata.type":"#Duration","expirationDuration":"PT1H"})"},
      {kAnaPath + "/setStatusMessage",
       R"({"statusMessage":{"@odata.type":"microsoft.graph.presenceStatusMessage","message":{"@odata.type":)"
       R"("microsoft.graph.itemBody","content":"hello","contentType@odata.type":"#x","contentType":"text"},)"
       R"("expiryDateTime":{"@odata.type":"microsoft.graph.dateTimeTimeZone","dateTime":"2030-01-08T00:00:00"}}})"},
      {"/v1.0/communications/getPresencesByUserId",
       R"-({"@odata.context":5,"ids@odata.type":"#Collection(String)","ids":[")-" + to_string(kAna) +
           R"("]})"},
  };
  for (const Row& row : rows) {
    const Answer answer = server.post(row.path, server.writer(), row.body);
    EXPECT_EQ(answer.status, 200) << row.path << answer.body;
  }
  const Answer seen = server.get(kAnaPath, server.reader());
  EXPECT_EQ(seen.state(), "Busy/InACall");
  EXPECT_EQ(seen.at("/statusMessage/message/content"), "hello");
}

}  // namespace
}  // namespace porchlight::graph
