// Files of users: the rows, and the line that an error names.
#include "admin/people_file.h"

#include <fmt/format.h>
#include <gmock/gmock.h>

namespace porchlight::admin {
namespace {

// "line|id|upn|name;" for each row, "line! fault;" for each fault, or "! " and the error of the file.
std::string read(std::string_view bytes) {
  const auto file = PeopleFile::open(std::string(bytes));
  if (!file) return "! " + file.error();
  std::string out;
  while (const auto row = (*file)->next())
    out += *row ? fmt::format("{}|{}|{}|{};", (*row)->line, (*row)->id, (*row)->upn, (*row)->name)
                : fmt::format("{}! {};", row->error().line, row->error().what);
  return out;
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
        Row{"quoted_line_end", "upn,x,name\na@b,\"X\nY\",A\nc@d,,C", "2||a@b|A;4||c@d|C;"},
        Row{"line_end_in_name", "upn,name\na@b,\"A\nB\"\nc@d,C",
            "2! a line end in a quoted field; is a quote missing?;3! a quote inside a field without quotes;"
            "4||c@d|C;"},
        Row{"quoted_empty", "upn,name,x\n\"\",\"\",1", "2|||;"}, Row{"header_alone", kHeader, ""},
        Row{"last_field_empty", "upn,name\na@b,\n", "2||a@b|;"}, Row{"empty", "", "! the file is empty"},
        Row{"blank", " \r\n\t\n", "! the file is empty"},
        Row{"separators_alone", ",,\n;;\n",
            "! the file has no rows: a header such as id,userPrincipalName,displayName is needed"},
        Row{"no_upn", "id,name\n",
            "! line 1: the header must name userPrincipalName (or upn) and displayName (or name)"},
        Row{"twice", "upn,UPN,name\n", "! line 1: the header names UPN twice"},
        Row{"best_name", "name,upn,userPrincipalName,displayName\nN,u@p,a@b,A", "2||a@b|A;"},
        Row{"best_name_first", "displayName,userPrincipalName,username,name,id,Object ID\nA,a@b,u,N,1,2",
            "2|1|a@b|A;"},
        Row{"open_header", "\"upn,name\na@b,A", "! line 1: a quote is not closed"},
        // A row that is wrong takes no other one with it.
        Row{"too_few", "upn,name\na@b,A\nc@d\ne@f,E\n",
            "2||a@b|A;3! 1 fields, but the header has 2;4||e@f|E;"},
        Row{"too_many", "upn,name\na@b,A,x\nc@d,C", "2! 3 fields, but the header has 2;3||c@d|C;"},
        Row{"too_few_not_needed", "upn,name,x,y\na@b,A\nc@d,C,1", "2||a@b|A;3||c@d|C;"},
        Row{"too_many_empty", "upn,name\na@b,A,,\nc@d,C", "2||a@b|A;3||c@d|C;"},
        Row{"open_quote", "upn,name\na@b,\"A\nc@d,C\n", "2! a quote is not closed;3||c@d|C;"},
        Row{"open_quote_far_from_the_next", "upn,name\na@b,\"A\nc@d,C\ne@f,\"E\"\ng@h,G",
            "2! text after a closing quote;3||c@d|C;4||e@f|E;5||g@h|G;"},
        Row{"open_quotes", "upn,name\n\"a\n\"b\n\"c\nd@d,D",
            "2! text after a closing quote;3! text after a closing quote;4! a quote is not closed;5||d@d|D;"},
        Row{"after_quote", "upn,name\na@b,\"A\"x\nc@d,C", "2! text after a closing quote;3||c@d|C;"},
        Row{"quote_inside", "upn,name\na@b,A\"x\nc@d,C",
            "2! a quote inside a field without quotes;3||c@d|C;"},
        Row{"repeated_upn", "upn,name\na@b,A\nA@B,Again\nc@d,C",
            "2||a@b|A;3! \"A@B\" is in line 2 already;4||c@d|C;"},
        Row{"repeated_id", "id,upn,name\n1,a@b,A\n1,c@d,C\n2,c@d,C",
            "2|1|a@b|A;3! \"1\" is in line 2 already;4|2|c@d|C;"}),
    [](const auto& row) { return std::string(row.param.name); });

// As spreadsheets, portals and programs write them.
INSTANTIATE_TEST_SUITE_P(
    Exports, PeopleFiles,
    testing::Values(
        Row{"semicolons", "\xEF\xBB\xBFuserPrincipalName;displayName\r\na@b;A, B\r\n", "2||a@b|A, B;"},
        Row{"semicolons_quoted", "\"userPrincipalName\";\"displayName\"\r\n\"a@b\";\"A;B\"\r\n",
            "2||a@b|A;B;"},
        Row{"tabs", "userPrincipalName\tdisplayName\na@b\tA, B; C\nc@d\tC", "2||a@b|A, B; C;3||c@d|C;"},
        Row{"tabs_empty_field", "id\tupn\tname\n\ta@b\tA", "2||a@b|A;"},
        Row{"commas_and_a_semicolon", "upn,name,notes; remarks\na@b,A;B,x", "2||a@b|A;B;"},
        Row{"sep_line", "sep=;\r\nupn;name\r\na@b;A\r\n", "3||a@b|A;"},
        Row{"sep_line_tab", "sep=\t\nupn\tname\na@b\tA\n", "3||a@b|A;"},
        Row{"sep_line_wrong", "sep=;\nupn,name\na@b,A\n", "3||a@b|A;"},
        Row{"admin_center",
            "Block credential,Display name,Licenses,User principal name\r\nFalse,A,E5,a@b\r\n", "2||a@b|A;"},
        Row{"template",
            "version:v1.0,,,\r\nName [displayName] Required,User name [userPrincipalName] Required,"
            "Initial password [passwordProfile] Required,First name [givenName]\r\nA, a@b, secret, x\r\n",
            "3||a@b|A;"},
        Row{"template_semicolons",
            "version:v1.0;\nName [displayName] Required;User name [userPrincipalName] "
            "Required\nA;a@b\n",
            "3||a@b|A;"},
        Row{"template_delete", "version:v1.0\nUser name [userPrincipalName] Required\na@b\n",
            "! line 2: the header must name userPrincipalName (or upn) and displayName (or name)"},
        Row{"powershell",
            "#TYPE Selected.Microsoft.Graph.PowerShell.Models.MicrosoftGraphUser\r\n"
            "\"Id\",\"UserPrincipalName\",\"DisplayName\"\r\n\"1\",\"a@b\",\"A\"\r\n",
            "3|1|a@b|A;"},
        Row{"entra_portal",
            "userPrincipalName,displayName,surname,mail,givenName,id,userType\na@b,A,,,,1,Member",
            "2|1|a@b|A;"},
        Row{"object_id", "ObjectId,User principal name,Display name\n1,a@b,A", "2|1|a@b|A;"},
        Row{"username", "Username,First name,Last name,Display name\na@b,x,y,A", "2||a@b|A;"},
        Row{"rows_of_separators", ",,\nupn,name,x\na@b,A,1\n,,\n , \t, \nc@d,C,2\n,,\n,,",
            "3||a@b|A;6||c@d|C;"},
        Row{"rows_of_empty_quotes", "upn,name\na@b,A\n\"\",\"\"\nc@d,C\n", "2||a@b|A;4||c@d|C;"},
        Row{"blanks", " upn , name \n a@b ,\tA B  \nc@d,  \"C\"  \n", "2||a@b|A B;3||c@d|C;"},
        Row{"blanks_in_quotes_stay", "upn,name\na@b,\" A \"", "2||a@b| A ;"},
        Row{"trailing_separators", "upn;name;;\na@b;A;;\nc@d;C\n", "2||a@b|A;3||c@d|C;"},
        Row{"macintosh", "upn,name\ra@b,A\rc@d\re@f,E\r",
            "2||a@b|A;3! 1 fields, but the header has 2;4||e@f|E;"},
        Row{"latin1", "upn,name\na@b,Zo\xEB\n", "2||a@b|Zo\xC3\xAB;"},
        Row{"apostrophe_and_hash", "upn,name\nsean.o'brien@b,Sean O'Brien\nlee_b.c#EXT#@d,Lee\n",
            "2||sean.o'brien@b|Sean O'Brien;3||lee_b.c#EXT#@d|Lee;"}),
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
        Row{"names_of_exports", R"({"ObjectId":"1","UserPrincipalName":"a@b","DisplayName":"A","name":"N"})",
            "1|1|a@b|A;"},
        Row{"member_twice", R"({"upn":"a@b","UPN":"c@d"})", "1! a member that is there already;"},
        Row{"number", "[{\"upn\":7},{\"upn\":\"a@b\"}]", "1! userPrincipalName must be a text;1||a@b|;"},
        Row{"no_text_name", R"({"upn":"a@b","displayName":["A"]})", "1! displayName must be a text;"},
        Row{"open_array", R"([{"upn":"a@b"})", "1||a@b|;1! the list is not closed;"},
        Row{"open_array_2", "[", "1! the list is not closed;"},
        Row{"open_array_3", "[{},", "1|||;1! the list is not closed;"},
        Row{"after_array", "[]x", "1! expected an object;"},
        Row{"after_array_line", "[]x\n{\"upn\":\"a@b\"}", "1! expected an object;2||a@b|;"},
        Row{"no_comma", "[{}\n{}]", "1|||;2! expected ',' or ']';2|||;"},
        Row{"two_commas", "[{},,{}]", "1|||;1! expected an object;1|||;"},
        Row{"no_object", "[{},\n7,\n\"a,{\",[1,{\"upn\":\"a@b\"}]]",
            "1|||;2! expected an object;3! expected an object;3! expected an object;"
            "3||a@b|;3! expected an object;"},
        Row{"text_between_lines", "{}\nx\n{}", "1|||;2! expected an object;3|||;"},
        Row{"two_arrays", "[{\"upn\":\"a@b\"}]\n[{\"upn\":\"c@d\"}]", "1||a@b|;2||c@d|;"},
        Row{"bad_line", "{\"upn\":\"a@b\"}\n{\"upn\":}\n{\"upn\":\"c@d\"}",
            "1||a@b|;2! a JSON value is expected here;3||c@d|;"},
        Row{"open_brace", "{\"upn\":\"a@b\"\n{\"upn\":\"c@d\"}", "1! an object is not closed;2||c@d|;"},
        Row{"open_quote", "{\"upn\":\"a@b}\n{\"upn\":\"c@d\"}\n{\"upn\":\"e@f\"}",
            "1! an object is not closed;2||c@d|;3||e@f|;"}),
    [](const auto& row) { return std::string(row.param.name); });

