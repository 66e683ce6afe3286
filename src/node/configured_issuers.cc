#include "node/configured_issuers.h"

#include <fstream>
#include <sstream>

namespace porchlight::node {
namespace {

// Reads a JWKS file, which must have a usable key.
std::expected<std::vector<identity::PublicKey>, std::string> load_keys(const std::filesystem::path& file) {
  std::ifstream in(file, std::ios::binary);
  std::ostringstream text;
  if (!in || !(text << in.rdbuf())) return std::unexpected("cannot read " + file.string());
  auto keys = identity::parse_jwks(text.str());
  if (!keys) return std::unexpected(file.string() + ": " + keys.error());
  if (keys->empty()) return std::unexpected(file.string() + ": holds no key that may verify tokens");
  return keys;
}

}  // namespace

std::expected<identity::Issuer, std::string> configured_issuer(const TrustedIssuer& trusted) {
  identity::Issuer issuer;
  issuer.iss = trusted.iss;
  issuer.tenant = trusted.tenant;
  issuer.claims = trusted.claims;
  issuer.audiences = trusted.audiences;
  issuer.clouds = identity::clouds_of_issuer(trusted.iss);
  if (trusted.jwks_file.empty()) return issuer;
  auto keys = load_keys(trusted.jwks_file);
  if (!keys) return std::unexpected(keys.error());
  issuer.keys = *std::move(keys);
  return issuer;
}

std::expected<std::vector<identity::Issuer>, std::string> configured_issuers(
    const std::vector<TrustedIssuer>& all) {
  std::vector<identity::Issuer> issuers;
  issuers.reserve(all.size());
  for (const TrustedIssuer& trusted : all) {
    auto issuer = configured_issuer(trusted);
    if (!issuer) return std::unexpected(issuer.error());
    issuers.push_back(*std::move(issuer));
  }
  return issuers;
}

}  // namespace porchlight::node
