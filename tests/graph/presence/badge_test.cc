// …/presence/badge.svg: who allows it, what it shows, and that it reveals nothing else.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <random>
#include <regex>

#include "presence/visibility.h"
#include "support/graph/test_server.h"

namespace porchlight::graph {
namespace {

using namespace std::chrono_literals;
using presence::OthersSee;
using presence::Visibility;
using presence::VisibleTo;

const Visibility kWithBadge{VisibleTo::kTenant, OthersSee::kHidden, {}, {}, true};

std::string badge_of(const Guid& user, const Guid& tenant = kContoso) {
  return fmt::format("/porchlight/v1/users/{}/presence/badge.svg?tenant={}", to_string(user),
                     to_string(tenant));
}

class BadgeTest : public ::testing::Test {
 protected:
  void set(const Guid& user, std::string_view availability, std::string_view activity) {
    const Answer answer = server_.post(
        "/v1.0/users/" + to_string(user) + "/presence/setPresence", server_.writer(),
        fmt::format(R"({{"sessionId":"s","availability":"{}","activity":"{}","expirationDuration":"PT1H"}})",
                    availability, activity));
    ASSERT_EQ(answer.status, 200) << answer.body;
  }

  // The word on the badge, or the status if there is no badge.
  std::string word(const std::string& path, std::vector<std::string> headers = {}) {
    const Answer answer = server_.send("GET", path, "", std::move(headers));
    std::smatch found;
    if (!std::regex_search(answer.body, found, std::regex("<title>([^<]*)</title>")))
      return std::to_string(answer.status);
    return found[1];
  }

  // Everything that an answer says, without what differs from request to request.
  std::string answer_text(const std::string& path) {
    const Answer answer = server_.get(path, "");
    std::string text = std::to_string(answer.status) + '\n';
    for (const auto& [name, value] : answer.headers) text += fmt::format("{}: {}\n", name, value);
    const std::regex changing("[0-9a-f]{8}-[0-9a-f-]{27}|[A-Z][a-z]{2}, [^\n]*GMT|\"date\":\"[^\"]*\"");
    return std::regex_replace(text + answer.body, changing, "*");
  }

