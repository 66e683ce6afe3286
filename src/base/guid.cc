// GUID text with vector instructions: each request parses and writes several ids. The 36 characters are read as three
// overlapping blocks of 16, because 36 is no multiple of 16; the hyphens are checked apart and shuffled out, so that
// the 32 digits fill two blocks. Writing runs the same steps in reverse. GCC and clang compile the shuffles to
// SSE 4.2 or NEON.
#include "base/guid.h"

#include <openssl/evp.h>
#include <openssl/rand.h>

#include <bit>
#include <memory>
#include <stdexcept>

#include "base/check.h"

namespace porchlight {
namespace {

// One block: sixteen characters, or the sixteen values of hexadecimal digits.
using Bytes [[gnu::vector_size(16)]] = std::uint8_t;
using Pairs [[gnu::vector_size(16)]] = std::uint16_t;
static_assert(std::endian::native == std::endian::little, "the first character of a pair is its low byte");

// Offsets of the second and third block of the text; the first is at 0.
constexpr std::size_t kSecond = 16, kThird = kGuidChars - 16;

Bytes load(const char* from) {
  Bytes bytes;
  std::memcpy(&bytes, from, sizeof(bytes));
  return bytes;
}

// The values of sixteen hexadecimal digits. Sets the bytes of `wrong` at characters that are not digits.
Bytes from_hex(Bytes text, Bytes& wrong) {
  const Bytes lower = text | 0x20;
  const Bytes digits = (text >= '0') & (text <= '9');
  const Bytes letters = (lower >= 'a') & (lower <= 'f');
  wrong |= ~(digits | letters);
  return (text & 0x0F) + (letters & 9);
}

// The lower-case digits of sixteen values from 0 to 15.
Bytes to_hex(Bytes values) { return values + '0' + ((values > 9) & ('a' - '0' - 10)); }

// Combines each two digit values to one byte, which is the low byte of the pair.
Pairs joined(Bytes values) {
  const auto pairs = reinterpret_cast<Pairs>(values);
  return (pairs << 4 | pairs >> 8) & 0xFF;
}

// Sets the version and the variant bits (RFC 9562 §4).
void set_version(Guid& guid, std::uint8_t version) {
  guid.bytes[6] = static_cast<std::uint8_t>((guid.bytes[6] & 0x0F) | (version << 4));
  guid.bytes[8] = static_cast<std::uint8_t>((guid.bytes[8] & 0x3F) | 0x80);
}

}  // namespace

std::optional<Guid> parse_guid(std::string_view text) {
  if (text.size() != kGuidChars) return std::nullopt;
  if (text[8] != '-' || text[13] != '-' || text[18] != '-' || text[23] != '-') return std::nullopt;
  const Bytes first = load(text.data()), second = load(text.data() + kSecond),
              third = load(text.data() + kThird);
  Bytes wrong = {};
  const Bytes high = from_hex(
      __builtin_shufflevector(first, second, 0, 1, 2, 3, 4, 5, 6, 7, 9, 10, 11, 12, 14, 15, 16, 17), wrong);
  const Bytes low = from_hex(
      __builtin_shufflevector(second, third, 3, 4, 5, 6, 8, 9, 10, 11, 12, 13, 14, 15, 28, 29, 30, 31),
      wrong);
  if (std::bit_cast<Guid>(wrong) != Guid{}) return std::nullopt;
  return std::bit_cast<Guid>(__builtin_shufflevector(reinterpret_cast<Bytes>(joined(high)),
                                                     reinterpret_cast<Bytes>(joined(low)), 0, 2, 4, 6, 8, 10,
                                                     12, 14, 16, 18, 20, 22, 24, 26, 28, 30));
}

void write_guid(const Guid& guid, char* out) {
  const auto bytes = std::bit_cast<Bytes>(guid);
  const Bytes high = to_hex(bytes >> 4), low = to_hex(bytes & 0x0F);
  const Bytes front =
      __builtin_shufflevector(high, low, 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23);
  const Bytes back =
      __builtin_shufflevector(high, low, 8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31);
  // The places of hyphens hold an arbitrary digit until the last line overwrites them.
  const Bytes first =
      __builtin_shufflevector(front, front, 0, 1, 2, 3, 4, 5, 6, 7, 0, 8, 9, 10, 11, 0, 12, 13);
  const Bytes second =
      __builtin_shufflevector(front, back, 14, 15, 0, 16, 17, 18, 19, 0, 20, 21, 22, 23, 24, 25, 26, 27);
  const Bytes third =
      __builtin_shufflevector(back, back, 1, 2, 3, 0, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15);
  std::memcpy(out, &first, sizeof(first));
  std::memcpy(out + kSecond, &second, sizeof(second));
  std::memcpy(out + kThird, &third, sizeof(third));
  out[8] = out[13] = out[18] = out[23] = '-';
}

void write_hex(std::uint64_t value, char* out) {
  const Bytes bytes = std::bit_cast<Bytes>(std::array{__builtin_bswap64(value), std::uint64_t{0}});
  const Bytes digits = __builtin_shufflevector(to_hex(bytes >> 4), to_hex(bytes & 0x0F), 0, 16, 1, 17, 2, 18,
                                               3, 19, 4, 20, 5, 21, 6, 22, 7, 23);
  std::memcpy(out, &digits, sizeof(digits));
}

void append_guid(std::string& out, const Guid& guid) {
  char text[kGuidChars];
  write_guid(guid, text);
  out.append(text, kGuidChars);
}

std::string to_string(const Guid& guid) {
  std::string text;
  append_guid(text, guid);
  return text;
}

// The algorithm is looked up once for each thread: OpenSSL's lookup costs several times what the hash does.
Guid guid_from_name(std::string_view name) {
  using Context =
      std::unique_ptr<EVP_MD_CTX, decltype([](EVP_MD_CTX* context) { EVP_MD_CTX_free(context); })>;
  static const EVP_MD* const kSha256 = EVP_MD_fetch(nullptr, "SHA256", nullptr);
  thread_local const Context context(EVP_MD_CTX_new());
  std::array<std::uint8_t, 32> digest;
  CHECK(EVP_DigestInit_ex2(context.get(), kSha256, nullptr) == 1 &&
        EVP_DigestUpdate(context.get(), name.data(), name.size()) == 1 &&
        EVP_DigestFinal_ex(context.get(), digest.data(), nullptr) == 1);
  Guid guid;
  std::copy_n(digest.begin(), 16, guid.bytes.begin());
  set_version(guid, 8);
  return guid;
}

Guid secure_random_guid() {
  Guid guid;
  if (RAND_bytes(guid.bytes.data(), 16) != 1)
    throw std::runtime_error("the system's random generator failed");
  set_version(guid, 4);
  return guid;
}

}  // namespace porchlight
