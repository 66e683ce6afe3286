// Tokens of filter expressions: OData's $filter and $search, SCIM's filters and paths. Each grammar has its own parser
// and its own characters of a word; spaces, words, quoted strings and positions are read here.
#pragma once

#include <algorithm>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "base/text.h"

namespace porchlight {

// The OData string whose opening single quote is before `at`: a quote within is written twice (OData 4.01, part 2
// §5.1). Moves `at` behind the closing quote. Returns nullopt if the string is not closed; `at` is then behind the last
// quote.
inline std::optional<std::string> read_odata_string(std::string_view text, std::size_t& at) {
  std::string value;
  while (true) {
    const std::size_t end = text.find('\'', at);
    if (end == std::string_view::npos) return std::nullopt;
    value += text.substr(at, end - at);
    at = end + 1;
    if (!text.substr(at).starts_with('\'')) return value;
    value += '\'';
    ++at;
  }
}

// Reads a text from left to right, without allocation except for quoted(). The text must outlive the lexer. A failed
// read leaves the position where each function says, so that errors can name it.
template <bool (*kIsWordCharacter)(char)>
class FilterLexer {
 public:
  explicit FilterLexer(std::string_view text) : text_(text) {}

  std::string_view text() const { return text_; }
  // The offset of the next character, in bytes.
  std::size_t position() const { return at_; }
  void rewind(std::size_t position) { at_ = position; }
  void move_to_end() { at_ = text_.size(); }
  bool at_end() const { return at_ == text_.size(); }

  void skip_spaces() {
    while (at_ < text_.size() && text_[at_] == ' ') ++at_;
  }

  // Takes the next character if it is this one.
  bool accept(char expected) {
    if (at_end() || text_[at_] != expected) return false;
    ++at_;
    return true;
  }
  // The same after spaces, which are skipped in any case.
  bool accept_token(char expected) {
    skip_spaces();
    return accept(expected);
  }

  // The longest run of characters for which the predicate holds; may be empty.
  template <typename Predicate>
  std::string_view run(Predicate&& predicate) {
    const std::size_t begin = at_;
    while (at_ < text_.size() && predicate(text_[at_])) ++at_;
    return since(begin);
  }
  std::string_view word() { return run(kIsWordCharacter); }
  // Takes spaces and then this word, in any letter case. The position is unchanged if another word follows.
  bool accept_word(std::string_view expected) {
    const std::size_t before = at_;
    skip_spaces();
    if (equals_ignore_case(word(), expected)) return true;
    at_ = before;
    return false;
  }

  // The text from a position up to the current one.
  std::string_view since(std::size_t begin) const { return text_.substr(begin, at_ - begin); }
  // The text before the next `end`, which is not taken, or the rest of the text.
  std::string_view until(char end) {
    return run([end](char c) { return c != end; });
  }

  // The rest of an OData string whose opening single quote is taken; see read_odata_string().
  std::optional<std::string> quoted() { return read_odata_string(text_, at_); }
  // Skips the rest of a JSON string whose opening quote is taken. Returns false if it is not closed.
  bool skip_json_string() {
    while (!at_end() && text_[at_] != '"') at_ = std::min(at_ + (text_[at_] == '\\' ? 2 : 1), text_.size());
    return accept('"');
  }

 private:
  const std::string_view text_;
  std::size_t at_ = 0;
};

}  // namespace porchlight
