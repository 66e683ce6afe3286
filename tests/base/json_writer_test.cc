// JsonObject and JsonArray: commas, escapes and nesting.
#include "base/json_writer.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace porchlight {
namespace {

TEST(JsonWriter, PlacesCommasAndEscapes) {
  EXPECT_EQ(json_object([](JsonObject&) {}), "{}");
  const std::vector<std::string> names = {"a", "\"b\""};
  const std::string text = json_object([&](JsonObject& out) {
    out.text("name", "Ana\n").text_if("mail", "").number("count", -2).boolean("on", true).null("off");
    out.texts("names", names).texts("none", std::vector<std::string>());
    out.object("inner", [](JsonObject& inner) { inner.json("raw", "[1]"); });
    out.array("list", names, [](JsonArray& list, const std::string& name) {
      list.object([&](JsonObject& one) { one.text("name", name); }).number(7);
    });
  });
  EXPECT_EQ(text, R"({"name":"Ana\n","count":-2,"on":true,"off":null,"names":["a","\"b\""],"none":[],)"
                  R"("inner":{"raw":[1]},"list":[{"name":"a"},7,{"name":"\"b\""},7]})");
  JsonReader reader;
  EXPECT_TRUE(reader.parse(text));
}

}  // namespace
}  // namespace porchlight
