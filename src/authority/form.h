// What clients and pages send: application/x-www-form-urlencoded, as a body or behind the '?' (RFC 6749
// appendix B).
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
  kTooLong,    // beyond kFormBytesMax bytes
  kTooMany,    // beyond kFormFieldsMax fields
  kMalformed,  // a broken escape, a NUL, a nameless field, or what is not UTF-8
  kRepeated,   // one name twice (RFC 6749 §3.1)
};

// The fields of a form, decoded once.
class Form {
 public:
  static std::expected<Form, FormFault> parse(std::string_view text);

  // A field's value; nothing where it is absent or empty (RFC 6749 §3.1: as if it were omitted).
  std::optional<std::string_view> find(std::string_view name) const;

 private:
  bool has(std::string_view name) const;

  std::vector<std::pair<std::string, std::string>> fields_;
};

// Appends `text` as a form writes a value, so that parse() gives it back: for addresses to redirect to.
void append_form_value(std::string& out, std::string_view text);

}  // namespace porchlight::authority
