// Tests of all bytes of a text, sixteen at a time. GCC and clang compile them to SSE or NEON.
#pragma once

#include <array>
#include <bit>
#include <cstdint>
#include <cstring>
#include <string_view>

namespace porchlight {

// Sixteen bytes. Comparisons set all bits of the bytes for which they hold.
using ByteBlock [[gnu::vector_size(16)]] = std::uint8_t;

// Whether the text has a byte that `test` finds. `test(block)` returns a block whose bytes are not 0 where it finds
// one; it must not find '0', with which a short text is filled up.
template <typename Test>
bool any_byte(std::string_view text, Test test) {
  constexpr std::size_t kBytes = sizeof(ByteBlock);
  const auto test_at = [&test](const char* from) {
    ByteBlock block;
    std::memcpy(&block, from, kBytes);
    return test(block);
  };
  std::array<char, kBytes> filled;
  if (text.size() < kBytes) {
    filled.fill('0');
    text.copy(filled.data(), text.size());
    text = {filled.data(), kBytes};
  }
  // The last block overlaps the one before it.
  auto found = test_at(text.data() + text.size() - kBytes);
  for (std::size_t at = 0; at + kBytes <= text.size(); at += kBytes) found |= test_at(text.data() + at);
  const auto halves = std::bit_cast<std::array<std::uint64_t, 2>>(found);
  return (halves[0] | halves[1]) != 0;
}

}  // namespace porchlight
