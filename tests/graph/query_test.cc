// Query options: what a list takes, and that everything else is refused by name.
#include "graph/presence_query.h"

#include <gtest/gtest.h>

#include "graph/characters.h"

namespace porchlight::graph {
namespace {

constexpr std::string_view kA = "11111111-1111-1111-1111-111111111111";
constexpr std::string_view kB = "22222222-2222-2222-2222-222222222222";

Guid guid(std::string_view text) { return *parse_guid(text); }

std::string filter_of(std::size_t ids) {
  std::string filter = "id in (";
  for (std::size_t i = 0; i < ids; ++i) {
    Guid id;
    id.bytes[0] = static_cast<std::uint8_t>(i), id.bytes[1] = static_cast<std::uint8_t>(i >> 8);
    filter += (i ? ",'" : "'") + to_string(id) + "'";
  }
  return filter + ")";
}

TEST(Filter, GoodOnes) {
  const std::string a(kA), b(kB);
  const std::vector<Guid> one{guid(kA)}, two{guid(kA), guid(kB)};
  EXPECT_EQ(parse_id_filter("id eq '" + a + "'"), one);
  EXPECT_EQ(parse_id_filter("ID EQ '" + a + "'"), one);
  EXPECT_EQ(parse_id_filter("id in ('" + a + "')"), one);
  EXPECT_EQ(parse_id_filter("id in('" + a + "','" + b + "')"), two);
  EXPECT_EQ(parse_id_filter("  id  in ( '" + a + "' , '" + b + "' )  "), two);
  EXPECT_EQ(parse_id_filter("id in ('" + a + "','" + b + "','" + a + "')"), two)
      << "a repeated id counts once";
}

TEST(Filter, BadOnes) {
  const std::string a(kA);
  for (const std::string& filter :
       {std::string(), std::string("id"), std::string("id eq"), "id eq " + a, "id eq '" + a,
        "id eq '" + a + "' or 1", "id in '" + a + "'", std::string("id in ()"), "id in ('" + a + "'",
        "id in ('" + a + "',)", "id ne '" + a + "'", "ids eq '" + a + "'",
        std::string("availability eq 'Busy'"), "id in ('" + a + "') x", "not id eq '" + a + "'"}) {
    const auto result = parse_id_filter(filter);
    ASSERT_FALSE(result) << filter;
    EXPECT_EQ(result.error().status, 400);
    EXPECT_EQ(result.error().code, "BadRequest") << filter;
    EXPECT_NE(result.error().message.find("position"), std::string::npos) << filter;
  }
  const auto not_guid = parse_id_filter("id eq 'ana'");
  ASSERT_FALSE(not_guid);
  EXPECT_EQ(not_guid.error().code, "InvalidArgument");
  EXPECT_NE(not_guid.error().message.find("'ana'"), std::string::npos);
}

TEST(Filter, TakesUpTo650Ids) {
  EXPECT_EQ(parse_id_filter(filter_of(kFilterIdsMax))->size(), kFilterIdsMax);
  EXPECT_FALSE(parse_id_filter(filter_of(kFilterIdsMax + 1)));
}

TEST(Query, ListOptions) {
  const auto query = parse_presence_query("$top=5&%24skiptoken=abc&custom=1", PresenceRead::kList);
  ASSERT_TRUE(query);
  EXPECT_EQ(query->top, 5u);
  EXPECT_EQ(query->skip_token, "abc");
  EXPECT_EQ(parse_presence_query("top=7", PresenceRead::kList)->top, 7u);
  EXPECT_EQ(parse_presence_query("$TOP=999", PresenceRead::kList)->top, 999u);
  EXPECT_EQ(parse_presence_query(std::string("$filter=id+eq+'") + std::string(kA) + "'", PresenceRead::kList)
                ->filter_ids,
            std::vector{guid(kA)});
  EXPECT_TRUE(parse_presence_query("", PresenceRead::kNamed));
  EXPECT_TRUE(parse_presence_query("$format=json&x=y&&z", PresenceRead::kNamed));
}

TEST(Query, SelectNamesProperties) {
  const auto selected = [](std::string_view query) {
    const auto read = parse_presence_query(query, PresenceRead::kNamed);
    EXPECT_TRUE(read) << query;
    return read ? read->select : 0;
  };
  EXPECT_EQ(selected(""), kPropertiesAll);
  EXPECT_EQ(selected("$select=id"), kPropertyId);
  EXPECT_EQ(selected("select=ACTIVITY,%20availability"), kPropertyActivity | kPropertyAvailability);
  EXPECT_EQ(selected("$select=id,ID,id"), kPropertyId);
  EXPECT_EQ(selected("$select=id&$select=workLocation&x=1&SELECT=sequencenumber"),
            kPropertyId | kPropertyLocation | kPropertySequence);
  EXPECT_EQ(selected("$select=statusMessage,outOfOfficeSettings"),
            kPropertyStatusMessage | kPropertyOutOfOffice);
  EXPECT_EQ(selected("$select=*"), kPropertiesAll);
  EXPECT_EQ(selected("$select=id,*"), kPropertiesAll);
}

TEST(Query, SelectRefusesOtherNames) {
  struct Row {
    std::string_view query, name;
  };
  const Row rows[] = {
      {"$select=", "''"},
      {"$select", "''"},
      {"$select=id,", "''"},
      {"$select=,id", "''"},
      {"$select=id;activity", "'id;activity'"},
      {"$select=displayName", "'displayName'"},
      {"$select=statusMessage/message", "'statusMessage/message'"},
      {"$select=id&$select=colour", "'colour'"},
  };
  for (const Row& row : rows) {
    const auto read = parse_presence_query(row.query, PresenceRead::kNamed);
    ASSERT_FALSE(read) << row.query;
    EXPECT_EQ(read.error().status, 400) << row.query;
    EXPECT_EQ(read.error().code, "BadRequest") << row.query;
    EXPECT_EQ(read.error().target, "$select") << row.query;
    EXPECT_NE(read.error().message.find(row.name), std::string::npos) << read.error().message;
  }
  const std::string longest(kRepeatedMax, 'x');
  EXPECT_NE(
      parse_presence_query("$select=" + longest, PresenceRead::kNamed).error().message.find(longest + "'"),
      std::string::npos);
  EXPECT_NE(parse_presence_query("$select=" + longest + "y", PresenceRead::kNamed).error().message.find("…"),
            std::string::npos)
      << "no more than that is repeated";
}

TEST(Query, RefusedByName) {
  struct Row {
    std::string_view query;
    PresenceRead kind;
    std::string_view target, code;
    int status = 400;
  };
  const Row rows[] = {
      {"$top=0", PresenceRead::kList, "$top", "BadRequest"},
      {"$top=1000", PresenceRead::kList, "$top", "BadRequest"},
      {"$top=-1", PresenceRead::kList, "$top", "BadRequest"},
      {"$top=ten", PresenceRead::kList, "$top", "BadRequest"},
      {"$top=", PresenceRead::kList, "$top", "BadRequest"},
      {"$top=1&top=2", PresenceRead::kList, "$top", "BadRequest"},
      {"$skip=1", PresenceRead::kList, "$skip", "BadRequest"},
      {"$orderby=id", PresenceRead::kList, "$orderby", "BadRequest"},
      {"$expand=presence", PresenceRead::kList, "$expand", "ExpandNotSupported"},
      {"$nonsense=1", PresenceRead::kList, "$nonsense", "BadRequest"},
      {"$top=1", PresenceRead::kNamed, "$top", "BadRequest"},
      {"filter=x", PresenceRead::kNamed, "$filter", "BadRequest"},
      {"a=%ff", PresenceRead::kNamed, "query", "BadRequest"},
      {"a=%zz", PresenceRead::kNamed, "query", "BadRequest"},
      {"$format=xml", PresenceRead::kNamed, "", "NotAcceptable", 406},
  };
  for (const Row& row : rows) {
    const auto result = parse_presence_query(row.query, row.kind);
    ASSERT_FALSE(result) << row.query;
    EXPECT_EQ(result.error().status, row.status) << row.query;
    EXPECT_EQ(result.error().code, row.code) << row.query;
    EXPECT_EQ(result.error().target, row.target) << row.query;
  }
}

}  // namespace
}  // namespace porchlight::graph