// What GET /users answers, and pages that were joined.
INSTANTIATE_TEST_SUITE_P(
    GraphPages, PeopleFiles,
    testing::Values(
        Row{"page", R"({"value":[{"id":"1","userPrincipalName":"a@b","displayName":"A"},{"upn":"c@d"}]})",
            "1|1|a@b|A;1||c@d|;"},
        Row{"page_on_lines",
            "{\n \"@odata.context\": \"x\",\n \"value\": [\n {\"upn\": \"a@b\"},\n {\"upn\": \"c@d\"}\n "
            "]\n}\n",
            "4||a@b|;5||c@d|;"},
        Row{"members_around",
            R"({"@odata.count":1,"a":{"value":[1]},"value":[{"upn":"a@b"}],"@odata.nextLink":"}"})",
            "1||a@b|;"},
        Row{"blanks", "{ \"value\" \t:\n[ {\"upn\":\"a@b\"} ] }", "2||a@b|;"},
        Row{"empty_page", R"({"value":[]})", ""},
        Row{"pages", "{\"value\":[{\"upn\":\"a@b\"}]}\n{\"value\":[{\"upn\":\"c@d\"}]}\n",
            "1||a@b|;2||c@d|;"},
        Row{"page_and_lines", "{\"value\":[{\"upn\":\"a@b\"}]}\n{\"upn\":\"c@d\"}", "1||a@b|;2||c@d|;"},
        Row{"bad_element", R"({"value":[{"upn":1},{"upn":"a@b"}]})",
            "1! userPrincipalName must be a text;1||a@b|;"},
        Row{"open_page", R"({"value":[{"upn":"a@b"})", "1||a@b|;1! the list is not closed;"},
        Row{"a_member_value", R"({"upn":"a@b","value":"x"})", "1||a@b|;"},
        Row{"value_in_a_text", R"({"upn":"a@b","x":"\"value\":[{"})", "1||a@b|;"},
        Row{"an_error_of_graph", R"({"error":{"code":"x","message":"y"}})", "1|||;"}),
    [](const auto& row) { return std::string(row.param.name); });

