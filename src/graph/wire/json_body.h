// The JSON object of a request body, read member by member. The type of a member is checked when it is read
// (spec presence §10 P2, P5, P6); values are checked later, after the caller's permission.
#pragma once

#include <memory_resource>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"
#include "base/time_text.h"
#include "graph/wire/error.h"

namespace porchlight::graph {

// A view into the reader's document: valid until the reader parses again. Members that are never read are ignored, and
// null counts as absent. Getters return nullopt for an absent member and a 400 for one of another type.
class JsonBody {
 public:
  // An empty text and `null` have no members. 400 if the text is not JSON, or not an object.
  static Result<JsonBody> parse(JsonReader& reader, std::string_view text);

  // The names of all members that are not null; views into the document.
  std::vector<std::string_view> names() const;
  // The value of one of names(), as JSON.
  std::string json(std::string_view name) const;
  // Returns true if the member is present and null, for bodies in which null and absent differ.
  bool is_null(std::string_view name) const;
  // A string.
  Result<std::optional<std::string>> text(std::string_view name) const;
  // A string that must not be missing or empty. `display_name` is the name used in the error message (P2).
  Result<std::string> required_text(std::string_view name, std::string_view display_name) const;
  // true or false.
  Result<std::optional<bool>> flag(std::string_view name) const;
  // A whole number.
  Result<std::optional<std::int64_t>> integer(std::string_view name) const;
  // A string with an ISO 8601 duration.
  Result<std::optional<std::chrono::nanoseconds>> duration(std::string_view name) const;
  // A string with a DateTimeOffset.
  Result<std::optional<SentTime>> time(std::string_view name) const;
  // An object; valid as long as this one.
  Result<std::optional<JsonBody>> object(std::string_view name) const;
  // An array of strings; views into the document.
  Result<std::optional<std::vector<std::string_view>>> texts(std::string_view name) const;
  // The same in a vector on `memory`, for lists that are long and read often.
  Result<std::optional<std::pmr::vector<std::string_view>>> texts(std::string_view name,
                                                                  std::pmr::memory_resource& memory) const;

 private:
  explicit JsonBody(std::optional<simdjson::dom::object> object) : object_(object) {}
  // The member; nullopt if it is absent or null.
  std::optional<simdjson::dom::element> member(std::string_view name) const;

  std::optional<simdjson::dom::object> object_;  // nullopt: no members
};

}  // namespace porchlight::graph
