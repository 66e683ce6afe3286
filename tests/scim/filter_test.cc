// Tables of filters: which resources they match, and which texts are refused.
#include "scim/filter.h"

#include <gtest/gtest.h>

#include <string>

#include "scim/test_server.h"

namespace porchlight::scim {
namespace {

const ValueMap& ana() {
  static const Value value = testing::json(R"({
    "id": "0c8e9a52-7d4c-4a34-9d8f-0e8ab31f3a01", "externalId": "Ext-1", "userName": "ana@contoso.com",
    "active": true, "title": "Head \"of\" sales", "nickName": "Ann",
    "name": {"givenName": "Ana", "familyName": "Lindqvist"},
    "emails": [{"type": "work", "value": "ana@contoso.com", "primary": true},
               {"type": "home", "value": "ana@example.org"}],
    "phoneNumbers": [{"type": "mobile", "value": "+49 30 1234"}, {"type": "work", "value": "+49 30 99"}],
    "addresses": [{"type": "work", "locality": "Berlin"}, {"type": "home", "locality": "Bonn"}],
    "groups": [{"value": "g1", "display": "Reception"}],
    "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User":
        {"department": "Sales", "manager": {"value": "m1"}},
    "meta": {"created": "2030-01-07T09:00:00.0000000Z"}})");
  return *value.map();
}

struct FilterRow {
  const char* filter;
  bool matches;
};

class Filters : public ::testing::TestWithParam<FilterRow> {};

TEST_P(Filters, Match) {
  const auto filter = parse_filter(GetParam().filter);
  ASSERT_TRUE(filter) << filter.error().detail;
  EXPECT_EQ(matches(*filter, ana()), GetParam().matches);
}

constexpr FilterRow kFilterRows[] = {
    {R"(userName eq "ana@contoso.com")", true},
    {R"(userName eq "ANA@Contoso.COM")", true},
    {R"(USERNAME EQ "ana@contoso.com")", true},
    {R"(userName eq "ben@contoso.com")", false},
    {R"(  userName   eq   "ana@contoso.com"  )", true},
    {R"(externalId eq "Ext-1")", true},
    {R"(externalId eq "ext-1")", false},
    {R"(externalId sw "Ext")", true},
    {R"(userName ne "ben@contoso.com")", true},
    {R"(userName ne "ana@contoso.com")", false},
    {R"(displayName ne "Ana")", true},
    {R"(userName co "@CONTOSO")", true},
    {R"(userName co "")", true},
    {R"(userName co "nobody")", false},
    {R"(userName sw "ana")", true},
    {R"(userName sw "na")", false},
    {R"(userName ew ".com")", true},
    {R"(userName ew ".org")", false},
    {R"(userName sw "ana@contoso.com.and.more")", false},
    {R"(userName gt "an")", true},
    {R"(userName ge "ana@contoso.com")", true},
    {R"(userName lt "b")", true},
    {R"(userName le "ana@contoso.com")", true},
    {R"(userName lt "ana@contoso.com")", false},
    {R"(meta.created gt "2030-01-01T00:00:00Z")", true},
    {R"(meta.created lt "2030-01-01T00:00:00Z")", false},
    {R"(title pr)", true},
    {R"(displayName pr)", false},
    {R"(name pr)", true},
    {R"(name.middleName pr)", false},
    {R"(title eq "Head \"of\" sales")", true},
    {R"(title eq "Head \u0022of\u0022 sales")", true},
    {R"(active eq true)", true},
    {R"(active eq false)", false},
    {R"(active ne false)", true},
    {R"(active eq "True")", true},
    {R"(active gt false)", false},
    {R"(active eq 1)", false},
    {R"(userName eq -1.5e3)", false},
    {R"(displayName eq null)", true},
    {R"(title eq null)", false},
    {R"(title ne null)", true},
    {R"(displayName ne null)", false},
    {R"(name.familyName eq "lindqvist")", true},
    {R"(name.familyName.value eq "lindqvist")", false},
    {R"(name eq "Ana")", false},
    {R"(emails co "example.org")", true},
    {R"(emails.value eq "ana@example.org")", true},
    {R"(emails.type eq "other")", false},
    {R"(emails[type eq "work"])", true},
    {R"(emails[type eq "work" and value ew "contoso.com"])", true},
    {R"(emails[type eq "home" and value ew "contoso.com"])", false},
    {R"(emails[type eq "other" or (primary eq true)])", true},
    {R"(emails[not (type pr)])", false},
    {R"(name[givenName eq "Ana"])", true},
    // A test behind a bracket: each operator, each kind of list, and inside other filters.
    {R"(emails[type eq "work"].value eq "ana@contoso.com")", true},
    {R"(emails[type eq "work"].value eq "ANA@CONTOSO.com")", true},
    {R"(emails[type eq "work"].value eq "ana@example.org")", false},
    {R"(emails[type eq "home"].value eq "ana@contoso.com")", false},
    {R"(emails[type eq "other"].value eq "ana@contoso.com")", false},
    {R"(EMAILS[TYPE EQ "Work"].VALUE EQ "ana@contoso.com")", true},
    {R"(emails[type eq "work"].value   eq   "ana@contoso.com")", true},
    {R"(emails[type eq "work"].value ne "ana@contoso.com")", false},
    {R"(emails[type eq "work"].value ne "ana@example.org")", true},
    {R"(emails[type eq "other"].value ne "ana@contoso.com")", true},
    {R"(emails[type pr].value ne "ana@example.org")", false},
    {R"(emails[type eq "work"].value co "@contoso")", true},
    {R"(emails[type eq "home"].value co "@contoso")", false},
    {R"(emails[type eq "work"].value sw "ana@")", true},
    {R"(emails[type eq "work"].value sw "ben@")", false},
    {R"(emails[type eq "home"].value ew ".org")", true},
    {R"(emails[type eq "work"].value ew ".org")", false},
    {R"(emails[type eq "work"].value gt "an")", true},
    {R"(emails[type eq "work"].value ge "ana@contoso.com")", true},
    {R"(emails[type eq "work"].value lt "ana@contoso.com")", false},
    {R"(emails[type eq "work"].value le "ana@contoso.com")", true},
    {R"(emails[type eq "work"].value pr)", true},
    {R"(emails[type eq "work"].display pr)", false},
    {R"(emails[type eq "other"].value pr)", false},
    {R"(emails[type eq "work"].value eq null)", false},
    {R"(emails[type eq "work"].value ne null)", true},
    {R"(emails[type eq "work"].display eq null)", true},
    {R"(emails[type eq "other"].value eq null)", true},
    {R"(emails[type eq "other"].value ne null)", false},
    {R"(emails[type eq "work"].value gt null)", false},
    {R"(emails[type eq "work"].primary eq true)", true},
    {R"(emails[type eq "work"].primary eq "True")", true},
    {R"(emails[type eq "home"].primary eq true)", false},
    {R"(emails[primary eq "True"].value eq "ana@contoso.com")", true},
    {R"(emails[primary eq true].type eq "work")", true},
    {R"(phoneNumbers[type eq "mobile"].value eq "+49 30 1234")", true},
    {R"(phoneNumbers[type eq "work"].value eq "+49 30 1234")", false},
    {R"(addresses[type eq "work"].locality eq "Berlin")", true},
    {R"(addresses[type eq "work"].locality ne "Bonn")", true},
    {R"(addresses[type eq "work"].country pr)", false},
    {R"(groups[display eq "Reception"].value eq "g1")", true},
    {R"(name[givenName eq "Ana"].familyName eq "Lindqvist")", true},
    {R"(name[givenName eq "Ben"].familyName eq "Lindqvist")", false},
    {R"(urn:ietf:params:scim:schemas:core:2.0:User:emails[type eq "work"].value eq "ana@contoso.com")", true},
    {R"(urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:manager[value pr].value eq "m1")", true},
    {R"(emails[type eq "work" or type eq "home"].value eq "ana@example.org")", true},
    {R"(emails[type eq "work" and primary eq true].value eq "ana@contoso.com")", true},
    {R"(emails[not (type eq "work")].value eq "ana@example.org")", true},
    {R"(emails[type eq "work"].value eq "ana@contoso.com" and active eq true)", true},
    {R"(active eq false or emails[type eq "work"].value eq "ana@contoso.com")", true},
    {R"(not (emails[type eq "work"].value eq "ana@contoso.com"))", false},
    {R"(not (emails[type eq "work"].value ne "ana@contoso.com"))", true},
    {R"((emails[type eq "work"].value eq "x" or (emails[type eq "home"].value sw "ana" and title pr)))",
     true},
    {R"(emails[type eq "work"].value eq "ana@contoso.com" and emails[type eq "home"].value eq "x")", false},
    // Without a name behind the bracket, `value` is tested.
    {R"(emails[type eq "work"] eq "ana@contoso.com")", true},
    {R"(emails[type eq "work"]eq "ana@contoso.com")", true},
    {R"(emails[type eq "work"] eq "ana@example.org")", false},
    {R"(emails[type eq "work"] ne "ana@contoso.com")", false},
    {R"(emails[type eq "home"] co "example")", true},
    {R"(emails[type eq "work"] pr)", true},
    {R"(emails[type eq "other"] pr)", false},
    {R"(emails[type eq "other"] eq null)", true},
    {R"(addresses[type eq "work"] eq "Berlin")", false},
    {R"(emails[type eq "work"] and active eq true)", true},
    {R"(emails[type eq "work"] eq "x" or emails[type eq "work"])", true},
    {R"((emails[type eq "work"]))", true},
    {R"(emails[type eq "work"].unknown eq "x")", false},
    {R"(userName[value eq "ana@contoso.com"])", false},
    {R"(urn:ietf:params:scim:schemas:core:2.0:User:userName eq "ana@contoso.com")", true},
    {R"(URN:ietf:params:scim:schemas:core:2.0:user:name.givenName eq "Ana")", true},
    {R"(urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:department eq "sales")", true},
    {R"(urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:manager.value eq "m1")", true},
    {R"(urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:manager eq "m1")", true},
    {R"(urn:elsewhere:2.0:User:department eq "sales")", false},
    {R"(nickName eq "Ann" and active eq true)", true},
    {R"(nickName eq "Ann" and active eq false)", false},
    {R"(nickName eq "x" or active eq true)", true},
    {R"(nickName eq "x" or active eq false)", false},
    {R"(nickName pr or nickName eq "x" and active eq false)", true},
    {R"((nickName pr or nickName eq "x") and active eq false)", false},
    {R"(not (nickName eq "x"))", true},
    {R"(not(nickName eq "Ann"))", false},
    {R"(NOT (nickName pr) OR title pr)", true},
    {R"(title pr and nickName pr and userName pr and id pr)", true},
    {R"(notes pr)", false},
    {R"(unknown eq "x")", false},
};
INSTANTIATE_TEST_SUITE_P(Table, Filters, ::testing::ValuesIn(kFilterRows));

class BadFilters : public ::testing::TestWithParam<const char*> {};

TEST_P(BadFilters, AreRefused) {
  const auto filter = parse_filter(GetParam());
  ASSERT_FALSE(filter);
  EXPECT_EQ(filter.error().status, 400);
  EXPECT_EQ(filter.error().type, "invalidFilter");
}

constexpr const char* kBadFilters[] = {
    "",
    " ",
    "userName",
    "userName eq",
    "eq",
    "userName eq ana",
    "userName eq 'ana'",
    R"(userName eq "ana)",
    R"(userName eq "ana\")",
    R"(userName eq "\x")",
    R"(userName eq "a" b)",
    R"(userName is "a")",
    R"(userName eq "a" and)",
    R"(userName eq "a" and and userName pr)",
    R"(userName eq "a" or)",
    R"(or userName pr)",
    R"((userName eq "a")",
    R"(userName eq "a"))",
    "()",
    "not userName pr",
    "not",
    "not ()",
    R"(emails[type eq "work")",
    R"(emails[type eq "work"].value)",
    R"(emails[type eq "work"]. eq "a")",
    R"(emails[type eq "work"].value eq)",
    R"(emails[type eq "work"].value eq a)",
    R"(emails[type eq "work"].value is "a")",
    R"(emails[type eq "work"].value.type eq "a")",
    R"(emails[type eq "work"].urn:x eq "a")",
    R"(emails[type eq "work"].value eq "a" "b")",
    R"(emails[type eq "work"].value eq "a"])",
    R"(emails[type eq "work"].value and active eq true)",
    R"(emails[type eq "work"] eq)",
    R"(emails[type eq "work"] is "a")",
    R"(emails[type eq "work"] "a")",
    R"(emails[type eq "work"][type eq "home"])",
    R"(emails[type eq "work"].value[type eq "home"])",
    R"(emails[addresses[type eq "work"].locality eq "a"])",
    R"(emails[])",
    R"(emails[type[value eq "a"]])",
    "emails[type eq \"work\"]]",
    ".userName pr",
    "userName. pr",
    "name..givenName pr",
    "1name pr",
    "a.b.c.d pr",
    "urn: pr",
    "urn:ietf:params:scim:schemas:core:2.0:User: pr",
    "urn:ietf:params:scim:schemas:core:2.0:User pr",
    "userName eq {}",
    "userName eq [1]",
    "userName eq tru",
    "userName eq 01",
    "userName\teq \"a\"",
    "userName eq \"a\nb\"",
    "userName pr;",
};
INSTANTIATE_TEST_SUITE_P(Table, BadFilters, ::testing::ValuesIn(kBadFilters));

