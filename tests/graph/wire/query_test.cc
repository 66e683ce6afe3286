// Tests of the query options and filters of presence reads: values, and errors that name the option.
#include "graph/wire/presence_query.h"

#include <gtest/gtest.h>

#include "graph/wire/characters.h"

namespace porchlight::graph {
namespace {

constexpr std::string_view kFirstId = "11111111-1111-1111-1111-111111111111";
constexpr std::string_view kSecondId = "22222222-2222-2222-2222-222222222222";

Guid guid_of(std::string_view text) { return *parse_guid(text); }

std::string filter_with_ids(std::size_t ids) {
  std::string filter = "id in (";
  for (std::size_t i = 0; i < ids; ++i) {
    Guid id;
    id.bytes[0] = static_cast<std::uint8_t>(i), id.bytes[1] = static_cast<std::uint8_t>(i >> 8);
    filter += (i ? ",'" : "'") + to_string(id) + "'";
  }
  return filter + ")";
}

TEST(PresenceFilter, SelectsIds) {
  const std::string a(kFirstId), b(kSecondId);
  const std::vector<Guid> none, one{guid_of(kFirstId)}, two{guid_of(kFirstId), guid_of(kSecondId)};
  struct Row {
    std::string filter;
    std::vector<Guid> ids;
  };
  const Row rows[] = {
      {"id eq '" + a + "'", one},
      {"ID EQ '" + a + "'", one},
      {"id eq'" + a + "'", one},
      {"id in ('" + a + "')", one},
      {"id in('" + a + "','" + b + "')", two},
      {"  id  in ( '" + a + "' , '" + b + "' )  ", two},
      {"id in ('" + a + "','" + b + "','" + a + "')", two},
      {"id in ('" + a + "','" + b + "') and id eq '" + a + "'", one},
      {"id eq '" + a + "' and id eq '" + b + "'", none},
  };
  for (const Row& row : rows) {
    const auto filter = parse_presence_filter(row.filter);
    ASSERT_TRUE(filter) << row.filter;
    EXPECT_EQ(filter->ids, row.ids) << row.filter;
    EXPECT_EQ(filter->states, kAllStates) << row.filter;
  }
}

// The expected result of each filter is checked on every documented pair.
TEST(PresenceFilter, SelectsStates) {
  using presence::State;
  struct Row {
    std::string_view filter;
    bool (*holds)(std::string_view availability, std::string_view activity);
  };
  const Row rows[] = {
      {"availability eq 'Busy'", [](auto a, auto) { return a == "Busy"; }},
      {"AVAILABILITY EQ 'busy'", [](auto a, auto) { return a == "Busy"; }},
      {"activity eq 'OutOfOffice'", [](auto, auto b) { return b == "OutOfOffice"; }},
      {"availability in ('Away','Offline')", [](auto a, auto) { return a == "Away" || a == "Offline"; }},
      {"availability eq 'Busy' and activity eq 'OutOfOffice'",
       [](auto a, auto b) { return a == "Busy" && b == "OutOfOffice"; }},
      {"availability eq 'Busy' and availability eq 'Away'", [](auto, auto) { return false; }},
      {"availability eq 'AvailableIdle'", [](auto, auto) { return false; }},
      {"activity eq 'It''s late'", [](auto, auto) { return false; }},
  };
  ASSERT_LT(presence::documented_states().size(), 64u) << "each has a bit";
  for (const Row& row : rows) {
    const auto filter = parse_presence_filter(row.filter);
    ASSERT_TRUE(filter) << row.filter;
    EXPECT_FALSE(filter->ids);
    for (const State state : presence::documented_states())
      EXPECT_EQ((filter->states & state_bit(state)) != 0, row.holds(state.availability(), state.activity()))
          << row.filter << " of " << state.availability() << "/" << state.activity();
  }
  const auto both = parse_presence_filter("availability eq 'Busy' and id eq '" + std::string(kFirstId) + "'");
  ASSERT_TRUE(both);
  EXPECT_EQ(both->ids, std::vector{guid_of(kFirstId)});
  EXPECT_NE(both->states, kAllStates);
}

TEST(PresenceFilter, RejectsOtherClauses) {
  const std::string a(kFirstId);
  for (const std::string& filter : {std::string(),
                                    std::string("id"),
                                    std::string("id eq"),
                                    "id eq " + a,
                                    "id eq '" + a,
                                    "id eq '" + a + "' or 1",
                                    "id in '" + a + "'",
                                    std::string("id in ()"),
                                    "id in ('" + a + "'",
                                    "id in ('" + a + "',)",
                                    "id ne '" + a + "'",
                                    "ids eq '" + a + "'",
                                    "id in ('" + a + "') x",
                                    "not id eq '" + a + "'",
                                    "id eq '" + a + "' and",
                                    "and id eq '" + a + "'",
                                    "id eq '" + a + "' and and id eq '" + a + "'",
                                    std::string("availability eq Busy"),
                                    std::string("availability eq 'Busy' or availability eq 'Away'"),
                                    std::string("availability ne 'Busy'"),
                                    std::string("availability"),
                                    std::string("activity eq null"),
                                    std::string("statusMessage eq 'x'"),
                                    std::string("(availability eq 'Busy')"),
                                    std::string("availability eq 'Bu''")}) {
    const auto result = parse_presence_filter(filter);
    ASSERT_FALSE(result) << filter;
    EXPECT_EQ(result.error().status, 400);
    EXPECT_EQ(result.error().code, "BadRequest") << filter;
    EXPECT_EQ(result.error().target, "$filter") << filter;
    EXPECT_NE(result.error().message.text().find("position"), std::string::npos) << filter;
  }
  for (const char* filter :
       {"id eq 'ana'", "id in ('ana')", "id eq '''ana'''", "availability eq 'Busy' and id eq 'ana'"}) {
    const auto not_guid = parse_presence_filter(filter);
    ASSERT_FALSE(not_guid) << filter;
    EXPECT_EQ(not_guid.error().code, "InvalidArgument");
    EXPECT_NE(not_guid.error().message.text().find("'ana'"), std::string::npos);
  }
}

TEST(PresenceFilter, AcceptsUpTo650Values) {
  EXPECT_EQ(parse_presence_filter(filter_with_ids(kFilterIdsMax))->ids->size(), kFilterIdsMax);
  EXPECT_FALSE(parse_presence_filter(filter_with_ids(kFilterIdsMax + 1)));
  EXPECT_TRUE(parse_presence_filter(filter_with_ids(kFilterIdsMax - 1) + " and activity eq 'Busy'"));
  EXPECT_FALSE(parse_presence_filter(filter_with_ids(kFilterIdsMax) + " and activity eq 'Busy'"));
}

TEST(PresenceQuery, ReadsListOptions) {
  const auto query = parse_presence_query("$top=5&%24skiptoken=abc&custom=1", PresenceRead::kList);
  ASSERT_TRUE(query);
  EXPECT_EQ(query->top, 5u);
  EXPECT_EQ(query->skip_token, "abc");
  EXPECT_EQ(parse_presence_query("top=7", PresenceRead::kList)->top, 7u);
  EXPECT_EQ(parse_presence_query("$TOP=999", PresenceRead::kList)->top, 999u);
  for (const auto read : {PresenceRead::kList, PresenceRead::kCount}) {
    const auto filtered = parse_presence_query("$filter=id+eq+'" + std::string(kFirstId) + "'", read);
    ASSERT_TRUE(filtered);
    EXPECT_EQ(filtered->filter.ids, std::vector{guid_of(kFirstId)});
  }
  EXPECT_TRUE(parse_presence_query("$count=true", PresenceRead::kList)->count);
  EXPECT_FALSE(parse_presence_query("count=FALSE", PresenceRead::kList)->count);
  for (const std::string order : {"id", "ID", "id%20asc", "+id++ASC+"})
    EXPECT_TRUE(parse_presence_query("$orderby=" + order, PresenceRead::kList)->ordered) << order;
  EXPECT_TRUE(parse_presence_query("", PresenceRead::kNamed));
  EXPECT_TRUE(parse_presence_query("$format=json&x=y&&z", PresenceRead::kNamed));
}

TEST(PresenceQuery, SelectNamesProperties) {
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

TEST(PresenceQuery, SelectRejectsUnknownNames) {
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
    EXPECT_NE(read.error().message.text().find(row.name), std::string::npos) << read.error().message.text();
  }
  const std::string longest(kEchoedCharsMax, 'x');
  EXPECT_NE(parse_presence_query("$select=" + longest, PresenceRead::kNamed)
                .error()
                .message.text()
                .find(longest + "'"),
            std::string::npos);
  EXPECT_NE(
      parse_presence_query("$select=" + longest + "y", PresenceRead::kNamed).error().message.text().find("…"),
      std::string::npos)
      << "longer names are cut";
}

TEST(PresenceQuery, ErrorsNameTheOption) {
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
      {"$orderby=id%20desc", PresenceRead::kList, "$orderby", "BadRequest"},
      {"$orderby=availability", PresenceRead::kList, "$orderby", "BadRequest"},
      {"$orderby=id,activity", PresenceRead::kList, "$orderby", "BadRequest"},
      {"$orderby=", PresenceRead::kList, "$orderby", "BadRequest"},
      {"$count=maybe", PresenceRead::kList, "$count", "BadRequest"},
      {"$count", PresenceRead::kList, "$count", "BadRequest"},
      {"$search=x", PresenceRead::kList, "$search", "BadRequest"},
      {"$apply=x", PresenceRead::kList, "$apply", "BadRequest"},
      {"compute=x", PresenceRead::kList, "$compute", "BadRequest"},
      {"$deltatoken=x", PresenceRead::kList, "$deltatoken", "BadRequest"},
      {"$count=true", PresenceRead::kCount, "$count", "BadRequest"},
      {"$select=id", PresenceRead::kCount, "$select", "BadRequest"},
      {"$top=1", PresenceRead::kCount, "$top", "BadRequest"},
      {"$count=true", PresenceRead::kNamed, "$count", "BadRequest"},
      {"$expand=presence", PresenceRead::kList, "$expand", "ExpandNotSupported"},
      {"$nonsense=1", PresenceRead::kList, "$nonsense", "BadRequest"},
      {"$top=1", PresenceRead::kNamed, "$top", "BadRequest"},
      {"filter=x", PresenceRead::kNamed, "$filter", "BadRequest"},
      {"a=%ff", PresenceRead::kNamed, "query", "BadRequest"},
      {"a=%zz", PresenceRead::kNamed, "query", "BadRequest"},
      {"$format=json&format=json", PresenceRead::kNamed, "$format", "BadRequest"},
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
