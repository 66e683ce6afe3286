// …/visibility: set, read, refused values, and the effect on reads.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "presence/visibility.h"
#include "support/graph/test_server.h"

namespace porchlight::graph {
namespace {

using namespace std::chrono_literals;

const std::string kMyVisibility = "/porchlight/v1/me/visibility";
const std::string kAnaPresence = "/v1.0/users/" + to_string(kAna) + "/presence";

class VisibilityTest : public ::testing::Test {
 protected:
  VisibilityTest() {
    server_.post(
        kAnaPresence + "/setPresence", server_.writer(),
        R"({"sessionId":"s","availability":"Busy","activity":"InACall","expirationDuration":"PT4H"})");
  }
  Answer put(const std::string& body) {
    return server_.send("PUT", kMyVisibility, ana(), {"Content-Type: application/json"}, body);
  }
  std::string ana() const { return server_.user(kAna, {"Presence.ReadWrite"}); }
  std::string seen_by(const std::string& token) { return server_.get(kAnaPresence, token).state(); }
  std::string seen_by(const Guid& user) { return seen_by(server_.user(user, {"Presence.Read.All"})); }

  TestServer server_;
};

std::string visible_ids(std::size_t count) {
  std::string text = "[";
  for (std::size_t i = 0; i < count; ++i) {
    std::string id = to_string(Guid{});
    std::string number = std::to_string(i);
    id.replace(id.size() - number.size(), number.size(), number);
    text += (i == 0 ? "\"" : ",\"") + id + '"';
  }
  return text + "]";
}

TEST_F(VisibilityTest, IsReadAsItWasSet) {
  const Guid low = kBen, high = kAppB;
  const std::string rows[] = {
      R"({"visibleTo":"everyone"})",
      R"({"visibleTo":"nobody","othersSee":"hidden"})",
      R"({"visibleTo":"nobody","othersSee":"appearsOffline"})",
      R"({"visibleTo":"named","othersSee":"hidden","members":[],"groups":[]})",
      R"({"visibleTo":"named","othersSee":"appearsOffline","members":[")" + to_string(kCleo) +
          R"("],"groups":[")" + to_string(kAppB) + R"("]})",
      R"({"visibleTo":"everyone","badge":true})",
      R"({"visibleTo":"nobody","othersSee":"appearsOffline","badge":true})",
  };
  EXPECT_EQ(server_.get(kMyVisibility, ana()).body, rows[0]);
  for (const std::string& row : rows) {
    EXPECT_EQ(put(row).status, 200) << row;
    EXPECT_EQ(server_.get(kMyVisibility, ana()).body, row);
  }
  EXPECT_EQ(put(R"({"visibleTo":"named","members":[")" + to_string(high) + R"(",")" + to_string(low) +
                R"(",")" + to_string(high) + R"("]})")
                .status,
            200);
  EXPECT_EQ(server_.get(kMyVisibility, ana()).body,
            R"({"visibleTo":"named","othersSee":"hidden","members":[")" + to_string(low) + R"(",")" +
                to_string(high) + R"("],"groups":[]})");
}

TEST_F(VisibilityTest, AppliesToReads) {
  const Guid team = *parse_guid("70000000-0000-4000-8000-000000000007");
  server_.put_group(team, {kCleo});
  EXPECT_EQ(seen_by(kBen), "Busy/InACall");
  put(R"({"visibleTo":"nobody"})");
  EXPECT_EQ(seen_by(kBen), "PresenceUnknown/PresenceUnknown");
  EXPECT_EQ(seen_by(server_.reader()), "PresenceUnknown/PresenceUnknown");
  EXPECT_EQ(seen_by(kAna), "Busy/InACall");
  put(R"({"visibleTo":"nobody","othersSee":"appearsOffline"})");
  EXPECT_EQ(seen_by(kBen), "Offline/Offline");
  put(R"({"visibleTo":"named","groups":[")" + to_string(team) + R"("]})");
  EXPECT_EQ(seen_by(kBen), "PresenceUnknown/PresenceUnknown");
  EXPECT_EQ(seen_by(kCleo), "Busy/InACall");
  EXPECT_EQ(seen_by(server_.reader()), "PresenceUnknown/PresenceUnknown");
  put(R"({"visibleTo":"named","members":[")" + to_string(kBen) + R"(",")" + to_string(kAppA) + R"("]})");
  EXPECT_EQ(seen_by(kBen), "Busy/InACall");
  EXPECT_EQ(seen_by(kCleo), "PresenceUnknown/PresenceUnknown");
  EXPECT_EQ(seen_by(server_.reader()), "Busy/InACall");
  put(R"({"visibleTo":"everyone"})");
  EXPECT_EQ(seen_by(kCleo), "Busy/InACall");
}

