// Support for making valid and forged tokens: keys, a token as two maps of raw JSON, and a verifier with two
// trusted issuers.
#pragma once

#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/base64url.h"
#include "identity/keys.h"
#include "identity/verifier.h"

namespace porchlight::identity::forge {

inline constexpr std::string_view kHomeIss = "https://porchlight.local/{tenantid}/v2.0";
inline constexpr std::string_view kPartnerIss = "https://sts.windows.net/partner/";
inline constexpr std::string_view kTenant = "11111111-1111-4111-8111-11111111111a";
inline constexpr std::string_view kPartnerTenant = "22222222-2222-4222-8222-222222222222";
inline constexpr std::string_view kUser = "33333333-3333-4333-8333-333333333333";
inline constexpr std::string_view kApp = "44444444-4444-4444-8444-444444444444";
inline constexpr std::string_view kGraph = "00000003-0000-0000-c000-000000000000";
inline constexpr std::int64_t kNow = 1'900'000'000;

inline Time at(std::int64_t seconds) { return Time(std::chrono::seconds(seconds)); }
inline Guid guid(std::string_view text) { return parse_guid(text).value(); }

// A key pair and its kid. sign() returns signatures in the format of tokens.
struct Signer {
  PublicKey public_key;
  std::string sign(std::string_view text) const;
  // The same pair under another kid.
  Signer named(std::string kid) const { return {{std::move(kid), public_key.algorithm, public_key.key}}; }
};

// Made once for the program.
const Signer& home_rsa();       // this server's issuer, kid "home"
const Signer& partner_rsa();    // the partner's, kid "partner"
const Signer& partner_ec();     // the partner's, kid "partner-ec"
const Signer& untrusted_rsa();  // of no issuer, kid "home"

inline std::string in_quotes(std::string_view text) { return '"' + std::string(text) + '"'; }

// A token before it is signed: member name to raw JSON value. Starts as a valid delegated token of this
// server's issuer.
struct Forged {
  std::map<std::string, std::string> header = {{"typ", "\"JWT\""}, {"alg", "\"RS256\""}, {"kid", "\"home\""}};
  std::map<std::string, std::string> claims = {
      {"iss", in_quotes(issuer_for(kHomeIss, guid(kTenant)))},
      {"aud", in_quotes(kGraph)},
      {"tid", in_quotes(kTenant)},
      {"oid", in_quotes(kUser)},
      {"appid", in_quotes(kApp)},
      {"scp", "\"Presence.Read Presence.ReadWrite\""},
      {"iat", std::to_string(kNow)},
      {"nbf", std::to_string(kNow)},
      {"exp", std::to_string(kNow + 3600)},
  };
  std::string raw_header;  // in place of `header`, if not empty
  std::string raw_claims;  // in place of `claims`, if not empty

  std::string signed_text() const;
  std::string sign(const Signer& signer) const;
  std::string sign_hmac(std::string_view secret) const;
};

Forged app_only();
Forged from_partner(std::string_view kid, std::string_view alg);

// A verifier that trusts this server's issuer and the partner.
const Verifier& verifier();

}  // namespace porchlight::identity::forge
