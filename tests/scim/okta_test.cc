// Requests of Okta, in the forms that it documents for SCIM 2.0, and their responses.
#include <gtest/gtest.h>

#include <fmt/format.h>

#include "scim/test_server.h"

namespace porchlight::scim::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

constexpr std::string_view kOktaUser = R"({
  "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"],
  "userName": "omar@contoso.com",
  "name": {"givenName": "Omar", "familyName": "Haddad"},
  "emails": [{"primary": true, "value": "omar@contoso.com", "type": "work"}],
  "displayName": "Omar Haddad", "locale": "en-US", "externalId": "00u7k2",
  "groups": [], "password": "never kept 1", "active": true
})";

class Okta : public ::testing::Test, public TestServer {};

TEST_F(Okta, SearchesBeforeItCreates) {
  const Answer before = get("/Users?filter=userName%20eq%20%22omar%40contoso.com%22&startIndex=1&count=100");
  EXPECT_EQ(before.status, 200);
  EXPECT_EQ(before.total(), 0U);
  EXPECT_THAT(before.body, HasSubstr(R"("startIndex":1,"itemsPerPage":0)"));
  const Answer made = post("/Users", kOktaUser);
  ASSERT_EQ(made.status, 201) << made.body;
  EXPECT_THAT(made.body, Not(HasSubstr("never kept")));
  EXPECT_EQ(made.text("locale"), "en-US");
  const Answer after = get("/Users?filter=userName%20eq%20%22omar%40contoso.com%22&startIndex=1&count=100");
  EXPECT_THAT(after.ids(), ElementsAre(made.text("id")));
  EXPECT_THAT(after.body, HasSubstr(R"("totalResults":1,"startIndex":1,"itemsPerPage":1)"));
}

TEST_F(Okta, PutsAWholeUserAndDeactivatesByPatch) {
  const Answer made = post("/Users", kOktaUser);
  const std::string id = made.text("id"), at = fmt::format("/Users/{}", id);
  const Answer put_back = put(at, fmt::format(R"({{"schemas":["urn:ietf:params:scim:schemas:core:2.0:User"],
      "id":"{}","userName":"omar@contoso.com","name":{{"givenName":"Omar","middleName":"","familyName":"Nasser"}},
      "emails":[{{"primary":true,"value":"omar@contoso.com","type":"work","display":"omar@contoso.com"}}],
      "active":true,"groups":[],"meta":{{"resourceType":"User"}}}})",
                                              id));
  ASSERT_EQ(put_back.status, 200) << put_back.body;
  EXPECT_EQ(put_back.text("name.familyName"), "Nasser");
  EXPECT_EQ(put_back.text("externalId"), "");  // a PUT removes what it does not contain
  EXPECT_EQ(user(id)->name, "Omar Nasser");
  EXPECT_EQ(put_back.text("meta.created"), made.text("meta.created"));
  EXPECT_NE(put_back.text("meta.lastModified"), made.text("meta.lastModified"));

  const Answer off = patch(at, R"([{"op":"replace","value":{"active":false}}])");
  ASSERT_EQ(off.status, 200) << off.body;
  EXPECT_FALSE(off.active());
  EXPECT_FALSE(user(id));
  EXPECT_FALSE(get(at).active());
  EXPECT_THAT(get("/Users?filter=userName%20eq%20%22omar%40contoso.com%22").ids(), ElementsAre(id));
  // A PUT without `active` does not activate the user.
  EXPECT_FALSE(put(at, R"({"userName":"omar@contoso.com"})").active());
  EXPECT_TRUE(patch(at, R"([{"op":"replace","value":{"active":true}}])").active());
  EXPECT_EQ(user(id)->upn, "omar@contoso.com");
}

