// Requests of Entra ID, in the forms that Microsoft documents for developers of SCIM endpoints, and their responses.
#include <gtest/gtest.h>

#include <fmt/format.h>

#include "scim/test_server.h"

namespace porchlight::scim::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

constexpr std::string_view kEntraUser = R"({
  "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User",
              "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"],
  "externalId": "7d2c3c1a-55b9-4d05-9d35-2cf4ad5b5a01",
  "userName": "lena@contoso.com",
  "active": true,
  "displayName": "Lena Brandt",
  "emails": [{"primary": true, "type": "work", "value": "lena@contoso.com"}],
  "meta": {"resourceType": "User"},
  "name": {"formatted": "Lena Brandt", "familyName": "Brandt", "givenName": "Lena"},
  "roles": []
})";

class Entra : public ::testing::Test, public TestServer {};

TEST_F(Entra, ConnectionTestFindsNoUser) {
  const Answer answer = get("/Users?filter=userName+eq+%22f2a1d3c0-nobody%22");
  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(answer.total(), 0U);
  EXPECT_THAT(answer.body, HasSubstr(R"("schemas":["urn:ietf:params:scim:api:messages:2.0:ListResponse"])"));
  EXPECT_THAT(answer.body, HasSubstr(R"("Resources":[])"));
  EXPECT_THAT(answer.lines, HasSubstr("Content-Type: application/scim+json\r\n"));
}

TEST_F(Entra, CreatesAUser) {
  const Answer made = post("/Users", kEntraUser);
  ASSERT_EQ(made.status, 201) << made.body;
  const std::string id = made.text("id");
  EXPECT_EQ(made.text("externalId"), "7d2c3c1a-55b9-4d05-9d35-2cf4ad5b5a01");
  EXPECT_EQ(made.text("name.familyName"), "Brandt");
  EXPECT_TRUE(made.active());
  EXPECT_EQ(made.text("meta.resourceType"), "User");
  EXPECT_EQ(made.text("meta.location"), fmt::format("https://porch.example/scim/v2/Users/{}", id));
  EXPECT_THAT(made.lines, HasSubstr(fmt::format("Location: https://porch.example/scim/v2/Users/{}\r\n", id)));
  const auto there = user(id);
  ASSERT_TRUE(there);
  EXPECT_EQ(there->upn, "lena@contoso.com");
  EXPECT_EQ(there->name, "Lena Brandt");
  EXPECT_EQ(get(fmt::format("/Users/{}", id)).body, made.body);
}

TEST_F(Entra, FindsAUserByUserNameOrExternalId) {
  const std::string id = post("/Users", kEntraUser).text("id");
  add("ben@contoso.com");
  EXPECT_THAT(get("/Users?filter=userName%20eq%20%22LENA@contoso.com%22").ids(), ElementsAre(id));
  EXPECT_THAT(get("/Users?filter=externalId+eq+%227d2c3c1a-55b9-4d05-9d35-2cf4ad5b5a01%22").ids(),
              ElementsAre(id));
  EXPECT_THAT(get("/Users?filter=emails%5Btype+eq+%22work%22%5D.value+eq+%22lena@contoso.com%22").ids(),
              ElementsAre(id));
  EXPECT_THAT(get("/Users?filter=emails%5Btype+eq+%22work%22%5D+eq+%22lena@contoso.com%22").ids(),
              ElementsAre(id));
  EXPECT_EQ(get("/Users?filter=emails%5Btype+eq+%22home%22%5D.value+eq+%22lena@contoso.com%22").total(), 0U);
  EXPECT_THAT(get("/Users?filter=emails%5Btype+eq+%22work%22+and+value+eq+%22lena@contoso.com%22%5D").ids(),
              ElementsAre(id));
}

TEST_F(Entra, FindsUserNamesWithSigns) {
  const std::pair<const char*, const char*> rows[] = {
      {"sean.o'brien@contoso.com", "sean.o'brien@contoso.com"},
      {"mary.o'neil@contoso.com", "MARY.O%27NEIL%40contoso.com"},
      {"lee_example.org#EXT#@contoso.onmicrosoft.com", "lee_example.org%23EXT%23@contoso.onmicrosoft.com"},
      {"kim_example.org#EXT#@contoso.onmicrosoft.com", "kim_example.org%23ext%23%40contoso.onmicrosoft.com"},
      {"a+b@contoso.com", "a%2Bb@contoso.com"},
      {"a'.-_!#^~z@contoso.com", "a'.-_!%23%5E~z@contoso.com"},
  };
  for (const auto& [name, spelling] : rows) {
    const std::string id = add(name);
    EXPECT_THAT(get(fmt::format("/Users?filter=userName+eq+%22{}%22", spelling)).ids(), ElementsAre(id))
        << name;
    EXPECT_THAT(get(fmt::format("/Users?filter=not+(userName+ne+%22{}%22)", spelling)).ids(), ElementsAre(id))
        << name;
    EXPECT_EQ(user(id)->upn, name);
  }
  for (const char* bad :
       {"a b@contoso.com", "a/b@contoso.com", "a?b@contoso.com", "a%b@contoso.com", "a<b@contoso.com"})
    EXPECT_EQ(post("/Users", fmt::format(R"({{"userName":"{}"}})", bad)).text("scimType"), "invalidValue")
        << bad;
}

