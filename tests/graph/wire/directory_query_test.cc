// Tests of the query options of users and groups, of what only advanced queries may ask, of places in lists, and of
// the cost of a request.
#include "graph/wire/directory_query.h"

#include <gtest/gtest.h>

#include "graph/wire/list_place.h"
#include "graph/wire/resource_units.h"

namespace porchlight::graph {
namespace {

std::string names_of(const Selection& selection) {
  std::string text;
  append_selection(text, selection);
  return text;
}

TEST(DirectoryQuery, SelectionIsInTheOrderAsked) {
  const std::pair<std::string, std::string> rows[] = {
      {"", ""},
      {"$select=id,displayName,userPrincipalName", "(id,displayName,userPrincipalName)"},
      {"$select=userPrincipalName,id", "(userPrincipalName,id)"},
      {"$select= mail , ID ", "(mail,id)"},
      {"$select=displayName,id,DISPLAYNAME", "(displayName,id)"},
      {"$select=id&$select=mail,id", "(id,mail)"},
      {"select=department", "(department)"},
  };
  for (const auto& [query, names] : rows) {
    const auto parsed = parse_directory_query(query, kUserType, DirectoryOptions::kOne);
    ASSERT_TRUE(parsed) << query << parsed.error().message.text();
    EXPECT_EQ(names_of(parsed->selection), names) << query;
  }
  const auto all = parse_directory_query("$select=userType,*", kUserType, DirectoryOptions::kOne);
  EXPECT_EQ(all->selection.size(), kUserType.properties.size());
  EXPECT_EQ(all->selection.front()->name, "userType");
}

TEST(DirectoryQuery, ParsesOrderings) {
  struct Row {
    std::string value;
    std::string_view by;
    bool descending;
  };
  const Row rows[] = {
      {"displayName", "displayName", false},
      {"displayname asc", "displayName", false},
      {"displayName desc", "displayName", true},
      {" displayName  DESC ", "displayName", true},
      {"userPrincipalName", "userPrincipalName", false},
      {"userPrincipalName desc", "userPrincipalName", true},
  };
  for (const Row& row : rows) {
    const auto parsed = parse_directory_query("$orderby=" + row.value, kUserType, DirectoryOptions::kList);
    ASSERT_TRUE(parsed) << row.value << parsed.error().message.text();
    EXPECT_EQ(parsed->order->by->name, row.by) << row.value;
    EXPECT_EQ(parsed->order->descending, row.descending) << row.value;
  }
}

TEST(DirectoryQuery, RejectsWithGraphsTexts) {
  struct Row {
    std::string query, code, message;
    const EntityType& type = kUserType;
    DirectoryOptions options = DirectoryOptions::kList;
  };
  const std::string page_size = "Invalid page size specified: '",
                    between = "'. Must be between 1 and 999 inclusive.";
  const std::string parsing = "Parsing OData Select and Expand failed: Could not find a property named '";
  const std::string on_user = "' on type 'microsoft.graph.user'.";
  const std::string sorting = "Sorting not supported for current query.";
  const std::string option = "The query option '";
  const std::string unsupported = "' is not supported by this resource.";
  const Row rows[] = {
      {"$top=1000", "Request_UnsupportedQuery", page_size + "1000" + between},
      {"$top=0", "Request_UnsupportedQuery", page_size + "0" + between},
      {"$top=99999999999999999999", "Request_UnsupportedQuery", page_size + "99999999999999999999" + between},
      {"$top=1000", "Request_UnsupportedQuery", page_size + "1000" + between, kGroupType},
      {"$top=1000", "Request_UnsupportedQuery", page_size + "1000" + between, kMemberType},
      {"$top=-1", "BadRequest",
       "Invalid value '-1' for $top query option found. The $top query option requires a non-negative "
       "integer "
       "value."},
      {"$top=ten", "BadRequest",
       "Invalid value 'ten' for $top query option found. The $top query option requires a non-negative "
       "integer value."},
      {"$top=", "BadRequest",
       "Invalid value '' for $top query option found. The $top query option requires a non-negative integer "
       "value."},
      {"$select=x", "BadRequest", parsing + "x" + on_user},
      {"$select=id,", "BadRequest", parsing + on_user},
      {"$select=manager/id", "BadRequest", parsing + "manager/id" + on_user},
      {"$select=upn", "BadRequest", parsing + "upn' on type 'microsoft.graph.group'.", kGroupType},
      {"$expand=manager", "BadRequest", parsing + "manager" + on_user},
      {"$expand=manager($select=id,displayName)", "BadRequest", parsing + "manager" + on_user},
      {"$expand=presence,manager", "BadRequest", parsing + "manager" + on_user},
      {"$expand=manager", "BadRequest", parsing + "manager" + on_user, kUserType, DirectoryOptions::kOne},
      {"$expand=", "BadRequest", parsing + on_user},
      {"$expand=owners", "BadRequest", parsing + "owners' on type 'microsoft.graph.group'.", kGroupType},
      {"$expand=presence", "ExpandNotSupported", option + "$expand" + unsupported},
      {"$expand=members($select=id,mail)", "ExpandNotSupported", option + "$expand" + unsupported,
       kGroupType},
      {"$orderby=mail", "Request_UnsupportedQuery", sorting},
      {"$orderby=jobTitle desc", "Request_UnsupportedQuery", sorting},
      {"$orderby=displayName,id", "Request_UnsupportedQuery", sorting},
      {"$orderby=displayName", "Request_UnsupportedQuery", sorting, kMemberType},
      {"$orderby=shoeSize", "BadRequest", "Could not find a property named 'shoeSize" + on_user},
      {"$orderby=", "BadRequest", "Could not find a property named '" + on_user},
      {"$orderby=displayName down", "BadRequest",
       "Invalid value for $orderby: a property is expected, and then asc or desc."},
      {"$skip=1", "BadRequest", option + "$skip" + unsupported},
      {"$top=1", "BadRequest", option + "$top" + unsupported, kUserType, DirectoryOptions::kOne},
      {"$filter=displayName eq 'a'", "BadRequest", option + "$filter" + unsupported, kUserType,
       DirectoryOptions::kOne},
      {"$orderby=displayName", "BadRequest", option + "$orderby" + unsupported, kUserType,
       DirectoryOptions::kCount},
      {"$select=id", "BadRequest", option + "$select" + unsupported, kUserType, DirectoryOptions::kCount},
  };
  for (const Row& row : rows) {
    const auto parsed = parse_directory_query(row.query, row.type, row.options);
    ASSERT_FALSE(parsed) << row.query;
    EXPECT_EQ(parsed.error().status, 400) << row.query;
    EXPECT_EQ(parsed.error().code, row.code) << row.query;
    EXPECT_EQ(parsed.error().message.text(), row.message) << row.query;
  }
  EXPECT_EQ(parse_directory_query("$top=999", kUserType, DirectoryOptions::kList)->top, 999u);
  EXPECT_EQ(parse_directory_query("$top=1", kUserType, DirectoryOptions::kList)->top, 1u);
}

TEST(DirectoryQuery, AdvancedQueriesNeedTheirParameters) {
  struct Row {
    std::string query;
    bool eventual;
    std::string message = {};  // empty: accepted
  };
  const auto missing = [](std::string op) {
    return "Operator '" + op +
           "' is not supported because the required parameters might be missing. Try adding $count=true "
           "query parameter and ConsistencyLevel:eventual header. Refer to "
           "https://aka.ms/graph-docs/advanced-queries for more information";
  };
  const std::string search =
      "Request with $search query parameter only works through MSGraph with a special request header: "
      "'ConsistencyLevel: eventual'";
  const std::string not_equals = "Filter operator 'NotEqualsMatch' is not supported.";
  const std::string sorting = "Sorting not supported for current query.";
  const Row rows[] = {
      {R"($search="displayName:a")", false, search},
      {R"($search="displayName:a"&$count=true)", false, search},
      {R"($search="displayName:a")", true},
      {R"($search="displayName:a"&$orderby=displayName)", true},
      {R"($search="displayName:a"&$filter=mail eq 'a')", true},
      {R"($search="displayName:a"&$filter=mail ne 'a')", true, not_equals},
      {"$filter=endswith(mail,'a')", false, missing("endsWith")},
      {"$filter=endswith(mail,'a')&$count=true", false, missing("endsWith")},
      {"$filter=endswith(mail,'a')", true, missing("endsWith")},
      {"$filter=endswith(mail,'a')&$count=false", true, missing("endsWith")},
      {"$filter=endswith(mail,'a')&$count=true", true},
      {"$filter=not startswith(mail,'a')&$count=true", false, missing("not")},
      {"$filter=not startswith(mail,'a')&$count=true", true},
      {"$filter=mail ne 'a'", false, not_equals},
      {"$filter=mail ne 'a'&$count=true", true},
      {"$orderby=displayName", false},
      {"$orderby=displayName&$count=true", false},
      {"$filter=mail eq 'a'", false},
      {"$filter=mail eq 'a'&$orderby=displayName", false, sorting},
      {"$filter=mail eq 'a'&$orderby=displayName&$count=true", false, sorting},
      {"$filter=mail eq 'a'&$orderby=displayName", true, sorting},
      {"$filter=mail eq 'a'&$orderby=displayName&$count=true", true},
      {"$count=true", false},
  };
  for (const Row& row : rows) {
    const auto parsed = parse_directory_query(row.query, kUserType, DirectoryOptions::kList);
    ASSERT_TRUE(parsed) << row.query << parsed.error().message.text();
    const auto checked = check_advanced_query(*parsed, row.eventual);
    EXPECT_EQ(checked.has_value(), row.message.empty()) << row.query;
    if (checked) continue;
    EXPECT_EQ(checked.error().status, 400) << row.query;
    EXPECT_EQ(checked.error().code, "Request_UnsupportedQuery") << row.query;
    EXPECT_EQ(checked.error().message.text(), row.message) << row.query;
  }
}

TEST(ListPlace, OpensForItsTenantAndOrderOnly) {
  const Guid tenant = *parse_guid("c0000000-0000-4000-8000-000000000001");
  const Guid other = *parse_guid("c0000000-0000-4000-8000-000000000002");
  const Guid id = *parse_guid("a0000000-0000-4000-8000-00000000000a");
  const auto order = [](std::string_view name, bool descending) {
    return std::optional(Ordering{find_property(kUserType, name), descending});
  };
  const std::optional<Ordering> orders[] = {std::nullopt, order("displayName", false),
                                            order("displayName", true), order("userPrincipalName", false),
                                            order("userPrincipalName", true)};
  for (const auto& made : orders) {
    const ListPlace place{id, made ? "Ana" : ""};
    const std::string token = seal_place("key", tenant, made, place);
    for (const auto& read : orders) {
      const auto opened = open_place("key", tenant, read, token);
      ASSERT_EQ(opened.has_value(), &made == &read);
      if (!opened) continue;
      EXPECT_EQ(opened->id, place.id);
      EXPECT_EQ(opened->text, place.text);
    }
    EXPECT_FALSE(open_place("key", other, made, token));
    EXPECT_FALSE(open_place("other key", tenant, made, token));
    for (std::size_t i = 0; i < token.size(); ++i) {
      std::string bent = token;
      bent[i] = bent[i] == 'A' ? 'B' : 'A';
      const auto opened = open_place("key", tenant, made, bent);
      EXPECT_TRUE(!opened || bent == token) << i;
    }
    EXPECT_FALSE(open_place("key", tenant, made, ""));
    EXPECT_FALSE(open_place("key", tenant, made, "abc"));
  }
}

TEST(ResourceUnits, AreThoseOfTheThrottlingPage) {
  struct Row {
    int base;
    std::string query;
    int units;
  };
  const Row rows[] = {
      {2, "", 2},
      {2, "$select=id", 1},
      {2, "$top=19", 1},
      {2, "$top=20", 2},
      {2, "$top=999", 2},
      {2, "$select=id&$top=1", 1},
      {3, "", 3},
      {3, "$select=id", 2},
      {3, "$select=id&select=mail", 2},
      {3, "$select=id&$top=5", 1},
      {3, "$expand=manager", 4},
      {1, "$select=id&$top=1", 1},
      {1, "$expand=manager", 2},
      {2, "%24select=id", 1},
      {2, "$select=%zz", 2},
      {2, "top=5&x=$select", 1},
  };
  for (const Row& row : rows) EXPECT_EQ(resource_units(row.base, row.query), row.units) << row.query;
}

}  // namespace
}  // namespace porchlight::graph
