// Use of codes, and the stored form of a factor.
#include "authority/second_factor.h"

#include <algorithm>

#include "authority/digest.h"
#include "authority/letter_code.h"
#include "base/bytes.h"
#include "base/text.h"

namespace porchlight::authority {
namespace {

constexpr std::size_t kRecoveryLetters = 24;
constexpr std::size_t kHashBytesMax = 64;

// Without the characters that users add or leave out.
std::string plain_code(std::string_view entered) {
  std::string plain;
  for (const char c : entered) {
    if (c == ' ' || c == '-') continue;
    const char low = to_lower(c);
    plain += low >= 'a' && low <= 'z' ? static_cast<char>(low - 'a' + 'A') : c;
  }
  return plain;
}

std::optional<SecondFactor> use_app_code(const SecondFactor& factor, std::string_view code, Time now) {
  const auto step = find_totp_step(factor.secret, code, now, factor.used_step);
  if (!step) return std::nullopt;
  SecondFactor after = factor;
  after.used_step = *step;
  return after;
}

std::optional<SecondFactor> use_recovery_code(const SecondFactor& factor, std::string_view code) {
  const std::string digest = sha256(code);
  SecondFactor after = factor;
  bool is_found = false;
  for (std::string& hash : after.recovery_hashes) {
    if (!equals_constant_time(hash, digest)) continue;
    is_found = true;
    hash.clear();
  }
  return is_found ? std::optional(std::move(after)) : std::nullopt;
}

}  // namespace

std::string print_second_factor(const SecondFactor& factor) {
  std::string bytes;
  ByteWriter out(bytes);
  out.fixed(static_cast<std::int64_t>(factor.enrolled_at.time_since_epoch().count()));
  out.fixed(factor.used_step);
  out.text(factor.secret);
  out.varint(factor.recovery_hashes.size());
  for (const std::string& hash : factor.recovery_hashes) out.text(hash);
  return bytes;
}

std::optional<SecondFactor> read_second_factor(std::string_view bytes) {
  ByteReader in(bytes);
  SecondFactor factor;
  factor.enrolled_at = Time(Duration(in.fixed<std::int64_t>()));
  factor.used_step = in.fixed<std::uint64_t>();
  factor.secret = in.text(kTotpSecretBytes);
  const std::uint64_t count = in.varint();
  if (count != kRecoveryCodes || factor.secret.size() != kTotpSecretBytes) return std::nullopt;
  factor.recovery_hashes.resize(kRecoveryCodes);
  for (std::string& hash : factor.recovery_hashes) hash = in.text(kHashBytesMax);
  if (!in.ok() || !in.at_end()) return std::nullopt;
  return factor;
}

std::optional<SecondFactor> use_code(const SecondFactor& factor, std::string_view entered, Time now) {
  const std::string code = plain_code(entered);
  if (code.size() == kTotpDigits && std::ranges::all_of(code, is_digit))
    return use_app_code(factor, code, now);
  return use_recovery_code(factor, code);
}

std::vector<std::string> make_recovery_codes() {
  std::vector<std::string> codes;
  codes.reserve(kRecoveryCodes);
  while (codes.size() < kRecoveryCodes) codes.push_back(in_groups(random_letters(kRecoveryLetters)));
  return codes;
}

std::vector<std::string> hash_recovery_codes(const std::vector<std::string>& codes) {
  std::vector<std::string> hashes;
  hashes.reserve(codes.size());
  for (const std::string& code : codes) hashes.push_back(sha256(plain_code(code)));
  return hashes;
}

}  // namespace porchlight::authority