TEST_F(Entra, ADuplicateUserNameIsAConflict) {
  ASSERT_EQ(post("/Users", kEntraUser).status, 201);
  const Answer again = post("/Users", kEntraUser);
  EXPECT_EQ(again.status, 409);
  EXPECT_EQ(again.text("scimType"), "uniqueness");
  EXPECT_EQ(again.text("status"), "409");
  EXPECT_THAT(again.body, HasSubstr(R"("schemas":["urn:ietf:params:scim:api:messages:2.0:Error"])"));
}

TEST_F(Entra, ReplacesPartsOfAList) {
  const std::string id = post("/Users", kEntraUser).text("id");
  const Answer changed = patch(fmt::format("/Users/{}", id), R"([
    {"op": "Replace", "path": "emails[type eq \"work\"].value", "value": "l.brandt@contoso.com"},
    {"op": "Replace", "path": "name.familyName", "value": "Brandt-Ito"},
    {"op": "Add", "path": "phoneNumbers[type eq \"mobile\"].value", "value": "+49 30 1234"},
    {"op": "Add", "path": "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:department", "value": "Sales"},
    {"op": "Add", "path": "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:manager",
     "value": [{"$ref": null, "value": "3b5a"}]}])");
  ASSERT_EQ(changed.status, 200) << changed.body;
  EXPECT_EQ(changed.text("name.familyName"), "Brandt-Ito");
  EXPECT_THAT(changed.body,
              HasSubstr(R"("emails":[{"primary":true,"type":"work","value":"l.brandt@contoso.com"}])"));
  EXPECT_THAT(changed.body, HasSubstr(R"("phoneNumbers":[{"type":"mobile","value":"+49 30 1234"}])"));
  EXPECT_THAT(changed.body, HasSubstr(R"("department":"Sales","manager":{"value":"3b5a"})"));
  EXPECT_THAT(changed.body, HasSubstr(R"("schemas":["urn:ietf:params:scim:schemas:core:2.0:User",)"
                                      R"("urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"])"));
}

