// The strict JSON parser compared with the position scanner: both accept the same texts, except for duplicate names,
// which only the parser looks for. Strings of accepted texts are written and parsed again.
#include <cstdint>
#include <cstdlib>
#include <string>

#include "base/json.h"
#include "base/json_scan.h"

using namespace porchlight;

namespace {

void require(bool holds) {
  if (!holds) std::abort();
}

void check_strings(simdjson::dom::element value) {
  if (value.is_array())
    for (const auto item : value.get_array()) check_strings(item);
  if (value.is_object())
    for (const auto field : value.get_object()) check_strings(field.value);
  if (!value.is_string()) return;
  std::string json;
  append_json_string(json, std::string_view(value));
  JsonReader reader;
  const auto again = reader.parse(json);
  require(again.has_value() && std::string_view(*again) == std::string_view(value));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static JsonReader reader;
  const JsonLimits limits{.depth = 8, .members = 40, .string_bytes = 64, .names_ignore_case = size % 2 == 0};
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto root = reader.parse(text, limits);
  const JsonFault fault = locate_json_fault(text, limits);
  require(fault.offset <= size);
  const bool scanned = fault.offset == size && fault.what == "nothing may follow the document";
  if (root) {
    require(scanned);
    check_strings(*root);
  } else {
    require(root.error().offset <= size && !root.error().what.empty());
    require(!scanned || root.error().what == "a member that is there already");
  }
  return 0;
}
