// Writing of text piece by piece without a check of the room for each piece: the caller states the most bytes at the
// beginning. Responses are written so, because most of their pieces are short.
#pragma once

#include <charconv>
#include <concepts>
#include <cstring>
#include <string>
#include <string_view>

#include "base/check.h"
#include "base/guid.h"

namespace porchlight {

// Writes to memory that is large enough; append_written() provides it.
class TextWriter {
 public:
  // The most digits of a number.
  static constexpr std::size_t kDigitsMax = 20;

  explicit TextWriter(char* to) : to_(to) {}

  // A literal: its length is known to the compiler.
  template <std::size_t size>
  TextWriter& literal(const char (&text)[size]) {
    std::memcpy(to_, text, size - 1);
    to_ += size - 1;
    return *this;
  }
  TextWriter& text(std::string_view text) {
    to_ += text.copy(to_, text.size());
    return *this;
  }
  // In decimal digits.
  TextWriter& number(std::unsigned_integral auto number) {
    to_ = std::to_chars(to_, to_ + kDigitsMax, number).ptr;
    return *this;
  }
  // The text form, kGuidChars bytes.
  TextWriter& guid(const Guid& guid) {
    write_guid(guid, to_);
    to_ += kGuidChars;
    return *this;
  }
  // The position after what was written.
  char* position() const { return to_; }

 private:
  char* to_;
};

// Appends to `out` what `write(TextWriter&)` writes: at most `bytes_max` bytes.
template <typename Write>
void append_written(std::string& out, std::size_t bytes_max, Write&& write) {
  const std::size_t from = out.size();
  out.resize_and_overwrite(from + bytes_max, [&](char* begin, std::size_t) {
    TextWriter to(begin + from);
    write(to);
    const auto end = static_cast<std::size_t>(to.position() - begin);
    CHECK(end <= from + bytes_max);
    return end;
  });
}

}  // namespace porchlight
