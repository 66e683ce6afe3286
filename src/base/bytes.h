// Reads and writes the server's own binary formats (log messages, snapshots, subscriptions). Integers are little
// endian. Varints must be in their shortest form, so that each value has exactly one encoding.
#pragma once

#include <bit>
#include <concepts>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>

#include "base/guid.h"

namespace porchlight {

static_assert(std::endian::native == std::endian::little, "stored numbers are little endian");

// The longest varint: seven bits per byte, least significant first, the high bit set on every byte except the last.
inline constexpr std::size_t kVarintBytesMax = 10;

// Appends to a string that outlives the writer.
class ByteWriter {
 public:
  explicit ByteWriter(std::string& out) : out_(out) {}

  // An integer in sizeof(T) bytes.
  template <std::integral T>
  void fixed(T value) {
    append(&value, sizeof value);
  }
  // The same with the most significant byte first: as bytes, the values are ordered as numbers.
  template <std::unsigned_integral T>
  void big_endian(T value) {
    fixed(std::byteswap(value));
  }
  // A variable-length integer: small values take one byte.
  void varint(std::uint64_t value) {
    if (value < 0x80) return fixed(static_cast<std::uint8_t>(value));
    std::uint8_t bytes[kVarintBytesMax];
    std::size_t size = 0;
    for (; value >= 0x80; value >>= 7) bytes[size++] = static_cast<std::uint8_t>(value | 0x80);
    bytes[size++] = static_cast<std::uint8_t>(value);
    append(bytes, size);
  }
  // 16 bytes.
  void guid(const Guid& guid) { append(guid.bytes.data(), 16); }
  // The bytes alone; the reader must know their number.
  void raw(std::string_view bytes) { out_.append(bytes); }
  // The length as a varint, then the bytes.
  void text(std::string_view bytes) {
    varint(bytes.size());
    raw(bytes);
  }

 private:
  // std::string::append(), which is a call, costs more than the few bytes of a value.
  void append(const void* bytes, std::size_t size) {
    const std::size_t before = out_.size();
    // The second argument is not used: in the library of g++ 12 it is the capacity.
    out_.resize_and_overwrite(before + size, [&](char* content, std::size_t) {
      std::memcpy(content + before, bytes, size);
      return before + size;
    });
  }

  std::string& out_;
};

// Reads values in the order in which ByteWriter wrote them, never past the end. After the first value that is missing
// or malformed, ok() stays false and every further read returns zero or an empty string. The bytes must outlive the
// reader and the views that it returns.
class ByteReader {
 public:
  explicit ByteReader(std::string_view bytes) : rest_(bytes) {}

  // An integer written by ByteWriter::fixed of the same type.
  template <std::integral T>
  T fixed() {
    T value{};
    const std::string_view bytes = raw(sizeof(T));
    if (bytes.size() == sizeof(T)) std::memcpy(&value, bytes.data(), sizeof(T));
    return value;
  }
  // Fails if the value does not fit 64 bits, or if a shorter encoding of it exists.
  std::uint64_t varint() {
    std::uint64_t value = 0;
    for (std::size_t i = 0; i < kVarintBytesMax && i < rest_.size(); ++i) {
      const auto byte = static_cast<std::uint8_t>(rest_[i]);
      const bool overflows = i == kVarintBytesMax - 1 && byte > 1;
      const bool padded = i > 0 && byte == 0;
      if (overflows || padded) break;
      value |= std::uint64_t(byte & 0x7F) << (7 * i);
      if (byte < 0x80) {
        rest_.remove_prefix(i + 1);
        return value;
      }
    }
    fail();
    return 0;
  }
  // The nil GUID on failure.
  Guid guid() {
    Guid guid;
    const std::string_view bytes = raw(16);
    if (bytes.size() == 16) std::memcpy(guid.bytes.data(), bytes.data(), 16);
    return guid;
  }
  // The next `size` bytes.
  std::string_view raw(std::size_t size) {
    if (size > rest_.size()) {
      fail();
      return {};
    }
    const std::string_view bytes = rest_.substr(0, size);
    rest_.remove_prefix(size);
    return bytes;
  }
  // A string written by ByteWriter::text. Fails if it is longer than `bytes_max`.
  std::string_view text(std::size_t bytes_max) {
    const std::uint64_t size = varint();
    if (size > bytes_max) {
      fail();
      return {};
    }
    return raw(size);
  }

  // For callers that find a value invalid.
  void fail() {
    ok_ = false;
    rest_ = {};
  }
  // Whether all reads so far have succeeded. To be checked before a value read is used.
  bool ok() const { return ok_; }
  // Also true after a failure.
  bool at_end() const { return rest_.empty(); }
  // The bytes that are not read yet.
  std::string_view rest() const { return rest_; }

 private:
  std::string_view rest_;
  bool ok_ = true;
};

}  // namespace porchlight