TEST(FilterLimits, Length) {
  const std::string frame = R"(title eq "")";
  std::string text = frame;
  text.insert(text.size() - 1, kFilterBytesMax - frame.size(), 'x');
  EXPECT_TRUE(parse_filter(text));
  text.insert(text.size() - 1, "x");
  EXPECT_FALSE(parse_filter(text));
  EXPECT_FALSE(parse_path(text));
}

TEST(FilterLimits, Depth) {
  const auto nested = [](std::size_t depth) {
    return std::string(depth, '(') + "title pr" + std::string(depth, ')');
  };
  EXPECT_TRUE(parse_filter(nested(kFilterDepthMax)));
  EXPECT_FALSE(parse_filter(nested(kFilterDepthMax + 1)));
}

TEST(FilterHints, RequiredTextAndMentions) {
  const auto upn = [](const char* text) -> std::optional<std::string> {
    const Filter filter = parse_filter(text).value();
    return std::optional<std::string>(required_text(filter, "userName"));
  };
  EXPECT_EQ(upn(R"(userName eq "a")"), "a");
  EXPECT_EQ(upn(R"(active eq true and (title pr and username eq "a"))"), "a");
  EXPECT_EQ(upn(R"(userName eq "a" or title pr)"), std::nullopt);
  EXPECT_EQ(upn(R"(not (userName eq "a"))"), std::nullopt);
  EXPECT_EQ(upn(R"(userName ne "a")"), std::nullopt);
  EXPECT_EQ(upn(R"(userName.value eq "a")"), std::nullopt);
  EXPECT_EQ(upn(R"(emails[userName eq "a"])"), std::nullopt);
  EXPECT_EQ(upn(R"(emails[type eq "work"].userName eq "a")"), std::nullopt);
  EXPECT_EQ(upn(R"(emails[type eq "work"].value eq "b" and userName eq "a")"), "a");
  EXPECT_TRUE(mentions(parse_filter(R"(members[value pr].value ne "x")").value(), "members"));
  EXPECT_TRUE(mentions(parse_filter(R"(title pr or not (members[value eq "x"]))").value(), "members"));
  EXPECT_FALSE(mentions(parse_filter(R"(emails[members pr])").value(), "members"));
}

TEST(Paths, AreParsed) {
  const auto whole = parse_path(R"(emails[type eq "work"].value)").value();
  EXPECT_EQ(whole.steps, AttributePath{"emails"});
  EXPECT_TRUE(whole.where);
  EXPECT_EQ(whole.part, "value");
  EXPECT_EQ(parse_path("name.familyName")->steps, (AttributePath{"name", "familyName"}));
  EXPECT_EQ(parse_path("urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:manager.value")->steps,
            (AttributePath{std::string("urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"),
                           "manager", "value"}));
  for (const char* bad :
       {"", "emails[", "emails[type eq \"work\"", "emails[type eq \"work\"].", "emails[].value",
        "emails[type eq \"work\"].a.b", "emails[type eq \"work\"]value", "a b", "a.", "[x pr]"}) {
    const auto path = parse_path(bad);
    ASSERT_FALSE(path) << bad;
    EXPECT_EQ(path.error().type, "invalidPath");
  }
}

}  // namespace
}  // namespace porchlight::scim