// Each operation as Entra ID sends it, with and without the flag aadOptscim062020, and the attribute afterwards.
TEST_F(Entra, PatchesAUser) {
  constexpr std::string_view kEnterprise = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";
  const PatchCase rows[] = {
      {R"({"op":"Replace","path":"emails[type eq \"work\"].value","value":"l@contoso.com"})", "emails",
       R"([{"primary":true,"type":"work","value":"l@contoso.com"}])"},
      {R"({"op":"Add","path":"emails[type eq \"home\"].value","value":"l@example.org"})", "emails",
       R"([{"primary":true,"type":"work","value":"lena@contoso.com"},{"type":"home","value":"l@example.org"}])"},
      {R"({"op":"Replace","path":"emails[primary eq \"True\"].value","value":"l@contoso.com"})", "emails",
       R"([{"primary":true,"type":"work","value":"l@contoso.com"}])"},
      {R"({"op":"Remove","path":"emails[type eq \"work\"].value"})", "emails",
       R"([{"primary":true,"type":"work"}])"},
      {R"({"op":"Remove","path":"emails[type eq \"work\"].value","value":"lena@contoso.com"})", "emails",
       R"([{"primary":true,"type":"work"}])"},
      {R"({"op":"Remove","path":"emails[type eq \"work\"]"})", "emails", ""},
      {R"({"op":"Add","path":"phoneNumbers[type eq \"fax\"].value","value":"1"})", "phoneNumbers",
       R"([{"type":"fax","value":"1"}])"},
      {R"({"op":"Add","path":"addresses[type eq \"work\"].streetAddress","value":"Hauptstr. 1"},
          {"op":"Add","path":"addresses[type eq \"work\"].country","value":"DE"})",
       "addresses", R"([{"type":"work","streetAddress":"Hauptstr. 1","country":"DE"}])"},
      {R"({"op":"Add","path":"roles[primary eq \"True\"].value","value":"Admin"})", "roles", ""},
      {R"({"op":"Replace","path":"name.familyName","value":"Ito"})", "name",
       R"({"formatted":"Lena Brandt","familyName":"Ito","givenName":"Lena"})"},
      {R"({"op":"Remove","path":"name.formatted"})", "name", R"({"familyName":"Brandt","givenName":"Lena"})"},
      {R"({"op":"Add","path":"nickName","value":[{"value":"Leni"}]})", "nickName", R"("Leni")"},
      {R"({"op":"Add","path":"nickName","value":"Leni"})", "nickName", R"("Leni")"},
      {R"({"op":"Replace","path":"externalId","value":"7d2c"})", "externalId", R"("7d2c")"},
      {R"({"op":"Replace","path":"displayName","value":null})", "displayName", ""},
      {R"({"op":"Replace","path":"userName","value":"sean.o'brien@contoso.com"})", "userName",
       R"("sean.o'brien@contoso.com")"},
      {R"({"op":"Replace","path":"userName","value":"lee_example.org#EXT#@contoso.onmicrosoft.com"})",
       "userName", R"("lee_example.org#EXT#@contoso.onmicrosoft.com")"},
      {R"({"op":"Add","path":"urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:manager","value":"3b5a"})",
       kEnterprise, R"({"manager":{"value":"3b5a"}})"},
      {R"({"op":"Add","path":"urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:manager",
           "value":[{"$ref":null,"value":"3b5a"}]})",
       kEnterprise, R"({"manager":{"value":"3b5a"}})"},
      {R"({"op":"Add","path":"urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:department","value":"S"},
          {"op":"Remove","path":"urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:department"})",
       kEnterprise, ""},
      {R"({"op":"replace","value":{"displayName":"Lena","name.givenName":"Leni",
           "emails[type eq \"work\"].value":"l@contoso.com",
           "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:department":"Sales"}})",
       kEnterprise, R"({"department":"Sales"})"},
      {R"({"op":"replace","value":{"emails[type eq \"work\"].value":"l@contoso.com"}})", "emails",
       R"([{"primary":true,"type":"work","value":"l@contoso.com"}])"},
      {R"({"op":"Add","value":{"phoneNumbers[type eq \"mobile\"].value":"2","title":"Host"}})",
       "phoneNumbers", R"([{"type":"mobile","value":"2"}])"},
      {R"({"op":"Replace","path":"active","value":"False"})", "active", "false"},
  };
  expect_patches(kEntraUser, rows);
}

// Of the members of a group: {0} is a member, {1} is another user.
TEST_F(Entra, PatchesAGroup) {
  const GroupPatchCase rows[] = {
      {R"({"op":"Add","path":"members","value":[{"$ref":null,"value":"{1}"}]})", "01"},
      {R"({"op":"Add","path":"members","value":[{"value":"{1}"}]})", "01"},
      {R"({"op":"add","path":"members","value":[{"value":"{0}"},{"value":"{1}"}]})", "01"},
      {R"({"op":"Add","path":"members","value":"{1}"})", "01"},
      {R"({"op":"Remove","path":"members","value":[{"$ref":null,"value":"{0}"}]})", ""},
      {R"({"op":"Remove","path":"members","value":[{"value":"{1}"}]})", "0"},
      {R"({"op":"remove","path":"members[value eq \"{0}\"]"})", ""},
      {R"({"op":"remove","path":"members[value eq \"{1}\"]"})", "0"},
      {R"({"op":"Remove","path":"members"})", ""},
      {R"({"op":"Replace","path":"members","value":[{"value":"{1}"}]})", "1"},
      {R"({"op":"Add","path":"members","value":[{"value":"{1}"}]},{"op":"Remove","path":"members","value":[{"value":"{0}"}]})",
       "1"},
      {R"({"op":"Replace","path":"displayName","value":"Front desk"})", "0"},
      {R"({"op":"Replace","path":"externalId","value":"9a"})", "0"},
  };
  expect_group_patches(rows);
}

TEST_F(Entra, RenamesAUser) {
  const std::string id = post("/Users", kEntraUser).text("id");
  ASSERT_EQ(patch(fmt::format("/Users/{}", id),
                  R"([{"op":"Replace","path":"userName","value":"lena.ito@contoso.com"},
                      {"op":"Replace","path":"displayName","value":"Lena Ito"}])")
                .status,
            200);
  EXPECT_EQ(user(id)->upn, "lena.ito@contoso.com");
  EXPECT_EQ(user(id)->name, "Lena Ito");
  EXPECT_EQ(get("/Users?filter=userName+eq+%22lena@contoso.com%22").total(), 0U);
}

