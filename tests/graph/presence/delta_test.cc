// GET …/presences/delta: a client that follows the links ends with the same presences as one that reads all users, over
// random histories; and the content of the links.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <simdjson.h>

#include <map>
#include <random>

#include "graph/presence/delta_state.h"
#include "graph/wire/sealed_token.h"
#include "support/graph/test_server.h"

namespace porchlight::graph {
namespace {

using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::Not;
using namespace std::chrono_literals;

constexpr std::string_view kDelta = "/v1.0/communications/presences/delta";

// Presences as JSON, by user id.
using DeltaPicture = std::map<std::string, std::string>;

std::string delta_path_of(std::string_view link) {
  if (link.empty()) return {};
  const std::size_t host = link.find("://") + 3;
  return std::string(link.substr(link.find('/', host)));
}

// Applies a page to the picture and returns the link to the next one.
std::string apply_page(const Answer& answer, DeltaPicture& picture) {
  EXPECT_EQ(answer.status, 200) << answer.body;
  simdjson::dom::parser parser;
  simdjson::dom::element page;
  if (parser.parse(answer.body).get(page) != simdjson::SUCCESS) return {};
  simdjson::dom::array items;
  EXPECT_EQ(page["value"].get(items), simdjson::SUCCESS);
  for (const simdjson::dom::element item : items) {
    std::string_view id_text;
    EXPECT_EQ(item["id"].get(id_text), simdjson::SUCCESS);
    const std::string id(id_text);
    if (item["@removed"].error() == simdjson::SUCCESS)
      picture.erase(id);
    else
      picture[id] = simdjson::minify(item);
  }
  std::string_view link;
  const bool has_next_page = page["@odata.nextLink"].get(link) == simdjson::SUCCESS ||
                             page["@odata.deltaLink"].get(link) == simdjson::SUCCESS;
  EXPECT_TRUE(has_next_page ||
              answer.body.find("#communications/presences\",\"value\"") != std::string::npos);
  return delta_path_of(link);
}

class Delta : public ::testing::Test {
 protected:
  Delta() { server.enable_history(); }

