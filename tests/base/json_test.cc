// The strict JSON parser: texts that are accepted, texts that are refused with the position of the fault, and two
// properties over random texts: the parser and the position scanner agree, and written strings parse to the same text.
#include "base/json.h"

#include <gtest/gtest.h>

#include <random>

#include "base/json_scan.h"

namespace porchlight {
namespace {

using simdjson::dom::element;

bool is_accepted(std::string_view text, const JsonLimits& limits = {}) {
  JsonReader reader;
  return reader.parse(text, limits).has_value();
}

std::string repeat(std::string_view part, std::size_t count) {
  std::string text;
  for (std::size_t i = 0; i < count; ++i) text += part;
  return text;
}

TEST(Json, AcceptsTheWholeGrammar) {
  const std::string_view rows[] = {
      "{}",
      "[]",
      "\"\"",
      "0",
      "-0",
      "null",
      " \t\r\n{ \"a\" : [ 1 , 2.5e-3 , true , false , null , \"x\" ] } \n",
      R"({"a":{"a":{"a":1}},"b":{"a":2}})",
      R"(["\ud83d\ude00\u00e9\u0000\"\\\/\b\f\n\r\t"])",
      "[18446744073709551615,-9223372036854775808]",
      "[1.7976931348623157e308,123456789012345678901234567890.5,1e-400]",
      "\"\xF0\x9F\x8F\xA0 \x7F\"",
      R"({"":1})",
  };
  for (const auto row : rows) EXPECT_TRUE(is_accepted(row)) << row;
}

struct BadRow {
  std::string_view text;
  std::size_t offset;
};

TEST(Json, ReportsThePositionOfTheFault) {
  using namespace std::string_view_literals;
  const BadRow rows[] = {
      {"", 0},
      {"  ", 2},
      {"\xEF\xBB\xBF{}", 0},                    // a byte order mark
      {"{}\0"sv, 2},                            // a NUL after the end
      {"{} x", 3},                              //
      {"1 2", 2},                               //
      {"{\"a\":1,}", 7},                        //
      {"[1,]", 3},                              //
      {"[1 2]", 3},                             //
      {"[1", 2},                                //
      {"{\"a\" 1}", 5},                         //
      {"{a:1}", 1},                             //
      {"{'a':1}", 1},                           //
      {"[//\n]", 1},                            // a comment
      {"nul", 0},                               //
      {"nulll", 4},                             //
      {"True", 0},                              //
      {"NaN", 0},                               //
      {"-Infinity", 0},                         //
      {"[01]", 1},                              //
      {"[+1]", 1},                              //
      {"[.5]", 1},                              //
      {"[1.]", 1},                              //
      {"[1e]", 1},                              //
      {"[0x10]", 2},                            //
      {"[1e400]", 1},                           // too large for a double
      {"[18446744073709551616]", 1},            // too large for a 64-bit integer
      {"[-9223372036854775809]", 1},            //
      {"\"a", 0},                               //
      {"\"a\nb\"", 2},                          // a raw line feed
      {"\"\\x41\"", 1},                         //
      {"\"\\u12g4\"", 1},                       //
      {"\"\\ud800\"", 1},                       // half a surrogate pair
      {"\"\\udc00\"", 1},                       //
      {"\"\\ud800\\u0041\"", 1},                //
      {"\"ab\xFF\"", 3},                        //
      {"\"\xC0\xAF\"", 1},                      // overlong
      {"\"\xED\xA0\x80\"", 1},                  // a surrogate in UTF-8
      {"\"\xF4\x90\x80\x80\"", 1},              // beyond U+10FFFF
      {"\"\xE2\x82", 1},                        // cut off
      {R"({"a":1,"a":2})", 7},                  //
      {R"({"a":1,"\u0061":2})", 7},             // the same after unescaping
      {R"({"Aa":"x","b":0,"aA":2})", 16},       // the same but for case
      {R"([{"x":[{"b":"y","b":null}]}])", 16},  // deep inside
  };
  JsonReader reader;
  for (const auto& row : rows) {
    const auto parsed = reader.parse(row.text);
    ASSERT_FALSE(parsed.has_value()) << row.text;
    EXPECT_EQ(parsed.error().offset, row.offset) << row.text << ": " << parsed.error().what;
    EXPECT_FALSE(parsed.error().what.empty());
  }
}

TEST(Json, ComparesNamesWithCaseIfConfigured) {
  const JsonLimits exact{.names_ignore_case = false};
  EXPECT_TRUE(is_accepted(R"({"a":1,"A":2})", exact));
  EXPECT_FALSE(is_accepted(R"({"a":1,"a":2})", exact));
  EXPECT_FALSE(is_accepted(R"({"a":1,"A":2})"));
  EXPECT_TRUE(is_accepted("{\"\xC3\xA9\":1,\"\xC3\x89\":2}"));  // é and É: only ASCII letters fold
}

TEST(Json, AcceptsUpToTheLimits) {
  const JsonLimits limits{.depth = 3, .members = 4, .string_bytes = 5};
  const std::pair<std::string_view, bool> rows[] = {
      {"[[[]]]", true},
      {"[[[[]]]]", false},  //
      {"[{\"a\":[]}]", true},
      {"[{\"a\":[{}]}]", false},  //
      {"[1,2,3,4]", true},
      {"[1,2,3,4,5]", false},  //
      {"{\"a\":[1,2,3]}", true},
      {"{\"a\":[1,2,3,4]}", false},  //
      {"\"12345\"", true},
      {"\"123456\"", false},  //
      {"{\"12345\":1}", true},
      {"{\"123456\":1}", false},  //
      {R"("\u20ac\u00e9")", true},
      {R"("\ud83d\ude00\u00e9")", false},
  };
  for (const auto& [text, good] : rows) EXPECT_EQ(is_accepted(text, limits), good) << text;
}

