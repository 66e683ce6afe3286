// TrustedIssuers: the keys of one issuer change while the others keep theirs.
#include "node/trusted_issuers.h"

#include <gtest/gtest.h>

#include "identity/minter.h"

namespace porchlight::node {
namespace {

constexpr std::string_view kHome = "https://home/{tenantid}/", kAway = "https://away/{tenantid}/";
const Time kNow{std::chrono::seconds(1'900'000'000)};

TEST(TrustedIssuers, ReplacesTheKeysOfOneIssuer) {
  const auto first = identity::SigningKey::generate(), second = identity::SigningKey::generate();
  identity::Verifier verifier(nullptr, {"us"});
  TrustedIssuers trust(verifier,
                       {{std::string(kHome), std::nullopt, {first.public_key()}},
                        {std::string(kAway), std::nullopt, {first.public_key()}}},
                       1);
  const auto believes = [&](const identity::SigningKey& key, std::string_view iss) {
    const auto token = key.mint({.tenant = secure_random_guid(),
                                 .app = secure_random_guid(),
                                 .user = {},
                                 .scopes = {},
                                 .roles = {},
                                 .audience = "us",
                                 .life = std::chrono::hours(1)},
                                iss, kNow);
    return verifier.verify(token, kNow).has_value();
  };
  EXPECT_TRUE(believes(first, kHome));
  EXPECT_TRUE(believes(first, kAway));
  trust.set_keys(1, {second.public_key()});
  EXPECT_TRUE(believes(first, kHome));
  EXPECT_FALSE(believes(first, kAway));
  EXPECT_TRUE(believes(second, kAway));
  EXPECT_FALSE(believes(second, kHome));
  trust.set_own_keys({});
  EXPECT_FALSE(believes(first, kHome));
}

}  // namespace
}  // namespace porchlight::node
