// Codes by liboath. Its oath_totp_validate() stops at the first code that matches, which takes the less time the sooner
// that is, and compares with strcmp(); so the codes are generated here one by one, and all compared.
#include "authority/totp.h"

#include <fmt/format.h>
#include <liboath/oath.h>

#include <cstdlib>
#include <memory>
#include <stdexcept>

#include "authority/digest.h"
#include "authority/form.h"

namespace porchlight::authority {
namespace {

// The library checks its version and prepares its cryptography. It keeps no state otherwise.
void init_library() {
  static const bool kReady = oath_init() == OATH_OK;
  if (!kReady) throw std::runtime_error("liboath failed");
}

}  // namespace

std::string make_totp_secret() { return secure_random_bytes(kTotpSecretBytes); }

std::uint64_t totp_step_at(Time now) {
  return static_cast<std::uint64_t>(now.time_since_epoch() / kTotpStep);
}

std::string totp_code(std::string_view secret, std::uint64_t step) {
  init_library();
  char code[kTotpDigits + 1];
  if (oath_totp_generate(secret.data(), secret.size(), static_cast<time_t>(step) * kTotpStep.count(),
                         kTotpStep.count(), OATH_TOTP_DEFAULT_START_TIME, kTotpDigits, code) != OATH_OK)
    throw std::runtime_error("liboath failed");
  return {code, kTotpDigits};
}

std::optional<std::uint64_t> find_totp_step(std::string_view secret, std::string_view code, Time now,
                                            std::uint64_t used) {
  if (code.size() != kTotpDigits) return std::nullopt;
  const std::uint64_t current = totp_step_at(now);
  std::optional<std::uint64_t> found;
  for (std::uint64_t step = current - kTotpStepsAround; step <= current + kTotpStepsAround; ++step)
    if (equals_constant_time(totp_code(secret, step), code) && step > used) found = step;
  return found;
}

std::string totp_secret_text(std::string_view secret) {
  char* text = nullptr;
  std::size_t size = 0;
  if (oath_base32_encode(secret.data(), secret.size(), &text, &size) != OATH_OK)
    throw std::runtime_error("liboath failed");
  const std::unique_ptr<char, decltype([](char* owned) { std::free(owned); })> owner(text);
  return {text, size};
}

std::string totp_uri(std::string_view secret, std::string_view issuer, std::string_view account) {
  std::string label, query;
  append_form_value(label, issuer);
  append_form_value(query, issuer);
  label += ':';
  append_form_value(label, account);
  return fmt::format("otpauth://totp/{}?secret={}&issuer={}&algorithm=SHA1&digits={}&period={}", label,
                     totp_secret_text(secret), query, kTotpDigits, kTotpStep.count());
}

}  // namespace porchlight::authority