  TestServer server_;
};

TEST_F(BadgeTest, IsOffUnlessTheUserAllowsIt) {
  set(kAna, "Busy", "InACall");
  EXPECT_EQ(word(badge_of(kAna)), "404");
  const std::string mine = "/porchlight/v1/me/visibility", ana = server_.user(kAna, {"Presence.ReadWrite"});
  const auto put = [&](std::string_view body) {
    EXPECT_EQ(server_.send("PUT", mine, ana, {"Content-Type: application/json"}, body).status, 200) << body;
  };
  put(R"({"visibleTo":"everyone","badge":true})");
  EXPECT_EQ(word(badge_of(kAna)), "Busy");
  EXPECT_EQ(server_.send("HEAD", badge_of(kAna), "").status, 200);
  // A setting without the member is one without a badge.
  put(R"({"visibleTo":"everyone"})");
  EXPECT_EQ(word(badge_of(kAna)), "404");
  EXPECT_EQ(server_
                .send("PUT", mine, ana, {"Content-Type: application/json"},
                      R"({"visibleTo":"everyone","badge":"yes"})")
                .status,
            400);
}

TEST_F(BadgeTest, ShowsWhatOthersSee) {
  set(kAna, "Busy", "InACall");
  for (const VisibleTo visible_to : {VisibleTo::kNobody, VisibleTo::kNamed}) {
    server_.set_audience(kAna, {visible_to, OthersSee::kAppearsOffline, {}, {}, true});
    EXPECT_EQ(word(badge_of(kAna)), "Offline");
    server_.set_audience(kAna, {visible_to, OthersSee::kHidden, {}, {}, true});
    EXPECT_EQ(word(badge_of(kAna)), "404");
    server_.set_audience(kAna, {visible_to, OthersSee::kAppearsOffline, {}, {}, false});
    EXPECT_EQ(word(badge_of(kAna)), "404");
  }
}

TEST_F(BadgeTest, HasAWordAndAShapeOfItsOwnForEachState) {
  server_.set_audience(kAna, kWithBadge);
  EXPECT_EQ(word(badge_of(kAna)), "Offline");
  std::set<std::string> shapes;
  const std::regex shape("<g [^>]*>(.*)</g><text");
  const auto remember = [&] {
    const Answer answer = server_.get(badge_of(kAna), "");
    std::smatch found;
    ASSERT_TRUE(std::regex_search(answer.body, found, shape)) << answer.body;
    shapes.insert(std::regex_replace(found[1].str(), std::regex("#[0-9a-f]+"), ""));
  };
  remember();
  const std::array<std::string_view, 3> rows[] = {{"Available", "Available", "Available"},
                                                  {"Busy", "InACall", "Busy"},
                                                  {"Busy", "InAConferenceCall", "Busy"},
                                                  {"DoNotDisturb", "Presenting", "Do not disturb"},
                                                  {"Away", "Away", "Away"}};
  for (const auto& [availability, activity, expected] : rows) {
    set(kAna, availability, activity);
    EXPECT_EQ(word(badge_of(kAna)), expected);
    remember();
  }
  EXPECT_EQ(shapes.size(), 5u);
  set(kAna, "Available", "Available");
  server_.advance(6min);
  EXPECT_EQ(word(badge_of(kAna)), "Available, idle");
  set(kAna, "Available", "Available");
  EXPECT_EQ(server_
                .send("PUT", "/porchlight/v1/me/outOfOffice", server_.user(kAna, {"Presence.ReadWrite"}),
                      {"Content-Type: application/json"}, R"({"message":"Away until Monday"})")
                .status,
            200);
  EXPECT_EQ(word(badge_of(kAna)), "Out of office");
}

TEST_F(BadgeTest, SpeaksTheLanguageOfTheAddressElseOfTheReader) {
  server_.set_audience(kAna, kWithBadge);
  set(kAna, "Busy", "InACall");
  const std::pair<std::string_view, std::string_view> rows[] = {
      {"en", "Busy"}, {"fr", "Occupé"}, {"de", "Beschäftigt"}, {"es", "Ocupado"}};
  for (const auto& [language, expected] : rows) {
    EXPECT_EQ(word(badge_of(kAna) + "&lang=" + std::string(language)), expected);
    EXPECT_EQ(word(badge_of(kAna), {"Accept-Language: " + std::string(language) + ", ja;q=0.5"}), expected);
  }
  EXPECT_EQ(word(badge_of(kAna) + "&lang=de", {"Accept-Language: fr"}), "Beschäftigt");
  EXPECT_EQ(word(badge_of(kAna) + "&lang=xx", {"Accept-Language: fr"}), "Occupé");
  EXPECT_EQ(word(badge_of(kAna), {"Accept-Language: ja"}), "Busy");
}

TEST_F(BadgeTest, HasThePolicyAndTheTagOfAPicture) {
  server_.set_audience(kAna, kWithBadge);
  const Answer answer = server_.send("GET", badge_of(kAna), "", {"Accept: image/svg+xml,image/*"});
  EXPECT_EQ(answer.header("content-type"), "image/svg+xml");
  EXPECT_EQ(answer.header("content-security-policy"), "default-src 'none'");
  EXPECT_EQ(answer.header("x-content-type-options"), "nosniff");
  EXPECT_EQ(answer.header("cache-control"), "no-cache");
  EXPECT_EQ(answer.body.find("style"), std::string::npos);
  EXPECT_EQ(answer.body.find("Ana"), std::string::npos);
  EXPECT_EQ(answer.body.find(to_string(kAna)), std::string::npos);
  const std::string tag = answer.header("etag");
  EXPECT_EQ(server_.send("GET", badge_of(kAna), "", {"If-None-Match: " + tag}).status, 304);
  set(kAna, "Busy", "InACall");
  EXPECT_EQ(server_.send("GET", badge_of(kAna), "", {"If-None-Match: " + tag}).status, 200);
}

// No user, no permission, nothing to show: whatever the user does, the answers do not differ in a byte.
TEST_F(BadgeTest, HasOneAnswerWhereItShowsNothing) {
  const Guid unknown = *parse_guid("99999999-0000-4000-8000-000000000009");
  const std::string expected = answer_text(badge_of(unknown));
  EXPECT_TRUE(expected.starts_with("404\n")) << expected;
  server_.set_audience(kAna, kWithBadge);
  ASSERT_TRUE(answer_text(badge_of(kAna)).starts_with("200\n"));
  const std::string of_ana = "/porchlight/v1/users/" + to_string(kAna) + "/presence/badge.svg";
  for (const std::string& path :
       {badge_of(kAna, kFabrikam), badge_of(kAna, unknown), of_ana,
        of_ana + "?tenant=", of_ana + "?tenant=Contoso",
        "/porchlight/v1/users/ana@contoso.example/presence/badge.svg?tenant=" + to_string(kContoso)})
    EXPECT_EQ(answer_text(path), expected) << path;

  std::mt19937 random(20300107);
  const Guid users[] = {kAna, kBen, kCleo};
  std::size_t nothing_count = 0;
  for (int i = 0; i < 200; ++i) {
    const Guid& user = users[random() % 3];
    if (random() % 2 == 0) {
      random() % 2 == 0 ? set(user, "Busy", "InACall") : set(user, "DoNotDisturb", "Presenting");
      if (testing::Test::HasFatalFailure()) return;
    }
    const Visibility visibility{static_cast<VisibleTo>(random() % 3),
                                static_cast<OthersSee>(random() % 2),
                                {},
                                {},
                                random() % 2 == 0};
    server_.set_audience(user, visibility);
    const std::string text = answer_text(badge_of(user));
    if (presence::badge_content(visibility) != presence::BadgeContent::kNothing) {
      EXPECT_TRUE(text.starts_with("200\n")) << text;
      continue;
    }
    EXPECT_EQ(text, expected);
    ++nothing_count;
  }
  EXPECT_GT(nothing_count, 50u);
}

}  // namespace
}  // namespace porchlight::graph
