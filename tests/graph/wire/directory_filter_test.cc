// Tests of $filter and $search of users and groups: what matches, which users a filter names, which operators need an
// advanced query, and errors with a position.
#include "graph/wire/directory_filter.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "graph/wire/query.h"

namespace porchlight::graph {
namespace {

const std::string kIdA = "11111111-1111-1111-1111-111111111111";
const std::string kIdB = "22222222-2222-2222-2222-222222222222";

Guid guid(std::string_view text) { return *parse_guid(text); }

const Entity kAnaLindqvist = {guid(kIdA), "Ana Lindqvist", "ana@contoso.com"};
const Entity kGuest = {guid(kIdB), "Guy O'Neil", "guy_fabrikam.com#EXT#@contoso.com"};

// Whether a filter matches, and both of the entities.
struct FilterMatch {
  std::string filter;
  bool ana, guest;
};

void expect_matches(const FilterMatch& row, const Result<DirectoryFilter>& filter) {
  ASSERT_TRUE(filter) << row.filter << ": " << filter.error().message.text();
  EXPECT_EQ(filter->matches(kAnaLindqvist), row.ana) << row.filter;
  EXPECT_EQ(filter->matches(kGuest), row.guest) << row.filter;
}

TEST(DirectoryFilter, MatchesUsers) {
  const FilterMatch rows[] = {
      // One term.
      {"startswith(displayName,'ANA')", true, false},
      {" StartsWith ( DISPLAYNAME , 'an' ) ", true, false},
      {"startswith(displayName,'Lind')", false, false},
      {"startswith(displayName,'')", true, true},
      {"startswith(surname,'')", false, false},
      {"displayName eq 'ana lindqvist'", true, false},
      {"displayName eq 'ana'", false, false},
      {"displayName eq 'Guy O''Neil'", false, true},
      {"displayName eq ''", false, false},
      {"displayName eq ''''", false, false},
      {"mail eq 'ana@contoso.com'", true, false},
      {"userPrincipalName eq 'guy_fabrikam.com#EXT#@contoso.com'", false, true},
      {"displayName ge 'b'", false, true},
      {"displayName le 'b'", true, false},
      {"displayName ge 'ANA LINDQVIST'", true, true},
      {"displayName le 'ana lindqvist'", true, false},
      {"displayName in ('x','guy o''neil')", false, true},
      {"mail in ('ana@contoso.com')", true, false},
      {"endswith(mail,'CONTOSO.com')", true, true},
      {"endsWith(userPrincipalName,'#EXT#@contoso.com')", false, true},
      {"endswith(mail,'a-text-that-is-longer-than-the-address@contoso.com')", false, false},
      {"id eq '" + kIdA + "'", true, false},
      {"id ne '" + kIdA + "'", false, true},
      {"id in('" + kIdA + "', '" + kIdB + "')", true, true},
      // Properties with a constant value.
      {"accountEnabled eq true", true, true},
      {"accountEnabled eq false", false, false},
      {"accountEnabled ne true", false, false},
      {"ACCOUNTENABLED EQ TRUE", true, true},
      {"userType eq 'Member'", true, false},
      {"userType eq 'guest'", false, true},
      {"userType ne 'Guest'", true, false},
      {"userType in ('Member','Guest')", true, true},
      {"jobTitle eq null", true, true},
      {"jobTitle ne null", false, false},
      {"jobTitle eq 'Retail Manager'", false, false},
      {"jobTitle ne 'Retail Manager'", true, true},
      {"displayName eq null", false, false},
      {"displayName ne null", true, true},
      {"businessPhones/any(p:p eq '+1')", false, false},
      {"businessPhones/any(p1:startsWith(p1,'+1'))", false, false},
      // Terms that are joined: "not" before "and" before "or".
      {"userType eq 'Guest' and accountEnabled eq true", false, true},
      {"displayName eq 'x' and displayName eq 'y' or mail eq 'ana@contoso.com'", true, false},
      {"mail eq 'ana@contoso.com' or displayName eq 'x' and displayName eq 'y'", true, false},
      {"(mail eq 'ana@contoso.com' or userType eq 'Guest') and startswith(displayName,'G')", false, true},
      {"not startswith(displayName,'A')", false, true},
      {"NOT(userType eq 'Guest') and accountEnabled eq true", true, false},
      {"not not userType eq 'Guest'", false, true},
      {"not (id in ('" + kIdA + "')) and not (id eq '" + kIdB + "')", false, false},
      {"id eq '" + kIdA + "' or id eq '" + kIdB + "'", true, true},
      {"mail eq 'x' or id eq '" + kIdA + "' or displayName eq 'x' or id eq '" + kIdB + "'", true, true},
      {"id eq '" + kIdA + "' or startswith(mail,'guy') and id eq '" + kIdA + "'", true, false},
      {"id in ('" + kIdA + "','" + kIdB + "') and id eq '" + kIdA + "'", true, false},
      {"((((displayName eq 'Ana Lindqvist'))))", true, false},
      {"startswith(displayName,'a') or startswith(mail,'a') OR surname eq 'x'", true, false},
  };
  for (const FilterMatch& row : rows) expect_matches(row, parse_directory_filter(kUserType, row.filter));
}

TEST(DirectoryFilter, MatchesGroups) {
  const std::pair<std::string, bool> rows[] = {
      {"displayName eq 'Front desk'", true},
      {"startswith(displayName,'front')", true},
      {"startswith(displayName,'desk')", false},
      {"endswith(displayName,'desk')", true},
      {"securityEnabled eq true", true},
      {"mailEnabled eq true", false},
      {"mailEnabled eq false and securityEnabled eq true", true},
      {"groupTypes/any(c:c eq 'Unified')", false},
      {"groupTypes/any(c:c+eq+'Unified')", false},
      {"NOT groupTypes/any(c:c eq 'Unified')", true},
      {"NOT (groupTypes/any(c:c eq 'DynamicMembership')) and securityEnabled eq true", true},
      {"description eq null", true},
      {"mailNickname eq 'desk'", false},
      {"id eq '" + kIdA + "'", true},
      {"id in ('" + kIdB + "')", false},
      {"visibility eq 'Private' or displayName ge 'A'", true},
  };
  for (const auto& [text, matches] : rows) {
    std::string filter = text;
    std::ranges::replace(filter, '+', ' ');
    const auto parsed = parse_directory_filter(kGroupType, filter);
    ASSERT_TRUE(parsed) << filter << parsed.error().message.text();
    EXPECT_EQ(parsed->matches({guid(kIdA), "Front desk"}), matches) << filter;
  }
}

TEST(DirectoryFilter, RejectsWhatIsNotOne) {
  for (const std::string filter : {"",
                                   "startswith",
                                   "startswith(",
                                   "startswith(displayName",
                                   "startswith(displayName,",
                                   "startswith()",
                                   "startswith(displayName,an)",
                                   "startswith(displayName,'an",
                                   "startswith(displayName,'an'",
                                   "displayName gt 'a'",
                                   "displayName eq",
                                   "displayName eq 7",
                                   "displayName eq 'a' and",
                                   "displayName eq 'a' or",
                                   "displayName eq 'a' xor mail eq 'b'",
                                   "displayName ge null",
                                   "(displayName eq 'a'",
                                   "displayName eq 'a')",
                                   "()",
                                   "not",
                                   "not()",
                                   "displayName eq 'a' 'b'",
                                   "displayName in ()",
                                   "displayName in ('a'",
                                   "displayName in ('a',)",
                                   "id",
                                   "id in ()",
                                   "id in ('11111111-1111-1111-1111-111111111111'",
                                   "businessPhones/any()",
                                   "businessPhones/any(p:q eq '1')",
                                   "businessPhones/any(p:p eq '1'",
                                   "businessPhones/all(p:p eq '1')"}) {
    const auto result = parse_directory_filter(kUserType, filter);
    ASSERT_FALSE(result) << filter;
    EXPECT_EQ(result.error().status, 400) << filter;
    EXPECT_EQ(result.error().code, "BadRequest") << filter;
    EXPECT_EQ(result.error().target, "$filter");
    EXPECT_NE(result.error().message.text().find("at position "), std::string::npos)
        << filter << result.error().message.text();
  }
}

TEST(DirectoryFilter, RejectsPropertiesThatDoNotFit) {
  struct Error {
    std::string filter, code, message;
  };
  const std::string unsupported = "Unsupported or invalid query filter clause specified for property '";
  const Error rows[] = {
      {"x", "BadRequest",
       "Invalid filter clause: Could not find a property named 'x' on type 'microsoft.graph.user'."},
      {"shoeSize eq 44", "BadRequest",
       "Invalid filter clause: Could not find a property named 'shoeSize' on type 'microsoft.graph.user'."},
      {"startswith(nonsense,'a')", "BadRequest",
       "Invalid filter clause: Could not find a property named 'nonsense' on type 'microsoft.graph.user'."},
      {"or displayName eq 'a'", "BadRequest",
       "Invalid filter clause: Could not find a property named 'or' on type 'microsoft.graph.user'."},
      {"securityEnabled eq true", "BadRequest",
       "Invalid filter clause: Could not find a property named 'securityEnabled' on type "
       "'microsoft.graph.user'."},
      {"startswith(id,'a')", "Request_UnsupportedQuery", unsupported + "id' of resource 'User'."},
      {"accountEnabled eq 'true'", "Request_UnsupportedQuery",
       unsupported + "accountEnabled' of resource 'User'."},
      {"displayName eq true", "Request_UnsupportedQuery", unsupported + "displayName' of resource 'User'."},
      {"startswith(accountEnabled,'t')", "Request_UnsupportedQuery",
       unsupported + "accountEnabled' of resource 'User'."},
      {"businessPhones eq '1'", "Request_UnsupportedQuery",
       unsupported + "businessPhones' of resource 'User'."},
      {"displayName/any(c:c eq 'x')", "Request_UnsupportedQuery",
       unsupported + "displayName' of resource 'User'."},
      {"id eq 'ana'", "Request_BadRequest", "Invalid object identifier 'ana'."},
      {"id in ('" + kIdA + "','')", "Request_BadRequest", "Invalid object identifier ''."},
  };
  for (const Error& row : rows) {
    const auto result = parse_directory_filter(kUserType, row.filter);
    ASSERT_FALSE(result) << row.filter;
    EXPECT_EQ(result.error().status, 400) << row.filter;
    EXPECT_EQ(result.error().code, row.code) << row.filter;
    EXPECT_EQ(result.error().message.text(), row.message) << row.filter;
  }
}

TEST(DirectoryFilter, LimitsTermsIdsAndDepth) {
  const auto terms = [](std::size_t count, std::string_view term) {
    std::string filter(term);
    for (std::size_t i = 1; i < count; ++i) filter += " or " + std::string(term);
    return parse_directory_filter(kUserType, filter);
  };
  for (const std::string_view term : {"mail eq '0'", "accountEnabled eq true", "jobTitle eq null"}) {
    EXPECT_TRUE(terms(kFilterTermsMax, term)) << term;
    ASSERT_FALSE(terms(kFilterTermsMax + 1, term)) << term;
    EXPECT_EQ(terms(kFilterTermsMax + 1, term).error().message.text(),
              "Too many clauses in $filter: at most 15 are accepted.");
  }
  const std::string id = "id eq '" + kIdA + "'";
  EXPECT_TRUE(terms(kFilterIdsMax, id));
  EXPECT_EQ(terms(kFilterIdsMax, id)->steps().size(), 1u) << "one term of all ids";
  EXPECT_FALSE(terms(kFilterIdsMax + 1, id));
  const auto ids = [](std::size_t count) {
    std::string filter = "id in (";
    for (std::size_t i = 0; i < count; ++i) filter += (i ? ",'" : "'") + kIdA + "'";
    return parse_directory_filter(kUserType, filter + ")");
  };
  EXPECT_TRUE(ids(kFilterIdsMax));
  EXPECT_FALSE(ids(kFilterIdsMax + 1));
  const auto nested = [](std::size_t depth, std::string_view open, std::string_view close) {
    std::string filter, end;
    for (std::size_t i = 0; i < depth; ++i) {
      filter += "mail eq 'x' or " + std::string(open);
      end += close;
      if (i >= kFilterTermsMax - 1) filter = std::string(open) + filter.substr(0, filter.rfind("mail"));
    }
    return parse_directory_filter(kUserType, filter + "mail eq 'ana@contoso.com'" + end);
  };
  const auto nested_only = [](std::size_t depth, const std::string& open, const std::string& close) {
    std::string filter = "mail eq 'ana@contoso.com'";
    for (std::size_t i = 0; i < depth; ++i) filter = open + filter + close;
    return parse_directory_filter(kUserType, filter);
  };
  EXPECT_TRUE(nested(10, "(", ")")->matches(kAnaLindqvist));
  for (const auto& [open, close] : {std::pair("(", ")"), std::pair("not ", "")}) {
    ASSERT_TRUE(nested_only(kFilterDepthMax, open, close));
    EXPECT_TRUE(nested_only(kFilterDepthMax, open, close)->matches(kAnaLindqvist));
    ASSERT_FALSE(nested_only(kFilterDepthMax + 1, open, close));
    EXPECT_EQ(nested_only(kFilterDepthMax + 1, open, close).error().message.text(),
              "$filter is nested too deeply: at most 16 levels are accepted.");
  }
}

TEST(DirectoryFilter, NamesUsersWhereLookUpsSuffice) {
  struct Names {
    std::string filter;
    bool is_lookup;
    std::size_t ids, upns;
  };
  const Names rows[] = {
      {"mail eq 'a'", true, 0, 1},
      {"userPrincipalName in ('a','b')", true, 0, 2},
      {"mail eq 'a' or id eq '" + kIdA + "'", true, 1, 1},
      {"id in ('" + kIdA + "','" + kIdB + "')", true, 2, 0},
      {"surname eq 'a'", true, 0, 0},
      {"accountEnabled eq false", true, 0, 0},
      {"accountEnabled eq true", false, 0, 0},
      {"accountEnabled eq true and mail eq 'a'", true, 0, 1},
      {"startswith(displayName,'a') and id eq '" + kIdA + "'", true, 1, 0},
      {"mail eq 'a' or startswith(mail,'b')", false, 0, 0},
      {"displayName eq 'a'", false, 0, 0},
      {"not (mail eq 'a')", false, 0, 0},
      {"mail ne 'a'", false, 0, 0},
      {"endswith(mail,'a')", false, 0, 0},
  };
  for (const Names& row : rows) {
    const auto names = parse_directory_filter(kUserType, row.filter)->named_users();
    ASSERT_EQ(names.has_value(), row.is_lookup) << row.filter;
    if (!names) continue;
    EXPECT_EQ(names->ids.size(), row.ids) << row.filter;
    EXPECT_EQ(names->upns.size(), row.upns) << row.filter;
  }
}

TEST(DirectoryFilter, ReportsAdvancedOperators) {
  const std::pair<std::string, AdvancedOperator> rows[] = {
      {"displayName eq 'a'", AdvancedOperator::kNone},
      {"startswith(displayName,'a') or mail in ('a')", AdvancedOperator::kNone},
      {"displayName ge 'a' and accountEnabled eq false", AdvancedOperator::kNone},
      {"endswith(mail,'a')", AdvancedOperator::kEndsWith},
      {"mail ne 'a'", AdvancedOperator::kNotEquals},
      {"id ne '" + kIdA + "'", AdvancedOperator::kNotEquals},
      {"companyName ne null", AdvancedOperator::kNotEquals},
      {"not startswith(mail,'a')", AdvancedOperator::kNot},
      {"not (endswith(mail,'a'))", AdvancedOperator::kEndsWith},
      {"companyName ne null and NOT(companyName eq 'Microsoft')", AdvancedOperator::kNotEquals},
  };
  for (const auto& [filter, advanced] : rows)
    EXPECT_EQ(parse_directory_filter(kUserType, filter)->advanced_operator(), advanced) << filter;
}

TEST(DirectorySearch, MatchesBeginningsOfWords) {
  const FilterMatch rows[] = {
      {R"("displayName:ana")", true, false},
      {R"("displayName:LIND")", true, false},
      {R"("displayName:lind an")", true, false},
      {R"("displayName:qvist")", false, false},
      {R"("displayName:ana x")", false, false},
      {R"("mail:ana@")", true, false},
      {R"("mail:contoso")", false, false},
      {R"("displayName:x" OR "mail:an")", true, false},
      {R"("displayName:x" or "mail:x")", false, false},
      {R"("displayName:ana" AND "mail:ana")", true, false},
      {R"("displayName:ana" AND "mail:guy")", false, false},
      {R"("displayName:ana" AND "mail:guy" OR "displayName:o'n")", false, true},
      {R"(("displayName:ana" OR "displayName:guy") AND "mail:guy")", false, true},
      {R"("userPrincipalName:ana")", true, false},
      {R"("userType:gue")", false, true},
      {R"("givenName:ana")", false, false},
      {R"( "displayName: ana " )", true, false},
      {R"("displayName:Chlo")", false, false},
  };
  for (const FilterMatch& row : rows) expect_matches(row, parse_directory_search(kUserType, row.filter));
  const auto group = parse_directory_search(kGroupType, R"("displayName:desk" OR "description:x")");
  EXPECT_TRUE(group->matches({guid(kIdA), "Front desk"}));
  EXPECT_FALSE(group->matches({guid(kIdA), "Board"}));
}

TEST(DirectorySearch, RejectsOtherClauses) {
  for (const std::string search :
       {"", "ana", "displayName:ana", R"("ana")", R"("nonsense:ana")", R"("displayName:")",
        R"("displayName: ")", R"("displayName:a)", R"("displayName:a" "mail:a")", R"(NOT "displayName:a")",
        R"("displayName:a" OR)", R"("displayName:a" AND)", R"("id:a")", R"("accountEnabled:true")",
        R"(("displayName:a")"}) {
    const auto result = parse_directory_search(kUserType, search);
    ASSERT_FALSE(result) << search;
    EXPECT_EQ(result.error().status, 400) << search;
    EXPECT_EQ(result.error().target, "$search") << search;
  }
}

}  // namespace
}  // namespace porchlight::graph
