// A position in a text that knows its line.
#pragma once

#include <cstddef>
#include <string_view>

namespace porchlight::admin {

// Moves forward through a text, which must outlive it, and can return to an earlier place. Lines end with LF, CR LF or
// CR alone.
class LineCursor {
 public:
  explicit LineCursor(std::string_view text) : text_(text) {}

  std::string_view text() const { return text_; }
  // The offset in bytes.
  std::size_t offset() const { return at_; }
  // The line of the offset, from 1.
  std::size_t line() const { return line_; }
  bool at_end() const { return at_ == text_.size(); }
  // The next character; NUL at the end.
  char peek() const { return at_end() ? '\0' : text_[at_]; }

  // Moves forward by one character.
  void advance() {
    const char c = text_[at_++];
    if (c == '\n' || (c == '\r' && peek() != '\n')) ++line_;
  }
  void advance_to(std::size_t offset) {
    while (at_ < offset) advance();
  }
  // Moves to the next character for which the predicate holds, or to the end.
  template <typename Predicate>
  void advance_until(Predicate&& predicate) {
    while (!at_end() && !predicate(peek())) advance();
  }
  void skip_blanks() {
    advance_until([](char c) { return c != ' ' && c != '\t'; });
  }
  void skip_line() {
    for (const std::size_t line = line_; !at_end() && line_ == line;) advance();
  }

 private:
  std::string_view text_;
  std::size_t at_ = 0;
  std::size_t line_ = 1;
};

inline bool is_line_end(char c) { return c == '\n' || c == '\r'; }

}  // namespace porchlight::admin
