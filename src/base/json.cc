// simdjson checks the grammar; one walk over its tree checks the limits and finds duplicate names. Only if one of the
// two refuses the text, json_scan.h parses it a second time to find the position: simdjson reports none.
#include "base/json.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <optional>

#include "base/byte_blocks.h"
#include "base/json_scan.h"
#include "base/text.h"
#include "base/text_writer.h"

namespace porchlight {
namespace {

using simdjson::dom::element;
using simdjson::dom::element_type;
using MemberNames = std::vector<JsonReader::MemberName>;

// A parser's buffers take about 14 bytes per byte of text. Buffers for more text than this are freed before the next
// smaller text is parsed.
constexpr std::size_t kKeptBytes = 256 * 1024;

// An order in which equal names are neighbours. Lengths are compared first, since they differ for most names.
struct NameOrder {
  bool ignore_case;
  int compare(std::string_view a, std::string_view b) const {
    if (a.size() != b.size()) return a.size() < b.size() ? -1 : 1;
    if (!ignore_case) return a.compare(b);
    for (std::size_t i = 0; i < a.size(); ++i) {
      const char x = to_lower(a[i]), y = to_lower(b[i]);
      if (x != y) return x < y ? -1 : 1;
    }
    return 0;
  }
};

// Checks a parsed document. `names` is a stack with the names of all open objects. Each object sorts its own names
// when it closes, so an object with n names costs n log n comparisons and not n².
class Walk {
 public:
  Walk(const JsonLimits& limits, MemberNames& names) : limits_(limits), names_(names) { names_.clear(); }

  // Whether the element is within the limits and has no duplicate names.
  bool accepts(element value, std::size_t depth = 1) {
    switch (value.type()) {
      case element_type::OBJECT:
        return accepts_object(value.get_object(), depth);
      case element_type::ARRAY:
        return accepts_array(value.get_array(), depth);
      case element_type::STRING:
        return accepts_string(value.get_string());
      default:
        return true;
    }
  }

  // The first duplicate name in the text, as the number of strings before it.
  std::optional<std::size_t> repeated() const { return repeated_; }

 private:
  bool accepts_object(simdjson::dom::object object, std::size_t depth) {
    if (depth > limits_.depth) return false;
    const std::size_t first = names_.size();
    for (const auto field : object) {
      if (++members_ > limits_.members) return false;
      names_.push_back({field.key, strings_});
      if (!accepts_string(field.key) || !accepts(field.value, depth + 1)) return false;
    }
    return names_differ(first);
  }

  bool accepts_array(simdjson::dom::array array, std::size_t depth) {
    if (depth > limits_.depth) return false;
    for (const element value : array)
      if (++members_ > limits_.members || !accepts(value, depth + 1)) return false;
    return true;
  }

  bool accepts_string(std::string_view text) {
    ++strings_;
    return text.size() <= limits_.string_bytes;
  }

  // Whether the names from `first` on, those of the object that closes, are distinct. Removes them from the stack.
  bool names_differ(std::size_t first) {
    const NameOrder order{limits_.names_ignore_case};
    const auto begin = names_.begin() + static_cast<std::ptrdiff_t>(first);
    std::sort(begin, names_.end(), [order](const JsonReader::MemberName& a, const JsonReader::MemberName& b) {
      const int way = order.compare(a.text, b.text);
      return way != 0 ? way < 0 : a.ordinal < b.ordinal;
    });
    for (auto name = begin; name != names_.end() && name + 1 != names_.end(); ++name)
      if (order.compare(name[0].text, name[1].text) == 0)
        repeated_ = std::min(repeated_.value_or(name[1].ordinal), name[1].ordinal);
    names_.erase(begin, names_.end());
    return !repeated_;
  }

  const JsonLimits& limits_;
  MemberNames& names_;
  std::size_t members_ = 0;
  std::size_t strings_ = 0;
  std::optional<std::size_t> repeated_;
};

// For each byte: 0 to copy it, 'u' to write it as \u00XX, else the letter to write after a backslash.
constexpr auto kEscape = [] {
  std::array<char, 256> table{};
  for (std::size_t i = 0; i < 0x20; ++i) table[i] = 'u';
  table['\b'] = 'b', table['\f'] = 'f', table['\n'] = 'n', table['\r'] = 'r', table['\t'] = 't';
  table['"'] = '"', table['\\'] = '\\';
  return table;
}();

}  // namespace

std::expected<element, JsonFault> JsonReader::parse(std::string_view text, const JsonLimits& limits) {
  release_memory(text.size());
  padded_.resize(text.size() + simdjson::SIMDJSON_PADDING);
  std::memcpy(padded_.data(), text.data(), text.size());
  std::memset(padded_.data() + text.size(), ' ', simdjson::SIMDJSON_PADDING);
  element root;
  if (parser_.parse(padded_.data(), text.size(), false).get(root) != simdjson::SUCCESS)
    return std::unexpected(locate_json_fault(text, limits));
  Walk walk(limits, names_);
  if (!walk.accepts(root)) return std::unexpected(locate_json_fault(text, limits, walk.repeated()));
  return root;
}

void JsonReader::release_memory(std::size_t needed) {
  if (parser_.capacity() <= kKeptBytes || needed > kKeptBytes) return;
  parser_ = simdjson::dom::parser();
  padded_ = std::string();
  names_ = {};
}

simdjson::simdjson_result<element> find_member(const simdjson::dom::object& object, std::string_view name) {
  for (const auto field : object)
    if (field.key == name || equals_ignore_case(field.key, name)) return element(field.value);
  return simdjson::NO_SUCH_FIELD;
}

void append_json_string(std::string& out, std::string_view text) {
  static constexpr char kHex[] = "0123456789abcdef";
  // Nearly all texts need no escape.
  if (!any_byte(text, [](ByteBlock bytes) { return (bytes < 0x20) | (bytes == '"') | (bytes == '\\'); })) {
    append_written(out, text.size() + 2,
                   [text](TextWriter& to) { to.literal("\"").text(text).literal("\""); });
    return;
  }
  out += '"';
  std::size_t copied = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto byte = static_cast<std::uint8_t>(text[i]);
    const char escape = kEscape[byte];
    if (escape == 0) [[likely]]
      continue;
    out.append(text, copied, i - copied);
    copied = i + 1;
    out += '\\';
    out += escape;
    if (escape == 'u') out.append({'0', '0', kHex[byte >> 4], kHex[byte & 0x0F]});
  }
  out.append(text, copied);
  out += '"';
}

}  // namespace porchlight
