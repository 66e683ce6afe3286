// Tests of $filter and $search of users: the terms they parse to, the users that match, and errors with a position.
#include "graph/wire/people_filter.h"

#include <gtest/gtest.h>

#include "graph/wire/query.h"

namespace porchlight::graph {
namespace {

using Field = TextTerm::Field;
using Operator = TextTerm::Operator;

constexpr std::string_view kA = "11111111-1111-1111-1111-111111111111";
constexpr std::string_view kB = "22222222-2222-2222-2222-222222222222";

Guid guid(std::string_view text) { return *parse_guid(text); }

TEST(PeopleFilter, ParsesTermsAndIds) {
  struct Row {
    std::string filter;
    std::vector<Guid> ids;
    std::vector<TextTerm> texts;
  };
  const std::string a(kA), b(kB);
  const Row rows[] = {
      {"startswith(displayName,'an')", {}, {{Field::kName, Operator::kStartsWith, "an"}}},
      {" StartsWith ( DISPLAYNAME , 'an' ) ", {}, {{Field::kName, Operator::kStartsWith, "an"}}},
      {"startswith(mail,'a@')", {}, {{Field::kUpn, Operator::kStartsWith, "a@"}}},
      {"startswith(givenName,'a')", {}, {{Field::kUnset, Operator::kStartsWith, "a"}}},
      {"userPrincipalName eq 'a@b.c'", {}, {{Field::kUpn, Operator::kEquals, "a@b.c"}}},
      {"displayName eq 'O''Neil'", {}, {{Field::kName, Operator::kEquals, "O'Neil"}}},
      {"displayName eq ''", {}, {{Field::kName, Operator::kEquals, ""}}},
      {"displayName eq ''''", {}, {{Field::kName, Operator::kEquals, "'"}}},
      {"startswith(displayName,'a') or startswith(mail,'a') OR surname eq 'x'",
       {},
       {{Field::kName, Operator::kStartsWith, "a"},
        {Field::kUpn, Operator::kStartsWith, "a"},
        {Field::kUnset, Operator::kEquals, "x"}}},
      {"(startswith(displayName,'a') or (mail eq 'b'))",
       {},
       {{Field::kName, Operator::kStartsWith, "a"}, {Field::kUpn, Operator::kEquals, "b"}}},
      {"id eq '" + b + "' or id in ('" + a + "', '" + b + "')", {guid(kA), guid(kB)}, {}},
      {"id in('" + a + "') or mail eq 'x'", {guid(kA)}, {{Field::kUpn, Operator::kEquals, "x"}}},
  };
  for (const Row& row : rows) {
    const auto filter = parse_people_filter(row.filter);
    ASSERT_TRUE(filter) << row.filter << ": " << filter.error().message;
    EXPECT_EQ(filter->ids, row.ids) << row.filter;
    EXPECT_EQ(filter->texts, row.texts) << row.filter;
  }
}

TEST(PeopleFilter, RejectsOtherClauses) {
  for (const std::string filter : {"",
                                   "x",
                                   "startswith",
                                   "startswith(",
                                   "startswith(displayName",
                                   "startswith(displayName,",
                                   "startswith()",
                                   "startswith(displayName,an)",
                                   "startswith(displayName,'an",
                                   "startswith(displayName,'an'",
                                   "startswith(id,'a')",
                                   "startswith(nonsense,'a')",
                                   "endswith(mail,'a')",
                                   "displayName ne 'a'",
                                   "displayName eq",
                                   "displayName eq 7",
                                   "displayName eq 'a' and mail eq 'b'",
                                   "displayName eq 'a' or",
                                   "or displayName eq 'a'",
                                   "(displayName eq 'a'",
                                   "displayName eq 'a')",
                                   "()",
                                   "not mail eq 'a'",
                                   "displayName eq 'a' 'b'",
                                   "id",
                                   "id in ()",
                                   "id in ('11111111-1111-1111-1111-111111111111'",
                                   "accountEnabled eq true"}) {
    const auto result = parse_people_filter(filter);
    ASSERT_FALSE(result) << filter;
    EXPECT_EQ(result.error().status, 400) << filter;
    EXPECT_EQ(result.error().code, "BadRequest") << filter;
    EXPECT_EQ(result.error().target, "$filter");
    EXPECT_NE(result.error().message.find("at position "), std::string::npos) << filter;
  }
  const auto not_guid = parse_people_filter("id eq 'ana'");
  ASSERT_FALSE(not_guid);
  EXPECT_EQ(not_guid.error().code, "InvalidArgument");
}

TEST(PeopleFilter, LimitsTermsAndIds) {
  const auto texts = [](std::size_t count) {
    std::string filter = "mail eq '0'";
    for (std::size_t i = 1; i < count; ++i) filter += " or mail eq '" + std::to_string(i) + "'";
    return parse_people_filter(filter);
  };
  EXPECT_TRUE(texts(kFilterTextsMax));
  ASSERT_FALSE(texts(kFilterTextsMax + 1));
  EXPECT_NE(texts(kFilterTextsMax + 1).error().message.find("at most 15"), std::string::npos);
  const auto ids = [](std::size_t count) {
    std::string filter = "id in (";
    for (std::size_t i = 0; i < count; ++i) filter += (i ? ",'" : "'") + std::string(kA) + "'";
    return parse_people_filter(filter + ")");
  };
  EXPECT_TRUE(ids(kFilterIdsMax));
  EXPECT_FALSE(ids(kFilterIdsMax + 1));
}

TEST(PeopleFilter, MatchesInAnyLetterCase) {
  struct Row {
    std::string filter;
    bool matches;
  };
  const Row rows[] = {
      {"startswith(displayName,'ANA')", true},
      {"startswith(displayName,'Ana L')", true},
      {"startswith(displayName,'Lind')", false},
      {"startswith(displayName,'')", true},
      {"displayName eq 'ana lindqvist'", true},
      {"displayName eq 'ana'", false},
      {"startswith(mail,'ANA@')", true},
      {"mail eq 'ana@contoso.com'", true},
      {"startswith(userPrincipalName,'b')", false},
      {"startswith(surname,'')", false},
      {"startswith(surname,'x') or startswith(mail,'a')", true},
      {"id eq '" + std::string(kA) + "'", true},
      {"id eq '" + std::string(kB) + "'", false},
  };
  for (const Row& row : rows)
    EXPECT_EQ(parse_people_filter(row.filter)->matches(guid(kA), "ana@contoso.com", "Ana Lindqvist"),
              row.matches)
        << row.filter;
}

TEST(PeopleFilter, IsALookupIfEveryTermNamesAUser) {
  EXPECT_TRUE(parse_people_filter("mail eq 'a' or id eq '" + std::string(kA) + "'")->is_lookup());
  EXPECT_TRUE(parse_people_filter("surname eq 'a'")->is_lookup()) << "users have no surname";
  EXPECT_FALSE(parse_people_filter("mail eq 'a' or startswith(mail,'b')")->is_lookup());
  EXPECT_FALSE(parse_people_filter("displayName eq 'a'")->is_lookup());
}

TEST(PeopleSearch, MatchesBeginningsOfWords) {
  struct Row {
    std::string search;
    bool matches;
  };
  const Row rows[] = {
      {R"("displayName:ana")", true},
      {R"("displayName:LIND")", true},
      {R"("displayName:lind an")", true},
      {R"("displayName:qvist")", false},
      {R"("displayName:ana x")", false},
      {R"("mail:ana@")", true},
      {R"("mail:contoso")", false},
      {R"("displayName:x" OR "mail:an")", true},
      {R"("displayName:x" or "mail:x")", false},
      {R"("userPrincipalName:ana")", true},
      {R"("givenName:ana")", false},
      {R"( "displayName: ana " )", true},
      {R"("displayName:Chlo")", false},
  };
  for (const Row& row : rows) {
    const auto search = parse_people_search(row.search);
    ASSERT_TRUE(search) << row.search;
    EXPECT_EQ(search->matches(guid(kA), "ana@contoso.com", "Ana  Lindqvist"), row.matches) << row.search;
  }
}

TEST(PeopleSearch, RejectsOtherClauses) {
  for (const std::string search :
       {"", "ana", "displayName:ana", R"("ana")", R"("nonsense:ana")", R"("displayName:")",
        R"("displayName: ")", R"("displayName:a)", R"("displayName:a" "mail:a")",
        R"("displayName:a" AND "mail:a")", R"("displayName:a" OR)", R"("id:a")"}) {
    const auto result = parse_people_search(search);
    ASSERT_FALSE(result) << search;
    EXPECT_EQ(result.error().status, 400) << search;
    EXPECT_EQ(result.error().target, "$search") << search;
  }
}

}  // namespace
}  // namespace porchlight::graph
