// The list of presences: filters, counts, order and pages (spec presence §5.4, protocol §9).
#include <gtest/gtest.h>

#include <algorithm>

#include "house.h"

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

void set_listed(House& house, const Guid& user, std::string_view availability, std::string_view activity) {
  const std::string body = std::string(R"({"sessionId":"s","expirationDuration":"PT1H","availability":")") +
                           std::string(availability) + R"(","activity":")" + std::string(activity) + "\"}";
  EXPECT_EQ(
      house.post("/v1.0/users/" + to_string(user) + "/presence/setPresence", house.writer(), body).status,
      200);
}

TEST(FilteredList, ByState) {
  House house;
  set_listed(house, kAna, "Busy", "InACall");
  set_listed(house, kBen, "Available", "Available");
  set_listed(house, kCleo, "Busy", "InAConferenceCall");
  const auto get = [&](const std::string& filter) {
    return ids(house.get(kList + "?$filter=" + filter, house.reader()));
  };
  EXPECT_EQ(get("availability+eq+'Busy'"), texts({kAna, kCleo}));
  EXPECT_EQ(get("availability+eq+'busy'+and+activity+eq+'inacall'"), texts({kAna}));
  EXPECT_EQ(get("activity+in+('InACall','Available')"), texts({kAna, kBen}));
  EXPECT_EQ(get("availability+eq+'Nonsense'"), texts({}));
  EXPECT_EQ(get("availability+eq+'Busy'+and+availability+eq+'Away'"), texts({}));
  EXPECT_EQ(get("activity+eq+'AvailableInactive'"), texts({}));
  house.advance(5min);
  EXPECT_EQ(get("activity+eq+'AvailableInactive'"), texts({kBen})) << "what is seen by now";
}

TEST(FilteredList, ByIdAndState) {
  House house;
  set_listed(house, kAna, "Busy", "InACall");
  const std::string nobody = "99999999-0000-4000-8000-000000000009";
  const std::string all = "id+in+('" + to_string(kCleo) + "','" + nobody + "','" + to_string(kAna) + "')";
  const auto get = [&](const std::string& query) { return ids(house.get(kList + query, house.reader())); };
  EXPECT_EQ(get("?$filter=" + all + "+and+availability+eq+'Busy'"), texts({kAna}));
  EXPECT_EQ(get("?$filter=availability+eq+'PresenceUnknown'+and+" + all), std::vector{nobody});
  EXPECT_EQ(get("?$filter=" + all + "&$orderby=id"), (std::vector{nobody, to_string(kAna), to_string(kCleo)}))
      << "in order, where one is asked for";
}

TEST(FilteredList, CallersTextsAreEscaped) {
  House house;
  const Answer answer = house.get(kList + "?$filter=id+eq+'%22%0A'", house.reader());
  EXPECT_EQ(answer.status, 400);
  EXPECT_EQ(answer.code(), "InvalidArgument");
  EXPECT_EQ(answer.message(), "The id '\"\n' is not a GUID.");
}

TEST(FilteredList, PagesGoOnUntilAllWereLookedAt) {
  House house;
  std::vector<std::string> busy;
  for (int i = 0; i < 40; ++i) {
    Guid id;
    id.bytes[0] = static_cast<std::uint8_t>(i * 6), id.bytes[15] = static_cast<std::uint8_t>(i + 1);
    house.add_user(id, "extra" + std::to_string(i) + "@contoso.example");
    if (i % 3 != 0) continue;
    set_listed(house, id, "Busy", "InACall");
    busy.push_back(to_string(id));
  }
  for (const std::string top : {"1", "3", "13", "14", "15", "999"}) {
    std::vector<std::string> seen;
    std::string target = kList + "?$select=id&$filter=availability%20eq%20'Busy'&$top=" + top;
    while (!target.empty()) {
      const Answer answer = house.get(target, house.reader());
      ASSERT_EQ(answer.status, 200) << answer.body;
      EXPECT_TRUE(answer.at("/@odata.context").ends_with("presences(id)")) << "the link keeps all options";
      std::ranges::copy(ids(answer), std::back_inserter(seen));
      target = next_of(answer);
    }
    EXPECT_EQ(seen, busy) << top;
  }
}

