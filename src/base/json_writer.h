// Writes JSON: objects, arrays and their commas. For every answer except the presence bodies, which are measured and
// write their own bytes (docs/decisions/0003-speed.md).
//
//   std::string body;
//   JsonObject(body).text("id", id).array("members", members, [](JsonArray& out, const Member& member) {
//     out.object([&](JsonObject& one) { one.text("id", member.id); });
//   });
#pragma once

#include <concepts>
#include <string>
#include <string_view>
#include <utility>

#include "base/json.h"

namespace porchlight {

class JsonObject;

// An array, appended to a string that outlives it. Open until it is destroyed.
class JsonArray {
 public:
  explicit JsonArray(std::string& out) : out_(out) { out_ += '['; }
  ~JsonArray() { out_ += ']'; }
  JsonArray(const JsonArray&) = delete;
  JsonArray& operator=(const JsonArray&) = delete;

  // A string, which must be UTF-8.
  JsonArray& text(std::string_view value) {
    append_json_string(item(), value);
    return *this;
  }
  // An integer.
  JsonArray& number(std::integral auto value) {
    item() += std::to_string(value);
    return *this;
  }
  // A value that is JSON already.
  JsonArray& json(std::string_view value) {
    item() += value;
    return *this;
  }
  // An object that write(JsonObject&) fills.
  template <typename Write>
  JsonArray& object(Write&& write);
  // The string to which the next item is to be appended, for writers of their own.
  std::string& item() {
    if (!first_) out_ += ',';
    first_ = false;
    return out_;
  }

 private:
  std::string& out_;
  bool first_ = true;
};

// An object, appended to a string that outlives it. Open until it is destroyed.
class JsonObject {
 public:
  explicit JsonObject(std::string& out) : out_(out) { out_ += '{'; }
  ~JsonObject() { out_ += '}'; }
  JsonObject(const JsonObject&) = delete;
  JsonObject& operator=(const JsonObject&) = delete;

  // A member with a string, which must be UTF-8. Names are not checked for duplicates.
  JsonObject& text(std::string_view name, std::string_view value) {
    append_json_string(member(name), value);
    return *this;
  }
  // Nothing if the value is empty.
  JsonObject& text_if(std::string_view name, std::string_view value) {
    return value.empty() ? *this : text(name, value);
  }
  // A member with an integer.
  JsonObject& number(std::string_view name, std::integral auto value) {
    member(name) += std::to_string(value);
    return *this;
  }
  // A member with true or false.
  JsonObject& boolean(std::string_view name, bool value) { return json(name, value ? "true" : "false"); }
  // A member with null.
  JsonObject& null(std::string_view name) { return json(name, "null"); }
  // A value that is JSON already.
  JsonObject& json(std::string_view name, std::string_view value) {
    member(name) += value;
    return *this;
  }
  // An array of strings, or of what converts to std::string_view.
  template <typename Texts>
  JsonObject& texts(std::string_view name, const Texts& values) {
    return array(name, values, [](JsonArray& out, const auto& value) { out.text(value); });
  }
  // An array with an item, or none, for each value: write(JsonArray&, value).
  template <typename Values, typename Write>
  JsonObject& array(std::string_view name, const Values& values, Write&& write) {
    JsonArray out(member(name));
    for (const auto& value : values) write(out, value);
    return *this;
  }
  // An object that write(JsonObject&) fills.
  template <typename Write>
  JsonObject& object(std::string_view name, Write&& write) {
    JsonObject inner(member(name));
    write(inner);
    return *this;
  }
  // The string to which the value of a member is to be appended, for writers of their own.
  std::string& member(std::string_view name) {
    if (!first_) out_ += ',';
    first_ = false;
    append_json_string(out_, name);
    return out_ += ':';
  }

 private:
  std::string& out_;
  bool first_ = true;
};

template <typename Write>
JsonArray& JsonArray::object(Write&& write) {
  JsonObject inner(item());
  write(inner);
  return *this;
}

// The text of an object that write(JsonObject&) fills.
template <typename Write>
std::string json_object(Write&& write) {
  std::string out;
  {
    JsonObject object(out);
    write(object);
  }
  return out;
}

}  // namespace porchlight