TEST(Json, ReportsThePositionWhereALimitIsExceeded) {
  const JsonLimits limits{.depth = 3, .members = 4, .string_bytes = 5};
  const BadRow rows[] = {{"[1,[[ []]]]", 6}, {"[1,2,3,4,5]", 9}, {"[1,\"123456\"]", 3}};
  JsonReader reader;
  for (const auto& row : rows)
    EXPECT_EQ(reader.parse(row.text, limits).error().offset, row.offset) << row.text;
}

TEST(Json, RefusesVeryDeepNesting) {
  EXPECT_FALSE(is_accepted(repeat("[", 1'000'000)));
  EXPECT_FALSE(is_accepted(repeat("{\"a\":", 1'000'000)));
  EXPECT_TRUE(is_accepted(repeat("[", 32) + repeat("]", 32)));
  EXPECT_FALSE(is_accepted(repeat("[", 33) + repeat("]", 33)));
}

TEST(Json, FindsDuplicatesAmongManyLongNames) {
  std::string text = "{";
  for (int i = 0; i < 9'999; ++i) text += "\"" + repeat("a", 90) + std::to_string(10'000 + i) + "\":0,";
  EXPECT_TRUE(is_accepted(text + "\"b\":0}"));
  EXPECT_FALSE(is_accepted(text + "\"" + repeat("A", 90) + "10000\":0}"));
}

TEST(Json, ReusesAReaderForManyTexts) {
  JsonReader reader;
  EXPECT_FALSE(reader.parse("{\"a\":").has_value());
  const std::string large =
      "[" + repeat("1234567,", 8'000) + repeat("[],", 1'999) + "\"" + repeat("x", 60'000) + "\"]";
  ASSERT_TRUE(reader.parse(large + repeat(" ", 400'000)).has_value());
  const auto small = reader.parse(R"({"Availability":"Busy"})");
  ASSERT_TRUE(small.has_value());
  EXPECT_EQ(std::string_view(find_member(small->get_object(), "availability")), "Busy");
  EXPECT_EQ(find_member(small->get_object(), "activity").error(), simdjson::NO_SUCH_FIELD);
}

// A random text that is JSON or nearly so.
std::string random_text(std::mt19937& random) {
  static constexpr std::string_view kParts[] = {
      "{",      "}",     "[",           "]",         ":",      ",",
      "\"a\"",  "\"A\"", "\"b\"",       "1",         "-0.5e3", "null",
      "tru",    "true",  "\"",          "\\",        "01",     "1e999",
      " ",      "\n",    "\"\\u0061\"", "\"\\ud83d", "\xC3",   "\xC3\xA9",
      "[1]",    "{}",    "[]",          "{\"a\":1,", "\"b\":", "[1,",
      "\"x\",", "]}",    "}]",          "1,",        "\x01",   "18446744073709551616"};
  std::string text;
  for (auto count = random() % 12; count-- > 0;) text += kParts[random() % std::size(kParts)];
  return text;
}

TEST(Json, AgreesWithThePositionScanner) {
  std::mt19937 random(1);
  JsonReader reader;
  const JsonLimits limits{.depth = 4, .members = 12, .string_bytes = 4};
  int accepted = 0;
  for (int i = 0; i < 200'000; ++i) {
    const std::string text = random_text(random);
    const bool good = reader.parse(text, limits).has_value();
    accepted += good;
    const JsonFault fault = locate_json_fault(text, limits);
    const bool scanned_to_end =
        fault.what == "nothing may follow the document" && fault.offset == text.size();
    if (good == scanned_to_end) continue;
    // The scanner does not look for duplicate names; only they may be refused by the parser alone.
    ASSERT_TRUE(scanned_to_end) << text;
    ASSERT_EQ(reader.parse(text, limits).error().what, "a member that is there already") << text;
  }
  EXPECT_GT(accepted, 1'000);
}

TEST(Json, ParsesWrittenStrings) {
  std::mt19937 random(2);
  JsonReader reader;
  for (int i = 0; i < 2'000; ++i) {
    std::string text;
    for (auto count = random() % 40; count-- > 0;) {
      const auto pick = random() % 6;
      if (pick == 0)
        text += "\xF0\x9F\x98\x80";
      else if (pick == 1)
        text += "\xC3\xA9";
      else
        text += static_cast<char>(random() % 128);
    }
    std::string json;
    append_json_string(json, text);
    const auto parsed = reader.parse(json);
    ASSERT_TRUE(parsed.has_value()) << json;
    EXPECT_EQ(std::string_view(*parsed), text);
  }
}

TEST(Json, EscapesControlCharactersQuotesAndBackslashes) {
  std::string out;
  append_json_string(out, "a\"\\\b\f\n\r\t\x01\x1F/\x7F\xC3\xA9");
  EXPECT_EQ(out, "\"a\\\"\\\\\\b\\f\\n\\r\\t\\u0001\\u001f/\x7F\xC3\xA9\"");
}

}  // namespace
}  // namespace porchlight
