// Parser of application/x-www-form-urlencoded data, in a body or a query (RFC 6749 appendix B).
#pragma once

#include <cstdint>
#include <expected>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace porchlight::authority {

inline constexpr std::size_t kFormBytesMax = 64 * 1024;
inline constexpr std::size_t kFormFieldsMax = 64;

enum class FormFault : std::uint8_t {
  kTooLong,    // more than kFormBytesMax bytes
  kTooMany,    // more than kFormFieldsMax fields
  kMalformed,  // an invalid escape, a NUL, a field without a name, or invalid UTF-8
  kRepeated,   // the same name twice (RFC 6749 §3.1)
};

// The decoded fields of a form. Immutable.
class Form {
 public:
  static std::expected<Form, FormFault> parse(std::string_view text);

  // The value of a field. Returns nullopt if it is missing or empty (RFC 6749 §3.1: an empty one counts as omitted).
  std::optional<std::string_view> find(std::string_view name) const;

 private:
  bool has(std::string_view name) const;

  std::vector<std::pair<std::string, std::string>> fields_;
};

// Appends `text` form-encoded, so that parse() returns it: for redirect URLs.
void append_form_value(std::string& out, std::string_view text);

}  // namespace porchlight::authority