// A change of the visibility is a visible change: it sets the sequence number to the Unix time, which does not reveal
// how many changes were masked. Numbers never decrease.
TEST_F(VisibilityTest, SetsTheSequenceNumberToTheUnixTime) {
  const auto number = [&] { return server_.get(kAnaPresence, server_.reader()).at("/sequenceNumber"); };
  EXPECT_EQ(number(), "A1894006800");
  put(R"({"visibleTo":"nobody"})");
  EXPECT_EQ(number(), "A1894006801");
  for (const char* pair : {R"("Available","activity":"Available")", R"("Busy","activity":"InACall")"}) {
    server_.post(kAnaPresence + "/setPresence", server_.writer(),
                 R"({"sessionId":"s","availability":)" + std::string(pair) + "}");
  }
  EXPECT_EQ(number(), "A1894006801");
  server_.advance(1s);
  put(R"({"visibleTo":"nobody","othersSee":"appearsOffline"})");
  EXPECT_GE(number(), "A1894006801");
  server_.advance(1min);
  put(R"({"visibleTo":"everyone"})");
  EXPECT_EQ(number(), "A1894006861");
}

TEST_F(VisibilityTest, RefusesMalformedValues) {
  const std::pair<std::string, std::string_view> rows[] = {
      {"{}", "VisibleTo"},
      {R"({"visibleTo":"friends"})", "one of everyone, named, nobody"},
      {R"({"visibleTo":"nobody","othersSee":"busy"})", "one of hidden, appearsOffline"},
      {R"({"visibleTo":"everyone","othersSee":"hidden"})", "no others"},
      {R"({"visibleTo":"nobody","members":[]})", "alone"},
      {R"({"visibleTo":"everyone","groups":[]})", "alone"},
      {R"({"visibleTo":"named","members":["ben"]})", "'ben' is not a GUID"},
      {R"({"visibleTo":"named","groups":[3]})", "array of strings"},
      {R"({"visibleTo":7})", "visibleTo"},
      {R"({"visibleTo":"named","members":)" + visible_ids(presence::kVisibilityIdsMax) + R"(,"groups":)" +
           visible_ids(1) + "}",
       "1001 members and groups; at most 1000"},
  };
  for (const auto& [body, says] : rows) {
    const Answer refused = put(body);
    EXPECT_EQ(refused.status, 400) << body;
    EXPECT_THAT(refused.message(), testing::HasSubstr(std::string(says)));
  }
  EXPECT_EQ(put(R"({"visibleTo":"named","members":)" + visible_ids(presence::kVisibilityIdsMax - 1) +
                R"(,"groups":)" + visible_ids(1) + "}")
                .status,
            200);
}

TEST_F(VisibilityTest, IsForTheUserAndForApplicationsThatWrite) {
  const std::string theirs = "/porchlight/v1/users/" + to_string(kAna) + "/visibility";
  const std::string unknown = "/porchlight/v1/users/" + to_string(Guid{}) + "/visibility";
  EXPECT_EQ(server_.get(theirs, ana()).status, 200);
  EXPECT_EQ(server_.get(theirs, server_.writer()).status, 200);
  EXPECT_EQ(server_.get(unknown, server_.writer()).status, 404);
  EXPECT_EQ(server_.get(theirs, server_.reader()).status, 403);
  EXPECT_EQ(server_.get(theirs, server_.user(kBen, {"Presence.ReadWrite", "Presence.Read.All"})).status, 403);
  EXPECT_EQ(server_.get(theirs + "?$select=members", ana()).status, 400);
}

}  // namespace
}  // namespace porchlight::graph
