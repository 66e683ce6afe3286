// Certificates of subscriptions, and data encrypted to them (spec notifications §6).
#include "webhook/resource_data_encryption.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "base/base64.h"
#include "webhook/decrypt_content.h"
#include "webhook/keys.h"

namespace porchlight::webhook {
namespace {

constexpr std::string_view kPlain =
    R"({"id":"00000000-0000-0000-0000-000000000001","availability":"Busy","activity":"InACall"})";

std::string error_of(std::string_view text) {
  const auto read_sealed = EncryptionCertificate::parse(text);
  return read_sealed ? "good" : std::string(read_sealed.error());
}

std::string error_of(const TestCertificate& certificate) {
  return error_of(encode_base64(der_of(certificate)));
}

EncryptionCertificate read_sealed(const TestCertificate& certificate) {
  return *EncryptionCertificate::parse(encode_base64(der_of(certificate)));
}

TEST(ResourceDataEncryption, MatchesTheVectorOfTheSpecification) {
  ASSERT_EQ(kPlain.size(), 88u);
  ContentKey key;
  for (std::size_t i = 0; i < key.size(); ++i) key[i] = static_cast<std::uint8_t>(i);
  const auto encrypted = encrypt_with_key(kPlain, read_sealed(certificate_of(rsa_2048())), key);
  ASSERT_TRUE(encrypted);
  EXPECT_EQ(encrypted->data,
            "tSDLsI84IkWUrGJjIMsyLJQin4uWebzCloWlwWv5XU7txRJ88vEivVzFr0EUOWkm/"
            "msigX0odvDHhWwrl+MRZENnd3Hzj9nav2GEQWoN8n"
            "IKzUOg0AwR+NIIDgQMDO9h");
  EXPECT_EQ(encrypted->data_signature, "fzN0PAAVSxCuKPguJZh13222t1oP24gDJH/njwq0E/M=");
  EXPECT_EQ(unwrap(encrypted->data_key, rsa_2048()), std::string(key.begin(), key.end()));
}

TEST(ResourceDataEncryption, WorksWithKeysOfAllSizes) {
  for (const unsigned bits : {2048u, 3072u, 4096u}) {
    const Key key = bits == 2048 ? rsa_2048() : rsa_key(bits);
    const auto encrypted = encrypt_resource_data(kPlain, read_sealed(certificate_of(key)));
    ASSERT_TRUE(encrypted) << bits;
    EXPECT_EQ(decrypt_content(*encrypted, key), kPlain) << bits;
  }
}

TEST(ResourceDataEncryption, WorksWithTextsOfAnyLength) {
  const EncryptionCertificate certificate = read_sealed(certificate_of(rsa_2048()));
  for (const std::size_t length : {0u, 1u, 15u, 16u, 17u, 31u, 32u, 4096u, 100'000u}) {
    const std::string plain(length, 'x');
    EXPECT_EQ(decrypt_content(encrypt_resource_data(plain, certificate).value(), rsa_2048()), plain)
        << length;
  }
}

TEST(ResourceDataEncryption, UsesAFreshKeyForEachMessage) {
  const EncryptionCertificate certificate = read_sealed(certificate_of(rsa_2048()));
  std::set<std::string> keys, texts;
  for (int i = 0; i < 100; ++i) {
    const EncryptedContent encrypted = encrypt_resource_data(kPlain, certificate).value();
    keys.insert(unwrap(encrypted.data_key, rsa_2048()));
    texts.insert(encrypted.data);
  }
  EXPECT_EQ(keys.size(), 100u);
  EXPECT_EQ(texts.size(), 100u);
  EXPECT_TRUE(std::ranges::all_of(keys, [](const std::string& key) { return key.size() == 32; }));
}

TEST(SubscriptionCertificate, ParsesDerAndPem) {
  const TestCertificate made = certificate_of(rsa_2048());
  const std::string der = der_of(made), pem = pem_of(made);
  std::string broken = encode_base64(der);
  for (std::size_t at = 64; at < broken.size(); at += 66) broken.insert(at, "\r\n");
  for (const std::string& text :
       {encode_base64(der), broken, encode_base64(pem), encode_base64("\n " + pem + "\r\n"),
        encode_base64(pem.substr(0, pem.size() - 1))}) {
    const auto certificate = EncryptionCertificate::parse(text);
    ASSERT_TRUE(certificate) << certificate.error();
    EXPECT_EQ(decrypt_content(encrypt_resource_data(kPlain, *certificate).value(), rsa_2048()), kPlain);
  }
}

TEST(SubscriptionCertificate, HasTheThumbprintOfOpenSsl) {
  const TestCertificate made = certificate_of(rsa_2048());
  unsigned char digest[20];
  unsigned length = 0;
  X509_digest(made.get(), EVP_sha1(), digest, &length);
  char* printed = OPENSSL_buf2hexstr(digest, length);  // "AB:CD:..."
  std::string expected(printed);
  OPENSSL_free(printed);
  std::erase(expected, ':');
  EXPECT_EQ(read_sealed(made).thumbprint(), expected);
  EXPECT_EQ(expected.size(), 40u);
}

TEST(SubscriptionCertificate, MayBeExpired) {
  using std::chrono::hours;
  const Time now = std::chrono::floor<Duration>(std::chrono::system_clock::now());
  const EncryptionCertificate certificate = read_sealed(certificate_of(rsa_2048(), -hours(48), -hours(24)));
  EXPECT_TRUE(certificate.expired(now));
  EXPECT_FALSE(certificate.expired(now - hours(25)));
  EXPECT_FALSE(read_sealed(certificate_of(rsa_2048())).expired(now));
  EXPECT_EQ(error_of(certificate_of(rsa_2048(), hours(24), hours(48))),
            "good");  // not yet valid is accepted too
}

TEST(SubscriptionCertificate, RefusesOtherKeys) {
  const std::string size = "its RSA key is not of 2048 to 4096 bits";
  EXPECT_EQ(error_of(certificate_of(rsa_public(1024, 65537))), size);
  EXPECT_EQ(error_of(certificate_of(rsa_public(2047, 65537))), size);
  EXPECT_EQ(error_of(certificate_of(rsa_public(2048, 65537))), "good");
  EXPECT_EQ(error_of(certificate_of(rsa_public(4096, 65537))), "good");
  EXPECT_EQ(error_of(certificate_of(rsa_public(4097, 65537))), size);
  const std::string kind = "its RSA key is not one to seal with";
  EXPECT_EQ(error_of(certificate_of(rsa_public(2048, 1))), kind);
  EXPECT_EQ(error_of(certificate_of(rsa_public(2048, 3))), kind);
  EXPECT_EQ(error_of(certificate_of(rsa_public(2048, 65538))), kind);
  EXPECT_EQ(error_of(certificate_of(rsa_public(2048, 65537, false))), kind);
  EXPECT_EQ(error_of(certificate_of(own(EVP_EC_gen("P-256")))), "its key is not RSA");
  EXPECT_EQ(error_of(certificate_of(own(EVP_PKEY_Q_keygen(nullptr, nullptr, "ED25519")))),
            "its key is not RSA");
}

TEST(SubscriptionCertificate, RefusesPrivateKeys) {
  const std::string pem = pem_of(certificate_of(rsa_2048())), key = pem_of(rsa_2048());
  const std::string secret = "it contains a private key, which must stay with its owner";
  EXPECT_EQ(error_of(encode_base64(key)), secret);
  EXPECT_EQ(error_of(encode_base64(pem + key)), secret);
  EXPECT_EQ(error_of(encode_base64(key + pem)), secret);
  EXPECT_EQ(error_of(encode_base64(der_of_private(rsa_2048()))), "it is not one certificate");
  EXPECT_EQ(error_of(encode_base64(der_of(certificate_of(rsa_2048())) + der_of_private(rsa_2048()))),
            "it is not one certificate");
}

TEST(SubscriptionCertificate, RefusesInvalidCertificates) {
  const std::string der = der_of(certificate_of(rsa_2048())), pem = pem_of(certificate_of(rsa_2048()));
  const std::pair<std::string, const char*> rows[] = {
      {"", "it is not base64"},
      {"####", "it is not base64"},
      {"MIID", "it is not one certificate"},
      {pem, "it is not base64"},  // PEM itself in place of its base64
      {encode_base64(der).substr(1), "it is not base64"},
      {encode_base64("hello"), "it is not one certificate"},
      {encode_base64(der + "x"), "it is not one certificate"},
      {encode_base64(der.substr(0, der.size() - 1)), "it is not one certificate"},
      {encode_base64(der + der), "it is not one certificate"},
      {encode_base64(pem + pem), "it is not one certificate in PEM"},
      {encode_base64("text\n" + pem), "it is not one certificate in PEM"},
      {encode_base64(pem + "text"), "it is not one certificate in PEM"},
      {encode_base64("-----BEGIN CERTIFICATE-----"), "it is not one certificate in PEM"},
      {encode_base64("-----BEGIN CERTIFICATE-----END CERTIFICATE-----"), "it is not one certificate in PEM"},
      {encode_base64("-----BEGIN CERTIFICATE----------END CERTIFICATE-----"), "it is not one certificate"},
  };
  for (const auto& [text, expected] : rows) EXPECT_EQ(error_of(text), expected) << text;
}

// Every byte of a certificate, changed: the result is another certificate or an error, never a crash.
TEST(SubscriptionCertificate, SurvivesDamage) {
  const std::string der = der_of(certificate_of(rsa_2048()));
  const std::string thumbprint = EncryptionCertificate::parse(encode_base64(der))->thumbprint();
  for (std::size_t at = 0; at < der.size(); ++at) {
    std::string damaged = der;
    damaged[at] = static_cast<char>(damaged[at] ^ 0xFF);
    const auto certificate = EncryptionCertificate::parse(encode_base64(damaged));
    if (!certificate) continue;
    EXPECT_NE(certificate->thumbprint(), thumbprint);
    EXPECT_TRUE(encrypt_resource_data(kPlain, *certificate)) << at;
  }
}

TEST(SubscriptionCertificate, HasASizeLimit) {
  const std::size_t base =
      der_of(certificate_of(rsa_2048(), {}, std::chrono::hours(24), std::string(9'000, 'x'))).size();
  const std::size_t room = kCertificateBytesMax - base;
  const auto long_by = [&](std::size_t more) {
    return der_of(certificate_of(rsa_2048(), {}, std::chrono::hours(24), std::string(9'000 + more, 'x')));
  };
  ASSERT_EQ(long_by(room).size(), kCertificateBytesMax);
  EXPECT_EQ(error_of(encode_base64(long_by(room))), "good");
  EXPECT_EQ(error_of(encode_base64(long_by(room + 1))), "it is too long");
  std::string text = encode_base64(der_of(certificate_of(rsa_2048())));
  text.append(kCertificateTextBytesMax - text.size(), ' ');
  EXPECT_EQ(error_of(text), "good");
  EXPECT_EQ(error_of(text + ' '), "it is too long");
}

}  // namespace
}  // namespace porchlight::webhook
