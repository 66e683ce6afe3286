// Files of users: the rows, and the line that an error names.
#include "admin/people_file.h"

#include <gmock/gmock.h>

namespace porchlight::admin {
namespace {

using Rows = std::vector<PersonRow>;

// "line|id|upn|name" for each row, or "! " and the error.
std::string read(std::string_view text, std::size_t at_a_time = 2) {
  PeopleFile file(text);
  std::string out;
  while (true) {
    const auto rows = file.next(at_a_time);
    if (!rows) return "! " + rows.error();
    if (rows->empty()) return out;
    for (const PersonRow& row : *rows)
      out += std::to_string(row.line) + "|" + row.id + "|" + row.upn + "|" + row.name + ";";
  }
}

struct Row {
  const char* name;
  const char* text;
  const char* wanted;
};

class PeopleFiles : public testing::TestWithParam<Row> {};

TEST_P(PeopleFiles, ReadsRows) { EXPECT_EQ(read(GetParam().text), GetParam().wanted); }

constexpr const char* kHeader = "upn,name\n";

INSTANTIATE_TEST_SUITE_P(
    Csv, PeopleFiles,
    testing::Values(
        Row{"plain", "id,upn,name\n1,a@b,A\n,c@d,C\n", "2|1|a@b|A;3||c@d|C;"},
        Row{"names_of_graph", "userPrincipalName,displayName\na@b,A", "2||a@b|A;"},
        Row{"any_letter_case", "ID,UserPrincipalName,DISPLAYNAME\n1,a@b,A", "2|1|a@b|A;"},
        Row{"order_is_free", "name,x,upn\nA,?,a@b", "2||a@b|A;"},
        Row{"crlf", "upn,name\r\na@b,A\r\nc@d,C\r\n", "2||a@b|A;3||c@d|C;"},
        Row{"mark", "\xEF\xBB\xBFupn,name\na@b,A", "2||a@b|A;"},
        Row{"empty_lines", "upn,name\n\n\na@b,A\n\n", "4||a@b|A;"},
        Row{"quoted_comma", "upn,name\na@b,\"A, B\"", "2||a@b|A, B;"},
        Row{"quoted_quote", "upn,name\na@b,\"A \"\"x\"\" B\"", "2||a@b|A \"x\" B;"},
        Row{"quoted_line_end", "upn,name\na@b,\"A\nB\"\nc@d,C", "2||a@b|A\nB;4||c@d|C;"},
        Row{"quoted_empty", "upn,name\n\"\",\"\"", "2|||;"}, Row{"header_alone", kHeader, ""},
        Row{"last_field_empty", "upn,name\na@b,\n", "2||a@b|;"},
        Row{"empty", "",
            "! line 1: the file is empty: a header such as id,userPrincipalName,displayName is needed"},
        Row{"no_upn", "id,name\n",
            "! line 1: the header must name userPrincipalName (or upn) and displayName (or name)"},
        Row{"twice", "upn,userPrincipalName,name\n", "! line 1: the header names userPrincipalName twice"},
        Row{"too_few", "upn,name\na@b,A\nc@d\n", "! line 3: 1 fields, but the header has 2"},
        Row{"too_many", "upn,name\na@b,A,x\n", "! line 2: 3 fields, but the header has 2"},
        Row{"open_quote", "upn,name\na@b,\"A\nB", "! line 2: a quote is not closed"},
        Row{"after_quote", "upn,name\na@b,\"A\"x", "! line 2: text after a closing quote"},
        Row{"quote_inside", "upn,name\na@b,A\"x", "! line 2: a quote inside a field without quotes"}),
    [](const auto& row) { return std::string(row.param.name); });

INSTANTIATE_TEST_SUITE_P(
    Json, PeopleFiles,
    testing::Values(
        Row{"array", R"([{"id":"1","upn":"a@b","name":"A"},{"upn":"c@d","name":"C"}])",
            "1|1|a@b|A;1||c@d|C;"},
        Row{"array_on_lines",
            "[\n{\"upn\":\"a@b\",\"name\":\"A\"},\n {\"upn\":\"c@d\",\n\"name\":\"C\"}\n]\n",
            "2||a@b|A;3||c@d|C;"},
        Row{"lines",
            "{\"userPrincipalName\":\"a@b\",\"displayName\":\"A\"}\n\n{\"upn\":\"c@d\",\"name\":\"C\"}\n",
            "1||a@b|A;3||c@d|C;"},
        Row{"empty_array", " [ ] ", ""},
        Row{"braces_in_text", R"([{"upn":"}{","name":"\"]"}])", "1||}{|\"];"},
        Row{"null_id", R"({"id":null,"upn":"a@b","name":"A"})", "1||a@b|A;"},
        Row{"others_pass", R"({"x":{"y":[1]},"upn":"a@b","name":"A"})", "1||a@b|A;"},
        Row{"missing_members", "{}", "1|||;"},
        Row{"number", R"({"upn":7})", "! line 1: userPrincipalName must be a text"},
        Row{"open_array", R"([{"upn":"a@b"})", "! line 1: the array is not closed"},
        Row{"open_array_2", "[", "! line 1: the array is not closed"},
        Row{"after_array", "[]x", "! line 1: text after the end of the array"},
        Row{"no_comma", "[{}\n{}]", "! line 2: expected ',' or ']'"},
        Row{"no_object", "[{},\n7]", "! line 2: expected an object"},
        Row{"text_between_lines", "{}\nx", "! line 2: expected an object"}),
    [](const auto& row) { return std::string(row.param.name); });

TEST(PeopleFiles, ErrorNamesTheLineOfBrokenJson) {
  EXPECT_TRUE(read("{\"upn\":\"a\"}\n{\"upn\":}").starts_with("! line 2: "));
  EXPECT_TRUE(read("{\"upn\":\"a\",\"UPN\":\"b\"}").starts_with("! line 1: "));
  EXPECT_TRUE(read("{\"upn\":\"a").starts_with("! line 1: "));
}

TEST(PeopleFiles, ReturnsAtMostTheLimit) {
  PeopleFile file("upn,name\na@b,A\nc@d,C\ne@f,E\n");
  EXPECT_EQ(file.next(2)->size(), 2u);
  EXPECT_EQ(file.next(2)->size(), 1u);
  EXPECT_EQ(file.next(2)->size(), 0u);
}

}  // namespace
}  // namespace porchlight::admin
