// Codes of letters.
#include "authority/letter_code.h"

#include "authority/digest.h"
#include "base/text.h"

namespace porchlight::authority {
namespace {

constexpr std::string_view kLetters = "BCDFGHJKLMNPQRSTVWXZ";
constexpr std::size_t kGroup = 4;

}  // namespace

std::string random_letters(std::size_t count) {
  std::string code;
  while (code.size() < count) {
    const auto byte = static_cast<unsigned char>(secure_random_bytes(1)[0]);
    // Bytes from 240 on are skipped: each letter is equally likely.
    if (byte < 240) code += kLetters[byte % kLetters.size()];
  }
  return code;
}

std::string plain_letters(std::string_view entered) {
  std::string code;
  for (const char c : entered) {
    const char low = to_lower(c);
    if (low >= 'a' && low <= 'z') code += static_cast<char>(low - 'a' + 'A');
  }
  return code;
}

std::string in_groups(std::string_view code) {
  std::string text;
  for (std::size_t i = 0; i < code.size(); i += kGroup)
    text.append(text.empty() ? "" : "-").append(code.substr(i, kGroup));
  return text;
}

}  // namespace porchlight::authority
