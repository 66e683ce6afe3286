// The JSON object of a request's body, member by member. Types are checked as members are read (spec presence
// §10 P2, P5, P6); whether the values may be used is decided later, for permission comes between.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"
#include "base/time.h"
#include "graph/wire/error.h"

namespace porchlight::graph {

// Views the reader's document: valid until the reader parses again. Members that nobody asks for are ignored,
// and null is the same as absent.
class JsonBody {
 public:
  // An empty text, or `null`, has no members.
  static Result<JsonBody> parse(JsonReader& reader, std::string_view text);

  // The names of all members that are there and not null; views into the document.
  std::vector<std::string_view> names() const;
  // Whether it is there as null, which otherwise counts as absent.
  bool is_null(std::string_view name) const;
  Result<std::optional<std::string>> text(std::string_view name) const;
  // The 400 for one that is missing or empty calls it `shown` (P2).
  Result<std::string> required_text(std::string_view name, std::string_view shown) const;
  Result<std::optional<bool>> flag(std::string_view name) const;
  Result<std::optional<std::chrono::nanoseconds>> duration(std::string_view name) const;
  // A DateTimeOffset.
  Result<std::optional<Time>> time(std::string_view name) const;
  Result<std::optional<JsonBody>> object(std::string_view name) const;
  // An array of strings; views into the document.
  Result<std::optional<std::vector<std::string_view>>> texts(std::string_view name) const;

 private:
  explicit JsonBody(std::optional<simdjson::dom::object> object) : object_(object) {}
  // The member, unless it is absent or null.
  std::optional<simdjson::dom::element> member(std::string_view name) const;

  std::optional<simdjson::dom::object> object_;
};

}  // namespace porchlight::graph