// The old format writes booleans as strings, and paths as member names of the value.
TEST_F(Entra, DisablesInBothFormats) {
  const std::string id = post("/Users", kEntraUser).text("id");
  const std::string at = fmt::format("/Users/{}", id);
  for (const char* off : {R"([{"op":"Replace","path":"active","value":"False"}])",
                          R"([{"op":"Replace","path":"active","value":false}])",
                          R"([{"op":"Replace","value":{"active":"False","name.givenName":"Leni"}}])",
                          R"([{"op":"replace","path":"active","value":[{"value":"false"}]}])"}) {
    const Answer answer = patch(at, off);
    ASSERT_EQ(answer.status, 200) << answer.body;
    EXPECT_FALSE(answer.active()) << off;
    EXPECT_FALSE(user(id)) << off;
    EXPECT_TRUE(patch(at, R"([{"op":"Add","path":"active","value":"True"}])").active());
    EXPECT_TRUE(user(id));
  }
  EXPECT_EQ(get(at).text("name.givenName"), "Leni");
}

TEST_F(Entra, ManagesGroups) {
  const std::string lena = post("/Users", kEntraUser).text("id"), ben = add("ben@contoso.com");
  const Answer made = post("/Groups", R"({
    "schemas": ["urn:ietf:params:scim:schemas:core:2.0:Group",
                "http://schemas.microsoft.com/2006/11/ResourceManagement/ADSCIM/2.0/Group"],
    "externalId": "8aa1a0c0-c4c3-4bc0-b4a5-2ef676900159", "displayName": "Reception",
    "meta": {"resourceType": "Group"}})");
  ASSERT_EQ(made.status, 201) << made.body;
  const std::string group = made.text("id"), at = fmt::format("/Groups/{}", group);
  EXPECT_EQ(made.text("externalId"), "8aa1a0c0-c4c3-4bc0-b4a5-2ef676900159");
  const Answer one = get("/Groups?excludedAttributes=members&filter=displayName+eq+%22reception%22");
  EXPECT_THAT(one.ids(), ElementsAre(group));

  const Answer added = patch(at, fmt::format(R"([{{"op":"Add","path":"members","value":[
      {{"$ref":null,"value":"{}"}},{{"$ref":null,"value":"{}"}}]}}])",
                                             lena, ben));
  EXPECT_EQ(added.status, 204);
  EXPECT_EQ(added.body, "");
  EXPECT_THAT(get(at).members(), ::testing::UnorderedElementsAre(lena, ben));
  EXPECT_THAT(get(fmt::format("{}?excludedAttributes=members", at)).body,
              ::testing::Not(HasSubstr("members")));
  EXPECT_THAT(get(fmt::format("/Groups?filter=id+eq+%22{}%22+and+members+eq+%22{}%22", group, ben)).ids(),
              ElementsAre(group));

  EXPECT_EQ(
      patch(at, fmt::format(R"([{{"op":"Remove","path":"members","value":[{{"$ref":null,"value":"{}"}}]}}])",
                            lena))
          .status,
      204);
  EXPECT_THAT(directory_members(group), ElementsAre(ben));
  EXPECT_EQ(get(fmt::format("/Groups?filter=id+eq+%22{}%22+and+members+eq+%22{}%22", group, lena)).total(),
            0U);
  EXPECT_EQ(patch(at, R"([{"op":"Replace","path":"displayName","value":"Front desk"}])").status, 204);
  EXPECT_EQ(get(at).text("displayName"), "Front desk");
  EXPECT_EQ(get(at).text("externalId"), "8aa1a0c0-c4c3-4bc0-b4a5-2ef676900159");
  EXPECT_EQ(remove(at).status, 204);
  EXPECT_EQ(get(at).status, 404);
}

TEST_F(Entra, DeletesAUser) {
  const std::string id = post("/Users", kEntraUser).text("id");
  const std::string group = add_group("Reception", {id});
  EXPECT_EQ(remove(fmt::format("/Users/{}", id)).status, 204);
  EXPECT_FALSE(user(id));
  EXPECT_THAT(forgotten, ElementsAre(parse_guid(id).value()));
  EXPECT_THAT(directory_members(group), ElementsAre());
  EXPECT_EQ(get(fmt::format("/Users/{}", id)).status, 404);
  EXPECT_EQ(remove(fmt::format("/Users/{}", id)).status, 404);
  EXPECT_EQ(post("/Users", kEntraUser).status, 201);
}

}  // namespace
}  // namespace porchlight::scim::testing