// Files that are no lists of users: the error says what they are.
INSTANTIATE_TEST_SUITE_P(
    Others, PeopleFiles,
    testing::Values(
        Row{"xlsx", "PK\x03\x04\x14",
            "! the file is a ZIP archive, as workbooks (.xlsx, .ods) are: save the sheet as CSV and import "
            "that"},
        Row{"xls", "\xD0\xCF\x11\xE0\xA1\xB1",
            "! the file is a workbook or document of older Microsoft Office: save the sheet as CSV and "
            "import that"},
        Row{"pdf", "%PDF-1.7\n", "! the file is a PDF document"},
        Row{"gzip", "\x1F\x8B\x08",
            "! the file is compressed with gzip: decompress it and import the result"},
        Row{"rtf", "{\\rtf1\\ansi", "! the file is a document in Rich Text Format: save it as plain text"},
        Row{"html", "\r\n<!DOCTYPE HTML><html>",
            "! the file is an HTML page, as a download that needs a sign-in is"},
        Row{"html_marked", "\xEF\xBB\xBF<html lang=en>",
            "! the file is an HTML page, as a download that needs a sign-in is"},
        Row{"xml", "<?xml version='1.0'?>", "! the file is an XML document"},
        Row{"png", "\x89PNG\r\n", "! the file is an image"},
        Row{"jpeg", "\xFF\xD8\xFF\xE0", "! the file is an image"},
        Row{"calendar", "BEGIN:VCALENDAR\r\n",
            "! the file is a calendar (docs/calendars.md says where calendars go)"},
        Row{"prose", "Dear all,\nplease add Ana.\n",
            "! line 1: the header must name userPrincipalName (or upn) and displayName (or name)"}),
    [](const auto& row) { return std::string(row.param.name); });

