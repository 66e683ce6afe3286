// Strict JSON in (RFC 8259; spec security §7), over simdjson. And the few pieces of writing it
// out.
#pragma once

#include <simdjson.h>

#include <expected>
#include <string>
#include <string_view>
#include <vector>

namespace porchlight {

struct JsonLimits {
  std::size_t depth = 32;                // of objects and arrays in one another; the root is the first
  std::size_t members = 10'000;          // of objects and arrays, in the whole document
  std::size_t string_bytes = 64 * 1024;  // one string, after unescaping
  bool names_ignore_case = true;         // whether "Availability" repeats "availability"
};

// What is wrong and where: a byte offset into the text, and a fixed phrase.
struct JsonFault {
  std::size_t offset;
  std::string_view what;
};

// A reusable parser; one per thread. What parse() gives is valid until its next call.
class JsonReader {
 public:
  // The root of a document that is valid to its last byte: UTF-8, no member twice, within the limits.
  std::expected<simdjson::dom::element, JsonFault> parse(std::string_view text,
                                                         const JsonLimits& limits = {});

  // A member's name, and how many strings (names and values) stand before it in the text.
  struct MemberName {
    std::string_view text;
    std::size_t ordinal;
  };

 private:
  void release_memory(std::size_t needed);

  simdjson::dom::parser parser_;
  std::string padded_;
  std::vector<MemberName> names_;
};

// The member of that name in any ASCII letter case, or nothing.
simdjson::simdjson_result<simdjson::dom::element> find_member(const simdjson::dom::object& object,
                                                              std::string_view name);

// Appends `text` as a JSON string, quotes and escapes included. `text` must be UTF-8.
void append_json_string(std::string& out, std::string_view text);

}  // namespace porchlight
