// Tokens of this server: minted, verified and read claim by claim; and the file of the key.
#include "identity/minter.h"

#include <gtest/gtest.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <sys/stat.h>

#include <cstdlib>
#include <fstream>

#include "base/json.h"
#include "forge.h"

namespace porchlight::identity {
namespace {

using namespace forge;
namespace fs = std::filesystem;

const SigningKey& key() {
  static const SigningKey made = SigningKey::generate();
  return made;
}

const SigningKey& ec_key() {
  static const SigningKey made = SigningKey::generate(Algorithm::kEs256);
  return made;
}

Verifier verifier_of(const SigningKey& signing) {
  std::vector<Issuer> issuers;
  issuers.push_back({std::string(kHomeIss), std::nullopt, parse_jwks(signing.jwks()).value()});
  return {std::make_shared<const KeySet>(std::move(issuers)), {std::string(kGraph)}};
}

TokenRequest delegated() {
  return {guid(kTenant), guid(kApp),          guid(kUser),          {"Presence.Read", "openid"},
          {"ignored"},   std::string(kGraph), std::chrono::hours(1)};
}

TokenRequest application() {
  return {
      guid(kTenant),       guid(kApp),           {}, {"ignored"}, {"Presence.Read.All", "Porchlight.Admin"},
      std::string(kGraph), std::chrono::hours(1)};
}

std::string mint(const TokenRequest& request, Time now = at(kNow)) {
  return key().mint(request, kHomeIss, now);
}

std::string payload_of(const std::string& token) {
  const auto dot = token.find('.');
  return decode_base64url(token.substr(dot + 1, token.rfind('.') - dot - 1)).value();
}

TEST(Minter, DelegatedTokensVerify) {
  const auto caller = verifier_of(key()).verify(mint(delegated()), at(kNow));
  ASSERT_TRUE(caller.has_value());
  EXPECT_EQ(caller->user, guid(kUser));
  EXPECT_EQ(caller->tenant, guid(kTenant));
  EXPECT_EQ(caller->granted, "Presence.Read openid");
  EXPECT_EQ(caller->expires_at, at(kNow + 3600));
}

// Numbers of a signature that begin with a zero byte are padded; one pair in 128 has one.
TEST(Minter, TokensOfAnEcKeyVerify) {
  const Verifier verifier = verifier_of(ec_key());
  for (int i = 0; i < 1000; ++i) {
    const std::string token = ec_key().mint(delegated(), kHomeIss, at(kNow));
    ASSERT_EQ(decode_base64url(token.substr(token.rfind('.') + 1)).value().size(), 64U);
    ASSERT_TRUE(verifier.verify(token, at(kNow)).has_value());
  }
  const std::string token = ec_key().mint(delegated(), kHomeIss, at(kNow));
  EXPECT_EQ(decode_base64url(token.substr(0, token.find('.'))),
            R"({"typ":"JWT","alg":"ES256","kid":")" + ec_key().public_key().kid + "\"}");
}

TEST(Minter, AppTokensVerify) {
  const auto caller = verifier_of(key()).verify(mint(application()), at(kNow));
  ASSERT_TRUE(caller.has_value());
  EXPECT_FALSE(caller->delegated());
  EXPECT_TRUE(caller->has(Permission::kAppAdmin));
  EXPECT_EQ(caller->granted, "Presence.Read.All Porchlight.Admin");
}

TEST(Minter, TokensWithoutPermissionsKeepTheirKind) {
  TokenRequest user = delegated(), app = application();
  user.scopes.clear();
  app.roles.clear();
  EXPECT_TRUE(verifier_of(key()).verify(mint(user), at(kNow))->delegated());
  EXPECT_FALSE(verifier_of(key()).verify(mint(app), at(kNow))->delegated());
}

TEST(Minter, ClaimsAreThoseOfEntraV1) {
  JsonReader reader;
  const std::string user = payload_of(mint(delegated(), at(kNow) + std::chrono::milliseconds(999)));
  const auto root = reader.parse(user);
  ASSERT_TRUE(root.has_value());
  const std::pair<const char*, std::string_view> texts[] = {
      {"aud", kGraph},
      {"tid", kTenant},
      {"oid", kUser},
      {"appid", kApp},
      {"idtyp", "user"},
      {"ver", "1.0"},
      {"scp", "Presence.Read openid"},
      {"iss", "https://porchlight.local/11111111-1111-4111-8111-11111111111a/v2.0"}};
  for (const auto& [name, text] : texts) EXPECT_EQ(std::string_view((*root)[name]), text) << name;
  EXPECT_EQ(std::int64_t((*root)["iat"]), kNow);
  EXPECT_EQ(std::int64_t((*root)["nbf"]), kNow);
  EXPECT_EQ(std::int64_t((*root)["exp"]), kNow + 3600);
  EXPECT_NE((*root)["roles"].error(), simdjson::SUCCESS);

  const auto app = reader.parse(payload_of(mint(application())));
  EXPECT_EQ(std::string_view((*app)["oid"]), kApp);
  EXPECT_EQ(std::string_view((*app)["idtyp"]), "app");
  EXPECT_NE((*app)["scp"].error(), simdjson::SUCCESS);
}

TEST(Minter, NoTwoTokensAreEqual) { EXPECT_NE(mint(delegated()), mint(delegated())); }

TEST(Minter, AnotherKeysTokensDoNotVerify) {
  const SigningKey other = SigningKey::generate();
  EXPECT_EQ(verifier_of(other).verify(mint(delegated()), at(kNow)).error(), TokenFault::kKey);
}

TEST(Minter, ThePublicHalfCannotSign) {
  EXPECT_EQ(key().public_key().kid, thumbprint(key().public_key()));
  EXPECT_THROW(Signer{key().public_key()}.sign("text"), std::runtime_error);
  for (const char* secret : {"\"d\"", "\"p\"", "\"q\"", "\"dp\""})
    EXPECT_EQ(key().jwks().find(secret), std::string::npos);
}

// A folder, removed after the test.
class KeyFile : public testing::Test {
 protected:
  KeyFile() {
    std::string name = (fs::temp_directory_path() / "porchlight-key-XXXXXX").string();
    folder_ = mkdtemp(name.data());
  }
  ~KeyFile() override { fs::remove_all(folder_); }

