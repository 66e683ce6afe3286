// The issuers of a server are replaced while tokens are verified.
#include "node/issuer_keys.h"

#include <gtest/gtest.h>

#include <fstream>

#include "identity/minter.h"
#include "node/configured_issuers.h"
#include "support/temp_folder.h"

namespace porchlight::node {
namespace {

const Time kIssuedAt{std::chrono::seconds(1'900'000'000)};

class IssuerKeysTest : public testing::Test {
 protected:
  // An issuer whose keys are in a file.
  TrustedIssuer in_file(const std::string& name, const identity::SigningKey& key) {
    std::ofstream(temp_ / name) << key.jwks();
    TrustedIssuer issuer;
    issuer.iss = "https://" + name + "/{tenantid}";
    issuer.jwks_file = temp_ / name;
    return issuer;
  }
  // An issuer whose keys would be fetched from an address that does not answer.
  static TrustedIssuer fetched(const std::string& name) {
    TrustedIssuer issuer;
    issuer.iss = "https://" + name + "/{tenantid}";
    issuer.jwks_url = "https://127.0.0.1:1/" + name;
    return issuer;
  }
  bool accepts(const identity::SigningKey& key, const TrustedIssuer& issuer) const {
    const auto token = key.mint({.tenant = secure_random_guid(),
                                 .app = secure_random_guid(),
                                 .user = {},
                                 .scopes = {},
                                 .roles = {},
                                 .audience = "us",
                                 .life = std::chrono::hours(1)},
                                issuer.iss, kIssuedAt);
    return verifier_.verify(token, kIssuedAt).has_value();
  }

  const TempFolder temp_;
  const SystemClock clock_;
  const identity::SigningKey first_ = identity::SigningKey::generate();
  const identity::SigningKey second_ = identity::SigningKey::generate();
  identity::Verifier verifier_{nullptr, {"us"}};
};

TEST_F(IssuerKeysTest, IssuersComeAndGo) {
  const TrustedIssuer one = in_file("one", first_), two = in_file("two", second_);
  TrustedIssuers trusted(verifier_, *configured_issuers({one}), 0);
  IssuerKeys keys(temp_ / "cache", clock_, verifier_, trusted, {one});
  EXPECT_TRUE(accepts(first_, one));
  EXPECT_FALSE(accepts(second_, two));
  ASSERT_TRUE(keys.replace({two, one}));
  EXPECT_TRUE(accepts(first_, one));
  EXPECT_TRUE(accepts(second_, two));
  ASSERT_TRUE(keys.replace({}));
  EXPECT_FALSE(accepts(first_, one));
}

TEST_F(IssuerKeysTest, FilesOfKeysAreReadAgain) {
  const TrustedIssuer one = in_file("one", first_);
  TrustedIssuers trusted(verifier_, *configured_issuers({one}), 0);
  IssuerKeys keys(temp_ / "cache", clock_, verifier_, trusted, {one});
  in_file("one", second_);
  ASSERT_TRUE(keys.replace({one}));
  EXPECT_TRUE(accepts(second_, one));
  EXPECT_FALSE(accepts(first_, one));
  std::ofstream(temp_ / "one") << "no keys";
  EXPECT_FALSE(keys.replace({one}));
  EXPECT_TRUE(accepts(second_, one));
}

// Its key server does not answer at the moment of the reload.
TEST_F(IssuerKeysTest, AnIssuerThatStaysKeepsItsFetchedKeys) {
  const TrustedIssuer stays = fetched("stays"), other = fetched("other");
  TrustedIssuers trusted(verifier_, *configured_issuers({stays}), 0);
  IssuerKeys keys(temp_ / "cache", clock_, verifier_, trusted, {stays});
  trusted.set_keys(0, {first_.public_key()});
  ASSERT_TRUE(keys.replace({other, stays}));
  EXPECT_TRUE(accepts(first_, stays));
  EXPECT_FALSE(accepts(first_, other));
  TrustedIssuer moved = stays;
  moved.jwks_url += "/elsewhere";
  ASSERT_TRUE(keys.replace({moved}));
  EXPECT_FALSE(accepts(first_, moved)) << "keys of another address";
}

}  // namespace
}  // namespace porchlight::node
