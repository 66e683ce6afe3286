// A line is a JSON object: a key with either a token or a message and its signature in hexadecimal.
#include "signatures/signature_check.h"

#include <optional>
#include <string>

#include "base/json.h"
#include "base/text.h"
#include "identity/keys.h"
#include "identity/signature.h"
#include "identity/token_form.h"

namespace porchlight::identity {
namespace {

using simdjson::SUCCESS;
using simdjson::dom::object;

constexpr JsonLimits kLineLimits{.string_bytes = 4 * 1024 * 1024, .names_ignore_case = false};

// Hexadecimal to bytes; nullopt if the text is malformed.
std::optional<std::string> decode_hex(std::string_view text) {
  if (text.size() % 2 != 0) return std::nullopt;
  std::string bytes;
  for (std::size_t i = 0; i < text.size(); i += 2) {
    const int high = hex_value(text[i]), low = hex_value(text[i + 1]);
    if (high < 0 || low < 0) return std::nullopt;
    bytes += static_cast<char>(high * 16 + low);
  }
  return bytes;
}

// The checks that a token gets before its claims are read.
bool check_token(const PublicKey& key, std::string_view jws) {
  JsonReader reader;
  const auto form = split_token(jws);
  if (!form) return false;
  const auto header = read_header(reader, form->header);
  return header && header->alg == name(key.algorithm) &&
         verify_signature(key, form->signed_text, form->signature);
}

// The check of a signature over any bytes.
bool check_message(const PublicKey& key, const object& line) {
  std::string_view alg, msg, sig;
  if (line["alg"].get(alg) != SUCCESS || line["msg"].get(msg) != SUCCESS || line["sig"].get(sig) != SUCCESS)
    return false;
  const auto message = decode_hex(msg);
  const auto signature = decode_hex(sig);
  return alg == name(key.algorithm) && message && signature && verify_signature(key, *message, *signature);
}

}  // namespace

bool check_signature_line(std::string_view json_line) {
  JsonReader reader;
  const auto root = reader.parse(json_line, kLineLimits);
  object line;
  simdjson::dom::element jwk;
  if (!root || root->get(line) != SUCCESS || line["jwk"].get(jwk) != SUCCESS) return false;
  const auto key = parse_jwk(jwk);
  if (!key) return false;
  if (std::string_view jws; line["jws"].get(jws) == SUCCESS) return check_token(*key, jws);
  return check_message(*key, line);
}

}  // namespace porchlight::identity