// 5,000 are looked at for one answer, and not one more: the link goes on from there.
TEST(FilteredList, WorkOfAPageIsBounded) {
  House house;
  std::vector<Guid> people;
  for (std::uint32_t i = 1; i <= 4997; ++i) {
    Guid id;
    id.bytes[14] = static_cast<std::uint8_t>(i >> 8), id.bytes[15] = static_cast<std::uint8_t>(i);
    people.push_back(id);
  }
  house.add_users(people);
  const std::string busy = kList + "?$filter=availability+eq+'Busy'";
  set_listed(house, kCleo, "Busy", "InACall");
  const Answer within = house.get(busy, house.reader());
  EXPECT_EQ(ids(within), texts({kCleo})) << "the five thousandth";
  EXPECT_EQ(next_of(within), "");
  EXPECT_EQ(house.get(busy + "&$count=true", house.reader()).at("/@odata.count"), "1");
  EXPECT_EQ(house.get(kList + "/$count?$filter=availability+eq+'Offline'", house.reader()).body, "4999");

  house.add_user(*parse_guid("10000000-0000-4000-8000-000000000000"), "one-more@contoso.example");
  const Answer first = house.get(busy, house.reader());
  EXPECT_EQ(ids(first), texts({})) << "short, and yet not the last";
  EXPECT_EQ(ids(house.get(next_of(first), house.reader())), texts({kCleo}));
  const Answer refused = house.get(busy + "&$count=true", house.reader());
  EXPECT_EQ(refused.status, 400);
  EXPECT_NE(refused.message().find("5000"), std::string::npos) << refused.message();
  EXPECT_EQ(house.get(kList + "/$count?$filter=availability+eq+'Busy'", house.reader()).status, 400);
  EXPECT_EQ(house.get(kList + "/$count", house.reader()).body, "5001") << "everybody is known by number";
}

TEST(Count, BesideTheList) {
  House house;
  const Answer page = house.get(kList + "?$count=true&$top=2", house.reader());
  EXPECT_EQ(page.at("/@odata.count"), "3") << "of all pages";
  EXPECT_EQ(ids(page).size(), 2u);
  EXPECT_EQ(house.get(next_of(page), house.reader()).at("/@odata.count"), "3");
  EXPECT_EQ(house.get(kList + "?$count=false", house.reader()).at("/@odata.count"), "(absent)");
  const std::string two = "id+in+('" + to_string(kAna) + "','" + to_string(kBen) + "')";
  EXPECT_EQ(house.get(kList + "?$count=true&$filter=" + two, house.reader()).at("/@odata.count"), "2");
  EXPECT_EQ(house.get(kList + "?$count=true", house.user(kAna, {"Presence.Read"})).at("/@odata.count"), "1");
}

TEST(Count, ByItself) {
  House house;
  set_listed(house, kAna, "Busy", "InACall");
  const Answer all = house.send("GET", kList + "/$count", house.reader(), {"Accept: text/plain"});
  EXPECT_EQ(all.status, 200);
  EXPECT_EQ(all.body, "3");
  EXPECT_EQ(all.header("content-type"), "text/plain");
  EXPECT_EQ(all.header("odata-version"), "4.0");
  EXPECT_EQ(house.get("/beta/communications/presences/%24count", house.reader()).body, "3");
  EXPECT_EQ(house.get(kList + "/$count?$filter=activity+eq+'InACall'", house.reader()).body, "1");
  EXPECT_EQ(house.get(kList + "/$count?$filter=id+eq+'" + to_string(kBen) + "'", house.reader()).body, "1");
  EXPECT_EQ(house.get(kList + "/$count?$top=1", house.reader()).status, 400);
}

TEST(Count, WhoMayOnlyReadOneselfCountsOneself) {
  House house;
  const std::string self = house.user(kAna, {"Presence.Read"});
  EXPECT_EQ(house.get(kList + "/$count", self).body, "1");
  EXPECT_EQ(house.get(kList + "/$count?$filter=activity+eq+'Busy'", self).body, "0");
  EXPECT_EQ(house.get(kList + "/$count?$filter=id+eq+'" + to_string(kBen) + "'", self).status, 403);
  EXPECT_EQ(house.get(kList + "/$count", house.user(kAna, {"Presence.ReadWrite"})).status, 403);
}

TEST(FilteredList, WhoMayOnlyReadOneselfFiltersOneself) {
  House house;
  const std::string self = house.user(kAna, {"Presence.Read"});
  EXPECT_EQ(ids(house.get(kList + "?$filter=availability+eq+'Offline'", self)), texts({kAna}));
  EXPECT_EQ(ids(house.get(kList + "?$filter=availability+eq+'Busy'", self)), texts({}));
  const std::string ben = "availability+eq+'Nonsense'+and+id+eq+'" + to_string(kBen) + "'";
  EXPECT_EQ(house.get(kList + "?$filter=" + ben, self).status, 403);
}

}  // namespace
}  // namespace porchlight::graph