// Each operation as Okta and its connectors send it, and the attribute afterwards.
TEST_F(Okta, PatchesAUser) {
  constexpr std::string_view kEnterprise = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";
  const PatchCase rows[] = {
      {R"({"op":"replace","value":{"active":false}})", "active", "false"},
      {R"({"op":"replace","path":"active","value":false})", "active", "false"},
      {R"({"op":"replace","value":{"active":"false"}})", "active", "false"},
      {R"({"op":"replace","value":{"password":"never kept 2"}})", "password", ""},
      {R"({"op":"replace","path":"password","value":"never kept 2"})", "password", ""},
      {R"({"op":"replace","path":"name.familyName","value":"Nasser"})", "name",
       R"({"givenName":"Omar","familyName":"Nasser"})"},
      {R"({"op":"replace","value":{"name":{"givenName":"Om","familyName":"Nasser"}}})", "name",
       R"({"givenName":"Om","familyName":"Nasser"})"},
      {R"({"op":"replace","value":{"name.givenName":"Om"}})", "name",
       R"({"givenName":"Om","familyName":"Haddad"})"},
      {R"({"op":"replace","value":{"userName":"o'haddad@contoso.com"}})", "userName",
       R"("o'haddad@contoso.com")"},
      {R"({"op":"replace","value":{"emails":[{"primary":true,"value":"o@contoso.com","type":"work"}]}})",
       "emails", R"([{"primary":true,"value":"o@contoso.com","type":"work"}])"},
      {R"({"op":"replace","path":"emails[primary eq true].value","value":"o@contoso.com"})", "emails",
       R"([{"primary":true,"value":"o@contoso.com","type":"work"}])"},
      {R"({"op":"add","path":"emails","value":[{"value":"o@example.org","type":"home"}]})", "emails",
       R"([{"primary":true,"value":"omar@contoso.com","type":"work"},{"value":"o@example.org","type":"home"}])"},
      {R"({"op":"remove","path":"emails[value eq \"omar@contoso.com\"]"})", "emails", ""},
      {R"({"op":"add","value":{"title":"Host","nickName":"Om"}})", "title", R"("Host")"},
      {R"({"op":"remove","path":"locale"})", "locale", ""},
      {R"({"op":"replace","value":{"urn:ietf:params:scim:schemas:extension:enterprise:2.0:User":{"department":"S"}}})",
       kEnterprise, R"({"department":"S"})"},
      {R"({"op":"replace","value":{"id":"x","meta":{},"groups":[],"displayName":"Omar N."}})", "displayName",
       R"("Omar N.")"},
  };
  expect_patches(kOktaUser, rows);
}

// Of the members of a group: {0} is a member, {1} is another user.
TEST_F(Okta, PatchesAGroup) {
  const GroupPatchCase rows[] = {
      {R"({"op":"add","path":"members","value":[{"value":"{1}","display":"b@contoso.com"}]})", "01"},
      {R"({"op":"add","value":{"members":[{"value":"{1}"}]}})", "01"},
      {R"({"op":"remove","path":"members[value eq \"{0}\"]"})", ""},
      {R"({"op":"remove","path":"members[value eq \"{0}\" or value eq \"{1}\"]"})", ""},
      {R"({"op":"remove","path":"members","value":[{"value":"{0}"}]})", ""},
      {R"({"op":"remove","path":"members"})", ""},
      {R"({"op":"replace","path":"members","value":[{"value":"{1}","display":"b@contoso.com"}]})", "1"},
      {R"({"op":"replace","path":"members","value":[]})", ""},
      {R"({"op":"replace","value":{"members":[{"value":"{0}"},{"value":"{1}"}]}})", "01"},
      {R"({"op":"replace","value":{"id":"x","displayName":"On call now"}})", "0"},
      {R"({"op":"replace","path":"displayName","value":"On call now"})", "0"},
      {R"({"op":"remove","path":"members[value eq \"{0}\"]"},{"op":"add","path":"members","value":[{"value":"{1}"}]})",
       "1"},
  };
  expect_group_patches(rows);
}

TEST_F(Okta, ImportsInPages) {
  std::vector<std::string> all;
  for (int i = 0; i < 5; ++i) all.push_back(add(fmt::format("p{}@contoso.com", i)));
  ASSERT_EQ(patch(fmt::format("/Users/{}", all[2]), R"([{"op":"replace","value":{"active":false}}])").status,
            200);
  std::vector<std::string> seen;
  for (std::size_t start = 1; start <= 5; start += 2) {
    const Answer page = get(fmt::format("/Users?startIndex={}&count=2", start));
    EXPECT_EQ(page.total(), 5U);
    const auto ids = page.ids();
    EXPECT_EQ(ids.size(), start < 5 ? 2U : 1U);
    seen.insert(seen.end(), ids.begin(), ids.end());
  }
  EXPECT_EQ(seen.back(), all[2]);  // deactivated users come last
  EXPECT_THAT(seen, ::testing::UnorderedElementsAreArray(all));
}

TEST_F(Okta, PushesGroups) {
  const std::string omar = post("/Users", kOktaUser).text("id"), ben = add("ben@contoso.com");
  const Answer made = post("/Groups", R"({"schemas":["urn:ietf:params:scim:schemas:core:2.0:Group"],
      "displayName":"On call","members":[]})");
  ASSERT_EQ(made.status, 201) << made.body;
  const std::string group = made.text("id"), at = fmt::format("/Groups/{}", group);
  EXPECT_EQ(patch(at, fmt::format(R"([{{"op":"replace","value":{{"id":"{}","displayName":"On call now"}}}}])",
                                  group))
                .status,
            204);
  EXPECT_EQ(get(at).text("displayName"), "On call now");
  EXPECT_EQ(patch(at, fmt::format(R"([{{"op":"add","path":"members","value":[
      {{"value":"{}","display":"omar@contoso.com"}},{{"value":"{}","display":"ben@contoso.com"}}]}}])",
                                  omar, ben))
                .status,
            204);
  EXPECT_EQ(directory_members(group).size(), 2U);
  EXPECT_EQ(patch(at, fmt::format(R"([{{"op":"remove","path":"members[value eq \"{}\"]"}}])", omar)).status,
            204);
  EXPECT_THAT(directory_members(group), ElementsAre(ben));
  // Removing a member twice is not an error.
  EXPECT_EQ(patch(at, fmt::format(R"([{{"op":"remove","path":"members[value eq \"{}\"]"}}])", omar)).status,
            204);
  EXPECT_EQ(
      patch(at, fmt::format(R"([{{"op":"replace","path":"members","value":[{{"value":"{}"}}]}}])", omar))
          .status,
      204);
  EXPECT_THAT(directory_members(group), ElementsAre(omar));
  EXPECT_EQ(put(at, fmt::format(R"({{"displayName":"On call","members":[{{"value":"{}"}}]}})", ben)).status,
            200);
  EXPECT_THAT(directory_members(group), ElementsAre(ben));
  EXPECT_EQ(remove(at).status, 204);
  EXPECT_EQ(get("/Groups").total(), 0U);
}

}  // namespace
}  // namespace porchlight::scim::testing
