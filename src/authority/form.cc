// Splitting, percent-decoding and validation of forms.
#include "authority/form.h"

#include <simdjson.h>

#include <algorithm>

#include "base/percent.h"
#include "base/split.h"

namespace porchlight::authority {
namespace {

bool decode_part(std::string_view text, std::string& out) {
  return percent_decode(text, true, out) && out.find('\0') == std::string::npos &&
         simdjson::validate_utf8(out);
}

// Characters that need no escape anywhere in a URL (RFC 3986 §2.3).
bool is_unreserved(char c) {
  return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '-' || c == '.' ||
         c == '_' || c == '~';
}

}  // namespace

// Strict where readers differ: a name that occurs twice, a NUL or invalid UTF-8 is refused, so no later reader can see
// another value than the one that was checked.
std::expected<Form, FormFault> Form::parse(std::string_view text) {
  if (text.size() > kFormBytesMax) return std::unexpected(FormFault::kTooLong);
  Form form;
  for (const std::string_view part : split(text, '&')) {
    if (part.empty()) continue;
    const std::size_t equals = std::min(part.find('='), part.size());
    std::string name, value;
    if (!decode_part(part.substr(0, equals), name) || name.empty() ||
        !decode_part(part.substr(std::min(equals + 1, part.size())), value))
      return std::unexpected(FormFault::kMalformed);
    if (form.has(name)) return std::unexpected(FormFault::kRepeated);
    if (form.fields_.size() == kFormFieldsMax) return std::unexpected(FormFault::kTooMany);
    form.fields_.emplace_back(std::move(name), std::move(value));
  }
  return form;
}

std::optional<std::string_view> Form::find(std::string_view name) const {
  for (const auto& [field, value] : fields_)
    if (field == name && !value.empty()) return value;
  return std::nullopt;
}

bool Form::has(std::string_view name) const {
  return std::ranges::any_of(fields_, [name](const auto& field) { return field.first == name; });
}

void append_form_value(std::string& out, std::string_view text) {
  static constexpr char kDigits[] = "0123456789ABCDEF";
  for (const char c : text) {
    if (is_unreserved(c)) {
      out += c;
    } else {
      const auto byte = static_cast<unsigned char>(c);
      out += '%';
      out += kDigits[byte >> 4];
      out += kDigits[byte & 15];
    }
  }
}

}  // namespace porchlight::authority
