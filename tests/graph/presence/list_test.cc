// GET /communications/presences: filters, counts, order and pages (spec presence §5.4, protocol §9).
#include <gtest/gtest.h>

#include <algorithm>

#include "support/graph/test_server.h"

namespace porchlight::graph {
namespace {

using namespace std::chrono_literals;

const std::string kList = "/v1.0/communications/presences";

// The ids in an answer, in order.
std::vector<std::string> ids(const Answer& answer) {
  std::vector<std::string> found;
  for (int i = 0; answer.at("/value/" + std::to_string(i)) != "(absent)"; ++i)
    found.push_back(answer.at("/value/" + std::to_string(i) + "/id"));
  return found;
}

std::string next_of(const Answer& answer) {
  const std::string next = answer.at("/@odata.nextLink");
  return next == "(absent)" ? "" : next.substr(next.find("/v1.0"));
}

std::vector<std::string> texts(std::initializer_list<Guid> guids) {
  std::vector<std::string> all;
  for (const Guid& guid : guids) all.push_back(to_string(guid));
  return all;
}

void set_listed(TestServer& server, const Guid& user, std::string_view availability,
                std::string_view activity) {
  const std::string body = std::string(R"({"sessionId":"s","expirationDuration":"PT1H","availability":")") +
                           std::string(availability) + R"(","activity":")" + std::string(activity) + "\"}";
  EXPECT_EQ(
      server.post("/v1.0/users/" + to_string(user) + "/presence/setPresence", server.writer(), body).status,
      200);
}

TEST(FilteredList, ByState) {
  TestServer server;
  set_listed(server, kAna, "Busy", "InACall");
  set_listed(server, kBen, "Available", "Available");
  set_listed(server, kCleo, "Busy", "InAConferenceCall");
  const auto get = [&](const std::string& filter) {
    return ids(server.get(kList + "?$filter=" + filter, server.reader()));
  };
  EXPECT_EQ(get("availability+eq+'Busy'"), texts({kAna, kCleo}));
  EXPECT_EQ(get("availability+eq+'busy'+and+activity+eq+'inacall'"), texts({kAna}));
  EXPECT_EQ(get("activity+in+('InACall','Available')"), texts({kAna, kBen}));
  EXPECT_EQ(get("availability+eq+'Nonsense'"), texts({}));
  EXPECT_EQ(get("availability+eq+'Busy'+and+availability+eq+'Away'"), texts({}));
  EXPECT_EQ(get("activity+eq+'AvailableInactive'"), texts({}));
  server.advance(5min);
  EXPECT_EQ(get("activity+eq+'AvailableInactive'"), texts({kBen})) << "filters by the current state";
}

TEST(FilteredList, ByIdAndState) {
  TestServer server;
  set_listed(server, kAna, "Busy", "InACall");
  const std::string unknown = "99999999-0000-4000-8000-000000000009";
  const std::string all = "id+in+('" + to_string(kCleo) + "','" + unknown + "','" + to_string(kAna) + "')";
  const auto get = [&](const std::string& query) { return ids(server.get(kList + query, server.reader())); };
  EXPECT_EQ(get("?$filter=" + all + "+and+availability+eq+'Busy'"), texts({kAna}));
  EXPECT_EQ(get("?$filter=availability+eq+'PresenceUnknown'+and+" + all), std::vector{unknown});
  EXPECT_EQ(get("?$filter=" + all + "&$orderby=id"),
            (std::vector{unknown, to_string(kAna), to_string(kCleo)}))
      << "sorted with $orderby";
}

TEST(FilteredList, EscapesTextOfTheCaller) {
  TestServer server;
  const Answer answer = server.get(kList + "?$filter=id+eq+'%22%0A'", server.reader());
  EXPECT_EQ(answer.status, 400);
  EXPECT_EQ(answer.code(), "InvalidArgument");
  EXPECT_EQ(answer.message(), "The id '\"\n' is not a GUID.");
}

TEST(FilteredList, PagesContinueUntilAllUsersAreScanned) {
  TestServer server;
  std::vector<std::string> busy;
  for (int i = 0; i < 40; ++i) {
    Guid id;
    id.bytes[0] = static_cast<std::uint8_t>(i * 6), id.bytes[15] = static_cast<std::uint8_t>(i + 1);
    server.add_user(id, "extra" + std::to_string(i) + "@contoso.example");
    if (i % 3 != 0) continue;
    set_listed(server, id, "Busy", "InACall");
    busy.push_back(to_string(id));
  }
  for (const std::string top : {"1", "3", "13", "14", "15", "999"}) {
    std::vector<std::string> seen;
    std::string target = kList + "?$select=id&$filter=availability%20eq%20'Busy'&$top=" + top;
    while (!target.empty()) {
      const Answer answer = server.get(target, server.reader());
      ASSERT_EQ(answer.status, 200) << answer.body;
      EXPECT_TRUE(answer.at("/@odata.context").ends_with("presences(id)")) << "the link keeps the options";
      std::ranges::copy(ids(answer), std::back_inserter(seen));
      target = next_of(answer);
    }
    EXPECT_EQ(seen, busy) << top;
  }
}

// A response scans 5,000 users at most; the link continues after the last one.
TEST(FilteredList, ScansFiveThousandUsersAtMost) {
  TestServer server;
  std::vector<Guid> people;
  for (std::uint32_t i = 1; i <= 4997; ++i) {
    Guid id;
    id.bytes[14] = static_cast<std::uint8_t>(i >> 8), id.bytes[15] = static_cast<std::uint8_t>(i);
    people.push_back(id);
  }
  server.add_users(people);
  const std::string busy = kList + "?$filter=availability+eq+'Busy'";
  set_listed(server, kCleo, "Busy", "InACall");
  const Answer within = server.get(busy, server.reader());
  EXPECT_EQ(ids(within), texts({kCleo})) << "the last user within the limit";
  EXPECT_EQ(next_of(within), "");
  EXPECT_EQ(server.get(busy + "&$count=true", server.reader()).at("/@odata.count"), "1");
  EXPECT_EQ(server.get(kList + "/$count?$filter=availability+eq+'Offline'", server.reader()).body, "4999");

  server.add_user(*parse_guid("10000000-0000-4000-8000-000000000000"), "one-more@contoso.example");
  const Answer first = server.get(busy, server.reader());
  EXPECT_EQ(ids(first), texts({})) << "an empty page with a next link";
  EXPECT_EQ(ids(server.get(next_of(first), server.reader())), texts({kCleo}));
  const Answer refused = server.get(busy + "&$count=true", server.reader());
  EXPECT_EQ(refused.status, 400);
  EXPECT_NE(refused.message().find("5000"), std::string::npos) << refused.message();
  EXPECT_EQ(server.get(kList + "/$count?$filter=availability+eq+'Busy'", server.reader()).status, 400);
  EXPECT_EQ(server.get(kList + "/$count", server.reader()).body, "5001")
      << "the count of all users needs no scan";
}

TEST(Count, InAList) {
  TestServer server;
  const Answer page = server.get(kList + "?$count=true&$top=2", server.reader());
  EXPECT_EQ(page.at("/@odata.count"), "3") << "counts all pages";
  EXPECT_EQ(ids(page).size(), 2u);
  EXPECT_EQ(server.get(next_of(page), server.reader()).at("/@odata.count"), "3");
  EXPECT_EQ(server.get(kList + "?$count=false", server.reader()).at("/@odata.count"), "(absent)");
  const std::string two = "id+in+('" + to_string(kAna) + "','" + to_string(kBen) + "')";
  EXPECT_EQ(server.get(kList + "?$count=true&$filter=" + two, server.reader()).at("/@odata.count"), "2");
  EXPECT_EQ(server.get(kList + "?$count=true", server.user(kAna, {"Presence.Read"})).at("/@odata.count"),
            "1");
}

TEST(Count, AsAResource) {
  TestServer server;
  set_listed(server, kAna, "Busy", "InACall");
  const Answer all = server.send("GET", kList + "/$count", server.reader(), {"Accept: text/plain"});
  EXPECT_EQ(all.status, 200);
  EXPECT_EQ(all.body, "3");
  EXPECT_EQ(all.header("content-type"), "text/plain");
  EXPECT_EQ(all.header("odata-version"), "4.0");
  EXPECT_EQ(server.get("/beta/communications/presences/%24count", server.reader()).body, "3");
  EXPECT_EQ(server.get(kList + "/$count?$filter=activity+eq+'InACall'", server.reader()).body, "1");
  EXPECT_EQ(server.get(kList + "/$count?$filter=id+eq+'" + to_string(kBen) + "'", server.reader()).body, "1");
  EXPECT_EQ(server.get(kList + "/$count?$top=1", server.reader()).status, 400);
}

TEST(Count, IsOneForCallersWhoMayReadOnlyThemselves) {
  TestServer server;
  const std::string self = server.user(kAna, {"Presence.Read"});
  EXPECT_EQ(server.get(kList + "/$count", self).body, "1");
  EXPECT_EQ(server.get(kList + "/$count?$filter=activity+eq+'Busy'", self).body, "0");
  EXPECT_EQ(server.get(kList + "/$count?$filter=id+eq+'" + to_string(kBen) + "'", self).status, 403);
  EXPECT_EQ(server.get(kList + "/$count", server.user(kAna, {"Presence.ReadWrite"})).status, 403);
}

TEST(FilteredList, FiltersOneselfForCallersWhoMayReadOnlyThemselves) {
  TestServer server;
  const std::string self = server.user(kAna, {"Presence.Read"});
  EXPECT_EQ(ids(server.get(kList + "?$filter=availability+eq+'Offline'", self)), texts({kAna}));
  EXPECT_EQ(ids(server.get(kList + "?$filter=availability+eq+'Busy'", self)), texts({}));
  const std::string ben = "availability+eq+'Nonsense'+and+id+eq+'" + to_string(kBen) + "'";
  EXPECT_EQ(server.get(kList + "?$filter=" + ben, self).status, 403);
}

}  // namespace
}  // namespace porchlight::graph