  void write(std::string_view text, fs::perms mode = fs::perms::owner_read | fs::perms::owner_write) {
    std::ofstream(file()) << text;
    fs::permissions(file(), mode);
  }
  fs::path file() const { return folder_ / "signing.pem"; }

  fs::path folder_;
};

TEST_F(KeyFile, SavesAndLoads) {
  ASSERT_TRUE(key().save(file()).has_value());
  struct stat status;
  ASSERT_EQ(stat(file().c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777, 0600U);
  const auto loaded = SigningKey::load(file());
  ASSERT_TRUE(loaded.has_value()) << loaded.error();
  EXPECT_EQ(loaded->jwks(), key().jwks());
  EXPECT_TRUE(verifier_of(key()).verify(loaded->mint(delegated(), kHomeIss, at(kNow)), at(kNow)));
}

TEST_F(KeyFile, TheKeyDecidesTheAlgorithm) {
  ASSERT_TRUE(ec_key().save(file()).has_value());
  const auto loaded = SigningKey::load(file());
  ASSERT_TRUE(loaded.has_value()) << loaded.error();
  EXPECT_EQ(loaded->public_key().algorithm, Algorithm::kEs256);
  EXPECT_EQ(loaded->jwks(), ec_key().jwks());
  EXPECT_TRUE(verifier_of(ec_key()).verify(loaded->mint(delegated(), kHomeIss, at(kNow)), at(kNow)));
}

TEST_F(KeyFile, SavingReplacesTheFileAndLeavesNoOthers) {
  write("old", fs::perms::all);
  ASSERT_TRUE(key().save(file()).has_value());
  EXPECT_TRUE(SigningKey::load(file()).has_value());
  EXPECT_EQ(std::distance(fs::directory_iterator(folder_), fs::directory_iterator()), 1);
}

TEST_F(KeyFile, SavingFailsWithoutAFolder) {
  const auto saved = key().save(folder_ / "none" / "signing.pem");
  ASSERT_FALSE(saved.has_value());
  EXPECT_NE(saved.error().find("cannot be written"), std::string::npos);
}

TEST_F(KeyFile, RefusesFilesThatOthersMayRead) {
  ASSERT_TRUE(key().save(file()).has_value());
  for (const unsigned mode : {0604U, 0640U, 0620U, 0602U, 0610U, 0700U, 0644U}) {
    fs::permissions(file(), static_cast<fs::perms>(mode));
    EXPECT_FALSE(SigningKey::load(file()).has_value()) << mode;
  }
  fs::permissions(file(), static_cast<fs::perms>(0400));
  EXPECT_TRUE(SigningKey::load(file()).has_value());
}

TEST_F(KeyFile, RefusesFilesWithoutAKey) {
  EXPECT_FALSE(SigningKey::load(file()).has_value());
  EXPECT_FALSE(SigningKey::load(folder_).has_value());
  for (const std::string& text :
       {std::string(), std::string("-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n"),
        key().jwks(), std::string(100'000, 'x')}) {
    write(text);
    const auto loaded = SigningKey::load(file());
    ASSERT_FALSE(loaded.has_value());
    EXPECT_EQ(loaded.error().find("AAAA"), std::string::npos);
  }
}

// Private keys of other kinds, as OpenSSL writes them.
TEST_F(KeyFile, RefusesKeysOfOtherKinds) {
  const EvpKey others[] = {own(EVP_PKEY_Q_keygen(nullptr, nullptr, "EC", "secp384r1")),
                           own(EVP_PKEY_Q_keygen(nullptr, nullptr, "EC", "secp256k1")),
                           own(EVP_PKEY_Q_keygen(nullptr, nullptr, "ED25519")), own(EVP_RSA_gen(1024))};
  for (const EvpKey& other : others) {
    const std::unique_ptr<BIO, decltype(&BIO_free)> bio(BIO_new(BIO_s_mem()), BIO_free);
    ASSERT_EQ(PEM_write_bio_PKCS8PrivateKey(bio.get(), other.get(), nullptr, nullptr, 0, nullptr, nullptr),
              1);
    char* pem = nullptr;
    const long length = BIO_get_mem_data(bio.get(), &pem);
    write({pem, static_cast<std::size_t>(length)});
    const auto loaded = SigningKey::load(file());
    ASSERT_FALSE(loaded.has_value());
    EXPECT_NE(loaded.error().find("neither an RSA key"), std::string::npos) << loaded.error();
  }
}

}  // namespace
}  // namespace porchlight::identity