  // Follows the links to the end of the round and returns the delta link.
  std::string follow(std::string link, DeltaPicture& picture, const std::string& token) {
    do link = apply_page(server.get(link, token), picture);
    while (link.find("$skiptoken") != std::string::npos);
    return link;
  }
  TestServer server;
  std::string reader = server.reader();
};

TEST_F(Delta, IsEmptyIfNothingHasChanged) {
  DeltaPicture picture;
  const std::string link = follow(std::string(kDelta), picture, reader);
  EXPECT_EQ(picture.size(), 3u);
  EXPECT_THAT(link, HasSubstr("$deltatoken="));
  EXPECT_THAT(server.get(link, reader).body, EndsWith(R"(","value":[]})"));
}

TEST_F(Delta, ListsChangesByWritesAndByTime) {
  DeltaPicture picture;
  std::string link = follow(std::string(kDelta), picture, reader);
  server.post(
      kAnaPath + "/setPresence", server.writer(),
      R"({"sessionId":"s","availability":"Available","activity":"Available","expirationDuration":"PT1H"})");
  DeltaPicture changed;
  link = follow(link, changed, reader);
  ASSERT_EQ(changed.size(), 1u);
  EXPECT_THAT(changed.begin()->second, HasSubstr(R"("availability":"Available")"));
  server.advance(10min);
  changed.clear();
  link = follow(link, changed, reader);
  ASSERT_EQ(changed.size(), 1u);
  EXPECT_THAT(changed.begin()->second, HasSubstr(R"("availability":"Away")"));
  changed.clear();
  link = follow(link, changed, reader);
  EXPECT_TRUE(changed.empty());
}

TEST_F(Delta, ListsRemovedUsers) {
  DeltaPicture picture;
  std::string link = follow(std::string(kDelta), picture, reader);
  server.remove_user(kBen);
  const Answer page = server.get(link, reader);
  EXPECT_THAT(page.body, HasSubstr(R"({"id":")" + to_string(kBen) + R"(","@removed":{"reason":"deleted"}})"));
  server.add_user(kBen, "ben@contoso.example");
  DeltaPicture changed;
  follow(link, changed, reader);
  EXPECT_TRUE(changed.contains(to_string(kBen)));
}

TEST_F(Delta, KeepsSelectAndTopInTheLinks) {
  const Answer first = server.get(std::string(kDelta) + "?$select=availability,id&$top=1", reader);
  EXPECT_THAT(first.body, HasSubstr("$select=id,availability&$top=1&$skiptoken="));
  EXPECT_THAT(first.body, HasSubstr("#communications/presences(id,availability)"));
  DeltaPicture picture;
  const std::string link = follow(delta_path_of(first.at("/@odata.nextLink")), picture, reader);
  EXPECT_EQ(picture.size(), 2u) << "the first page has one user";
  EXPECT_THAT(link, HasSubstr("$top=1&$deltatoken="));
}

TEST_F(Delta, RefusesTokensThatItDidNotIssue) {
  DeltaPicture picture;
  const std::string link = follow(std::string(kDelta), picture, reader);
  EXPECT_EQ(server.get(link + "A", reader).status, 400);
  EXPECT_EQ(server.get(std::string(kDelta) + "?$deltatoken=x", reader).status, 400);
  const std::string other = server.token({.tenant = kFabrikam, .roles = {"Presence.Read.All"}});
  EXPECT_EQ(server.get(link, other).status, 400) << "the link of another tenant";
  EXPECT_EQ(server.get(std::string(kDelta) + "?$filter=id eq 'x'", reader).status, 400);
  EXPECT_EQ(server.get(std::string(kDelta), server.user(kAna, {"Presence.Read"})).status, 403);
}

// The token, and what a link with it is answered.
TEST_F(Delta, SaysWhyATokenIsRefused) {
  const auto refused = [&](std::string_view token) {
    const Answer answer = server.get(std::string(kDelta) + "?$deltatoken=" + std::string(token), reader);
    return std::to_string(answer.status) + " " + answer.code();
  };
  DeltaPicture picture;
  const std::string link = follow(std::string(kDelta), picture, reader);
  const std::string token = link.substr(link.find('=') + 1);
  EXPECT_EQ(token.size(), 704u) << "512 bytes and the tag of 16, in base64url";
  for (const std::size_t at : {std::size_t{0}, token.size() / 2, token.size() - 2}) {
    std::string tampered = token;
    tampered[at] = tampered[at] == 'A' ? 'B' : 'A';
    EXPECT_EQ(refused(tampered), "400 BadRequest") << at;
  }
  for (const std::string& made_up : {std::string(), std::string("x"), token + token, token.substr(1),
                                     std::string(kDeltaStateBytesMax * 4 / 3, 'A'), std::string(6000, 'A')})
    EXPECT_EQ(refused(made_up), "400 BadRequest") << made_up.size();
  // Sealed by this server for another purpose.
  EXPECT_EQ(refused(seal_skip_token(server.paging_key(), kContoso, kAna)), "400 BadRequest");
  // Sealed for this purpose by the release before, whose states have 49 or 65 bytes, or by a later one.
  for (const std::size_t size : {49, 65, 511, 512})
    EXPECT_EQ(refused(seal_token(server.paging_key(), "delta", kContoso, std::string(size, '\x07'))),
              "410 SyncStateNotFound")
        << size;
}

TEST_F(Delta, ContinuesAfterTheHistoryWasDeleted) {
  DeltaPicture picture;
  std::string link = follow(std::string(kDelta), picture, reader);
  for (int round = 0; round < 3; ++round) {
    const auto message = R"({"statusMessage":{"message":{"content":")" + std::to_string(round) + R"("}}})";
    server.post(kAnaPath + "/setStatusMessage", server.writer(), message);
    server.rebuild_history(0);
    DeltaPicture changed;
    link = follow(link, changed, reader);
    EXPECT_EQ(changed.size(), 1u);
    EXPECT_TRUE(changed.contains(to_string(kAna)));
  }
  server.rebuild_history(0);
  EXPECT_THAT(server.get(link, reader).body, EndsWith(R"(","value":[]})"));
}

TEST_F(Delta, ContinuesOnASecondServerWithTheSameAnswer) {
  const std::size_t second = server.add_history();
  DeltaPicture picture;
  const std::string link = follow(std::string(kDelta), picture, reader);
  server.post(kAnaPath + "/setPresence", server.writer(),
              R"({"sessionId":"s","availability":"Busy","activity":"InACall"})");
  server.remove_user(kBen);
  const std::string first_answer = server.get(link, reader).body;
  server.use_history(second);
  EXPECT_EQ(server.get(link, reader).body, first_answer);
  EXPECT_THAT(first_answer, HasSubstr("InACall"));
  EXPECT_THAT(first_answer, HasSubstr("@removed"));
}

TEST_F(Delta, StartsAgainIfNeitherLogNorHistoryHasTheChanges) {
  DeltaPicture picture;
  const std::string link = follow(std::string(kDelta), picture, reader);
  for (int i = 0; i < 3; ++i)
    server.post(kAnaPath + "/setStatusMessage", server.writer(),
                R"({"statusMessage":{"message":{"content":")" + std::to_string(i) + R"("}}})");
  server.trim_logs(1);
  EXPECT_EQ(server.get(link, reader).status, 200) << "the history has them";
  server.rebuild_history(0);
  const Answer answer = server.get(link, reader);
  EXPECT_EQ(answer.status, 410);
  EXPECT_EQ(answer.code(), "SyncStateNotFound");
  const std::string now = follow(std::string(kDelta), picture, reader);
  server.rebuild_history(0);
  EXPECT_THAT(server.get(now, reader).body, EndsWith(R"(","value":[]})"));
}

TEST_F(Delta, HidesChangesOfMaskedPresences) {
  server.set_audience(kAna, {presence::VisibleTo::kNobody, presence::OthersSee::kHidden, {}, {}});
  const std::string owner = server.user(kAna, {"Presence.Read.All"});
  DeltaPicture masked, own;
  const std::string link = follow(std::string(kDelta), masked, reader);
  const std::string own_link = follow(std::string(kDelta), own, owner);
  server.post(kAnaPath + "/setPresence", server.writer(),
              R"({"sessionId":"s","availability":"Busy","activity":"InACall"})");
  EXPECT_THAT(server.get(link, reader).body, HasSubstr(R"("value":[])"));
  EXPECT_THAT(server.get(own_link, owner).body, HasSubstr("InACall"));
  server.set_audience(kAna, {});
  EXPECT_THAT(server.get(link, reader).body, HasSubstr("InACall"))
      << "the change of the visibility is listed";
}

// A change of the caller's groups may change which users they see, so all users are listed again.
TEST_F(Delta, ListsAllUsersAfterAChangeOfTheCallersGroups) {
  const Guid team = secure_random_guid();
  server.put_group(team, {});
  server.set_audience(kAna, {presence::VisibleTo::kNamed, presence::OthersSee::kAppearsOffline, {}, {team}});
  server.post(kAnaPath + "/setPresence", server.writer(),
              R"({"sessionId":"s","availability":"Busy","activity":"InACall"})");
  const std::string ben = server.user(kBen, {"Presence.Read.All"});
  DeltaPicture picture;
  std::string link = follow(std::string(kDelta), picture, ben);
  EXPECT_THAT(picture[to_string(kAna)], HasSubstr(R"("activity":"Offline")"));
  server.put_group(team, {kBen});
  DeltaPicture changed;
  link = follow(link, changed, ben);
  EXPECT_EQ(changed.size(), picture.size()) << "all users: otherwise it would reveal who names groups";
  EXPECT_THAT(changed[to_string(kAna)], HasSubstr("InACall"));
  server.put_group(team, {kBen, kCleo});
  EXPECT_THAT(server.get(link, ben).body, HasSubstr(R"("value":[])")) << "nothing has changed for Ben";
  server.put_group(team, {});
  follow(link, changed, ben);
  EXPECT_THAT(changed[to_string(kAna)], HasSubstr(R"("activity":"Offline")"));
}

TEST_F(Delta, ListsAllUsersForTheLinkOfAnotherCaller) {
  DeltaPicture readers, bens;
  const std::string link = follow(std::string(kDelta), readers, reader);
  follow(link, bens, server.user(kBen, {"Presence.Read.All"}));
  EXPECT_EQ(bens.size(), readers.size());
}

TEST(DeltaWithoutHistory, IsRefused) {
  TestServer server;
  const Answer answer = server.get(std::string(kDelta), server.reader());
  EXPECT_EQ(answer.status, 400);
  EXPECT_THAT(answer.message(), HasSubstr("keeps no history"));
}

// Random writes, passing time, users that are added and removed, changes of visibility and of a group, pages of any
// size. Each page is asked of one of two servers, at random; sometimes one of them has lost its history, and sometimes
// the log its beginning.
TEST(DeltaProperty, EqualsAReadOfAllUsers) {
  for (unsigned seed = 0; seed < 3; ++seed) {
    TestServer server;
    server.enable_history();
    server.add_history();
    std::mt19937 dice(seed);
    const auto below = [&](unsigned n) { return dice() % n; };
    std::vector<Guid> people = {kAna, kBen, kCleo};
    std::vector<Guid> extra;
    for (int i = 0; i < 12; ++i) {
      const Guid id = secure_random_guid();
      people.push_back(id);
      extra.push_back(id);
      server.add_user(id, "p" + std::to_string(i) + "@contoso.example");
    }
    const Guid team = secure_random_guid();
    const std::string reader = seed == 0 ? server.reader() : server.user(kBen, {"Presence.Read.All"});
    const std::string writer = server.writer();
    const auto follow = [&](std::string link, DeltaPicture& picture) {
      do {
        server.use_history(below(2));
        if (below(40) == 0) server.rebuild_history(below(2));
        link = apply_page(server.get(link, reader), picture);
      } while (link.find("$skiptoken") != std::string::npos);
      return link;
    };
    DeltaPicture picture;
    std::string link = follow(std::string(kDelta) + "?$top=" + std::to_string(1 + below(7)), picture);
    for (int round = 0; round < 60; ++round) {
      if (below(10) == 0) server.trim_logs(1);  // what the link knows is at the end of the log
      for (unsigned n = below(6); n > 0; --n) {
        const Guid person = people[below(people.size())];
        const std::string path = "/v1.0/users/" + to_string(person) + "/presence";
        switch (below(9)) {
          case 7: {
            const auto visible_to = static_cast<presence::VisibleTo>(below(3));
            const auto others_see = static_cast<presence::OthersSee>(below(2));
            const bool is_named = visible_to == presence::VisibleTo::kNamed;
            server.set_audience(
                below(2) ? kAna : kCleo,
                {visible_to, others_see, {}, is_named ? std::vector{team} : std::vector<Guid>{}});
            break;
          }
          case 8:
            server.put_group(team, below(2) ? std::vector{kBen} : std::vector{kAna});
            break;
          case 0:
            server.post(path + "/clearPresence", writer, R"({"sessionId":"s"})");
            break;
          case 1:
            server.post(path + "/setUserPreferredPresence", writer,
                        R"({"availability":"Busy","activity":"Busy","expirationDuration":"PT7M"})");
            break;
          case 2:
            server.post(path + "/setStatusMessage", writer,
                        R"({"statusMessage":{"message":{"content":"Back soon"}}})");
            break;
          case 3: {
            const Guid other = extra[below(extra.size())];
            server.remove_user(other);
            if (below(2)) server.add_user(other, "q" + to_string(other) + "@contoso.example");
            break;
          }
          default:
            server.post(
                path + "/setPresence", writer,
                below(2)
                    ? R"({"sessionId":"s","availability":"Available","activity":"Available","expirationDuration":"PT20M"})"
                    : R"({"sessionId":"t","availability":"Busy","activity":"InACall"})");
        }
      }
      server.advance(std::chrono::seconds(below(300)));
      link = follow(link, picture);
      DeltaPicture all;
      std::string next = "/v1.0/communications/presences?$top=999";
      apply_page(server.get(next, reader), all);
      ASSERT_EQ(picture, all) << "seed " << seed << " round " << round;
    }
  }
}

}  // namespace
}  // namespace porchlight::graph
