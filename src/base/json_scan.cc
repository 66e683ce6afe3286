// A recursive-descent parser of RFC 8259 with one function per rule of the grammar; the depth limit bounds the
// recursion. Each function returns false at the first fault, which is then in fault_.
//
// Boost.JSON's parser is not used for this: it reports the byte at which it stopped and not the start of the token, it
// has one error for most faults that have different phrases here, and it accepts numbers that simdjson refuses. Clients
// see offsets and phrases, so both must stay as they are.
#include "base/json_scan.h"

#include "base/text.h"

namespace porchlight {
namespace {

constexpr std::string_view kNotValue = "a JSON value is expected here";
constexpr std::string_view kNotString = "a malformed string";
constexpr std::string_view kNotUtf8 = "bytes that are not UTF-8";

class Scan {
 public:
  Scan(std::string_view text, const JsonLimits& limits, std::optional<std::size_t> repeated)
      : text_(text), limits_(limits), repeated_(repeated) {}

  JsonFault run() {
    skip_space();
    if (!value(1)) return fault_;
    skip_space();
    return {at_, "nothing may follow the document"};
  }

 private:
  // The byte at `ahead` bytes from the current position. NUL past the end, which the grammar allows nowhere.
  char peek(std::size_t ahead = 0) const { return at_ + ahead < text_.size() ? text_[at_ + ahead] : '\0'; }

  bool fail(std::size_t offset, std::string_view what) {
    fault_ = {offset, what};
    return false;
  }

  // White space of the grammar: space, tab, LF and CR.
  void skip_space() {
    while (peek() == ' ' || peek() == '\t' || peek() == '\n' || peek() == '\r') ++at_;
  }

  // `depth`: the nesting level that a container here would have.
  bool value(std::size_t depth) {
    switch (peek()) {
      case '{':
        return container(depth, '}');
      case '[':
        return container(depth, ']');
      case '"':
        return string();
      case 't':
        return literal("true");
      case 'f':
        return literal("false");
      case 'n':
        return literal("null");
      default:
        return number();
    }
  }

  // An object or an array, by its closing bracket.
  bool container(std::size_t depth, char close) {
    if (depth > limits_.depth) return fail(at_, "nested too deeply");
    ++at_;
    skip_space();
    if (peek() == close) return ++at_, true;
    for (;;) {
      if (++members_ > limits_.members) return fail(at_, "too many members");
      if (!(close == '}' ? member(depth) : value(depth + 1))) return false;
      skip_space();
      if (peek() == close) return ++at_, true;
      if (peek() != ',') return fail(at_, "a comma or the end of the object or array is expected here");
      ++at_;
      skip_space();
    }
  }

  bool member(std::size_t depth) {
    if (peek() != '"') return fail(at_, "a member's name is expected here");
    if (!string()) return false;
    skip_space();
    if (peek() != ':') return fail(at_, "a colon is expected here");
    ++at_;
    skip_space();
    return value(depth + 1);
  }

  bool literal(std::string_view word) {
    if (text_.substr(at_, word.size()) != word) return fail(at_, kNotValue);
    at_ += word.size();
    return true;
  }

  bool digits() {
    const std::size_t start = at_;
    while (is_digit(peek())) ++at_;
    return at_ != start;
  }

  // simdjson decides whether a well-formed number fits, so that the two parsers agree.
  bool number() {
    const std::size_t start = at_;
    if (peek() == '-') ++at_;
    if (!is_digit(peek())) return fail(start, kNotValue);
    if (peek() == '0' && is_digit(peek(1))) return fail(start, "a number with a leading zero");
    digits();
    if (peek() == '.' && (++at_, !digits())) return fail(start, "a number without digits after its point");
    if (peek() == 'e' || peek() == 'E') {
      ++at_;
      if (peek() == '+' || peek() == '-') ++at_;
      if (!digits()) return fail(start, "a number without digits in its exponent");
    }
    if (numbers_.parse(text_.data() + start, at_ - start).error() != simdjson::SUCCESS)
      return fail(start, "a number that does not fit");
    return true;
  }

  // Counts the string, because a duplicate name is given by the number of strings before it.
  bool string() {
    const std::size_t start = at_++;
    if (strings_++ == repeated_) return fail(start, "a member that is there already");
    for (std::size_t bytes = 0; peek() != '"';) {
      if (at_ >= text_.size()) return fail(start, "a string without an end");
      if (static_cast<std::uint8_t>(peek()) < 0x20) return fail(at_, "a control character in a string");
      if (!(peek() == '\\' ? escape(bytes) : plain(bytes))) return false;
      if (bytes > limits_.string_bytes) return fail(start, "a string that is too long");
    }
    ++at_;
    return true;
  }

  // escape() and plain() read one character of a string and add its length in UTF-8 to `bytes`.
  bool escape(std::size_t& bytes) {
    const std::size_t start = at_;
    if (peek(1) != 'u') {
      if (std::string_view(R"("\/bfnrt)").find(peek(1)) == std::string_view::npos)
        return fail(start, kNotString);
      at_ += 2, bytes += 1;
      return true;
    }
    const int unit = code_unit();
    if (unit < 0 || (unit >= 0xDC00 && unit <= 0xDFFF)) return fail(start, kNotString);
    if (unit < 0xD800 || unit > 0xDFFF) {
      bytes += unit < 0x80 ? 1 : unit < 0x800 ? 2 : 3;
      return true;
    }
    const int low = code_unit();
    if (low < 0xDC00 || low > 0xDFFF) return fail(start, kNotString);
    bytes += 4;
    return true;
  }

  // The value of `\uXXXX`, or -1 if the text does not continue with one.
  int code_unit() {
    if (peek() != '\\' || peek(1) != 'u') return -1;
    int unit = 0;
    for (std::size_t i = 2; i < 6; ++i) {
      const char c = to_lower(peek(i));
      if (!is_digit(c) && (c < 'a' || c > 'f')) return -1;
      unit = unit * 16 + (is_digit(c) ? c - '0' : c - 'a' + 10);
    }
    at_ += 6;
    return unit;
  }

  bool plain(std::size_t& bytes) {
    const auto lead = static_cast<std::uint8_t>(peek());
    const std::size_t length = lead < 0x80 ? 1 : lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
    const std::string_view character = text_.substr(at_, length);
    if (character.size() < length || !simdjson::validate_utf8(character)) return fail(at_, kNotUtf8);
    at_ += length, bytes += length;
    return true;
  }

  const std::string_view text_;
  const JsonLimits& limits_;
  const std::optional<std::size_t> repeated_;
  std::size_t at_ = 0;
  std::size_t members_ = 0;
  std::size_t strings_ = 0;
  simdjson::dom::parser numbers_;
  JsonFault fault_{};
};

}  // namespace

JsonFault locate_json_fault(std::string_view text, const JsonLimits& limits,
                            std::optional<std::size_t> repeated) {
  return Scan(text, limits, repeated).run();
}

}  // namespace porchlight
