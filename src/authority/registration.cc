// Matching of redirect URIs, and the bytes of a registration, which are a disk format.
#include "authority/registration.h"

#include <algorithm>

#include "authority/redirect.h"
#include "base/bytes.h"

namespace porchlight::authority {
namespace {

constexpr std::uint8_t kPublic = 1, kIdTokens = 2, kRequirePkce = 4, kHasPreauthorized = 8;

void append_texts(ByteWriter& out, const std::vector<std::string>& texts) {
  out.varint(texts.size());
  for (const std::string& text : texts) out.text(text);
}

// Reads a count. If it is greater than `count_max`, marks the bytes as damaged and returns 0.
std::size_t read_count(ByteReader& in, std::size_t count_max) {
  const std::uint64_t count = in.varint();
  if (count <= count_max) return count;
  in.fail();
  return 0;
}

// Lengths are bounded while reading, so damaged bytes cannot make it allocate much.
std::vector<std::string> read_texts(ByteReader& in, std::size_t count_max, std::size_t bytes_max) {
  std::vector<std::string> texts(read_count(in, count_max));
  for (std::string& text : texts) text = in.text(bytes_max);
  return texts;
}

std::vector<ClientSecret> read_secrets(ByteReader& in) {
  std::vector<ClientSecret> secrets(read_count(in, kSecretsMax));
  for (ClientSecret& secret : secrets) {
    secret.id = in.guid();
    secret.hint = in.text(kSecretHintChars);
    secret.digest = in.text(32);
    secret.expires_at = Time(Duration(in.fixed<std::int64_t>()));
  }
  return secrets;
}

std::uint8_t flags_of(const Registration& registration) {
  return static_cast<std::uint8_t>((registration.is_public ? kPublic : 0) |
                                   (registration.id_tokens ? kIdTokens : 0) |
                                   (registration.require_pkce ? kRequirePkce : 0) |
                                   (registration.preauthorized.empty() ? 0 : kHasPreauthorized));
}

}  // namespace

bool needs_pkce(const Registration& registration) {
  return registration.is_public || registration.require_pkce;
}

bool is_redirect_of(const Registration& registration, std::string_view uri, std::string_view base) {
  return std::ranges::any_of(registration.redirects,
                             [&](const std::string& ours) { return redirect_matches(ours, uri, base); });
}

std::string print_registration(const Registration& registration) {
  std::string bytes;
  ByteWriter out(bytes);
  out.fixed(flags_of(registration));
  append_texts(out, registration.redirects);
  out.varint(registration.secrets.size());
  for (const ClientSecret& secret : registration.secrets) {
    out.guid(secret.id);
    out.text(secret.hint);
    out.text(secret.digest);
    out.fixed(static_cast<std::int64_t>(secret.expires_at.time_since_epoch().count()));
  }
  out.varint(registration.certificates.size());
  for (const ClientCertificate& certificate : registration.certificates) out.text(certificate.der);
  append_texts(out, registration.requested);
  append_texts(out, registration.exposed);
  if (registration.preauthorized.empty()) return bytes;
  out.varint(registration.preauthorized.size());
  for (const Guid& client : registration.preauthorized) out.guid(client);
  return bytes;
}

std::optional<Registration> read_registration(std::string_view bytes) {
  ByteReader in(bytes);
  Registration registration;
  const auto flags = in.fixed<std::uint8_t>();
  registration.is_public = (flags & kPublic) != 0;
  registration.id_tokens = (flags & kIdTokens) != 0;
  registration.require_pkce = (flags & kRequirePkce) != 0;
  registration.redirects = read_texts(in, kRedirectsMax, kRedirectBytesMax);
  registration.secrets = read_secrets(in);
  for (const std::string& der : read_texts(in, kCertificatesMax, kCertificateBytesMax)) {
    auto certificate = ClientCertificate::parse_der(der);
    if (!certificate) return std::nullopt;
    registration.certificates.push_back(*std::move(certificate));
  }
  registration.requested = read_texts(in, kScopeTokensMax, kScopeTokenBytesMax);
  registration.exposed = read_texts(in, kScopeTokensMax, kScopeTokenBytesMax);
  if ((flags & kHasPreauthorized) != 0) {
    registration.preauthorized.resize(read_count(in, kPreauthorizedMax));
    for (Guid& client : registration.preauthorized) client = in.guid();
  }
  if (!in.ok() || !in.at_end() || flags != flags_of(registration)) return std::nullopt;
  return registration;
}

}  // namespace porchlight::authority
