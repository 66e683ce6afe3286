// A JSON object being written, member by member.
#pragma once

#include <concepts>
#include <span>
#include <string>
#include <string_view>

#include "base/json.h"

namespace porchlight::authority {

class JsonObject {
 public:
  JsonObject& text(std::string_view name, std::string_view value) {
    append_json_string(member(name), value);
    return *this;
  }
  JsonObject& number(std::string_view name, std::integral auto value) {
    member(name) += std::to_string(value);
    return *this;
  }
  JsonObject& flag(std::string_view name, bool value) {
    member(name) += value ? "true" : "false";
    return *this;
  }
  // A list of texts: strings, or what converts to std::string_view.
  template <typename Texts>
  JsonObject& texts(std::string_view name, const Texts& values) {
    std::string& out = member(name) += '[';
    bool first = true;
    for (const auto& value : values) {
      if (!first) out += ',';
      first = false;
      append_json_string(out, value);
    }
    out += ']';
    return *this;
  }
  // A value that is JSON already.
  JsonObject& json(std::string_view name, std::string_view value) {
    member(name) += value;
    return *this;
  }

  std::string take() {
    out_ += out_.empty() ? "{}" : "}";
    return std::move(out_);
  }

 private:
  std::string& member(std::string_view name) {
    out_ += out_.empty() ? '{' : ',';
    append_json_string(out_, name);
    return out_ += ':';
  }
  std::string out_;
};

}  // namespace porchlight::authority
