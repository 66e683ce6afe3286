// Strict JSON parsing (RFC 8259; spec security §7) with simdjson, and the writing of JSON strings. base/json_writer.h
// writes objects and arrays.
#pragma once

#include <simdjson.h>

#include <expected>
#include <string>
#include <string_view>
#include <vector>

namespace porchlight {

// A document that exceeds one of these is refused.
struct JsonLimits {
  std::size_t depth = 32;                // nesting of objects and arrays; the root is level 1
  std::size_t members = 10'000;          // object members and array items, in the whole document
  std::size_t string_bytes = 64 * 1024;  // one string, after unescaping
  bool names_ignore_case = true;         // whether "Availability" is a duplicate of "availability"
};

// Why a text is refused: a byte offset into the text and a constant phrase. Clients see both.
struct JsonFault {
  std::size_t offset;
  std::string_view what;
};

// A reusable parser; one per thread. The result of parse() is valid until the next call.
class JsonReader {
 public:
  // The root of the document. Fails unless the whole text is one JSON value in UTF-8, without duplicate member names
  // and within the limits.
  std::expected<simdjson::dom::element, JsonFault> parse(std::string_view text,
                                                         const JsonLimits& limits = {});

  // A member's name, and the number of strings (names and values) before it in the text.
  struct MemberName {
    std::string_view text;
    std::size_t ordinal;
  };

 private:
  // Frees the buffers if a large document grew them and the next text, of `needed` bytes, is small.
  void release_memory(std::size_t needed);

  simdjson::dom::parser parser_;
  std::string padded_;             // the text, followed by the padding that simdjson reads
  std::vector<MemberName> names_;  // of the objects that the duplicate check has open
};

// The member of that name, compared without regard to ASCII case. NO_SUCH_FIELD if there is no such member.
simdjson::simdjson_result<simdjson::dom::element> find_member(const simdjson::dom::object& object,
                                                              std::string_view name);

// Appends `text` as a JSON string, quotes and escapes included. `text` must be UTF-8.
void append_json_string(std::string& out, std::string_view text);

}  // namespace porchlight