TEST(PeopleFiles, KnowsEncodings) {
  const std::string utf16("\xFF\xFEu\0p\0n\0\t\0n\0a\0m\0e\0\n\0a\0@\0b\0\t\0Z\0o\0\xEB\0", 34);
  EXPECT_EQ(read(utf16), "2||a@b|Zo\xC3\xAB;");
  EXPECT_EQ((*PeopleFile::open(utf16))->encoding(), TextEncoding::kUtf16LittleEndian);
  EXPECT_EQ((*PeopleFile::open("upn,name\na@b,Zo\xEB"))->encoding(), TextEncoding::kLatin1);
  EXPECT_EQ((*PeopleFile::open("\xEF\xBB\xBFupn,name\n"))->encoding(), TextEncoding::kUtf8);
  EXPECT_EQ(read(std::string("upn,name\na@b,\0A", 15)), "! the file is not a text");
}

TEST(PeopleFiles, LimitsFaults) {
  const auto faults = [](std::size_t count) {
    std::string text = "upn,name\n";
    for (std::size_t i = 0; i < count; ++i) text += "x\n";
    return read(text + "a@b,A\n");
  };
  EXPECT_TRUE(faults(kRowFaultsMax).ends_with("1 fields, but the header has 2;10002||a@b|A;"));
  const std::string more = faults(kRowFaultsMax + 1);
  EXPECT_TRUE(more.ends_with("10002! more than 10000 rows are wrong; the rest is not read;"));
}

TEST(PeopleFiles, LimitsObjects) {
  const auto object = [](std::size_t bytes) {
    const std::string frame = R"({"upn":"a@b","x":""})";
    std::string text = frame;
    text.insert(text.size() - 2, bytes - frame.size(), 'x');
    return read(text + "\n{\"upn\":\"c@d\"}");
  };
  EXPECT_EQ(object(kPersonBytesMax), "1||a@b|;2||c@d|;");
  EXPECT_EQ(object(kPersonBytesMax + 1), "1! an object is not closed within 64 KiB;2||c@d|;");
}

}  // namespace
}  // namespace porchlight::admin
