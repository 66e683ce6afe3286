#include "authority/registration.h"

#include <gtest/gtest.h>

#include "authority/certificates.h"
#include "authority/digest.h"
#include "authority/password.h"
#include "base/base64url.h"

namespace porchlight::authority {
namespace {

using namespace testing;

TEST(ClientCertificate, ParsesPem) {
  const auto certificate = ClientCertificate::parse_pem(robot().pem);
  ASSERT_TRUE(certificate.has_value()) << certificate.error();
  EXPECT_EQ(EVP_PKEY_eq(certificate->key.get(), robot().key.get()), 1);
  EXPECT_EQ(certificate->thumbprint.size(), 27U);
  EXPECT_EQ(certificate->thumbprint256.size(), 43U);
  EXPECT_EQ(certificate->not_before, at(-86'400));
  EXPECT_EQ(certificate->not_after, at(30 * 86'400));
  EXPECT_EQ(ClientCertificate::parse_pem("\r\n  " + robot().pem + "\n\n"), certificate);
  EXPECT_EQ(ClientCertificate::parse_der(certificate->der), certificate);
}

TEST(ClientCertificate, RefusesOtherText) {
  const std::string& pem = robot().pem;
  const std::string der = ClientCertificate::parse_pem(pem)->der;
  std::string broken = pem;
  broken[100] = broken[100] == 'A' ? 'B' : '?';
  for (const std::string& text :
       {std::string(), std::string("certificate"), pem + pem, "text\n" + pem, pem + "text", broken, der,
        pem.substr(0, pem.size() / 2), pem + std::string(2 * kCertificateBytesMax, '\n'),
        make_identity("RSA", 1024).pem, make_identity("EC", 0).pem})
    EXPECT_FALSE(ClientCertificate::parse_pem(text).has_value()) << text.substr(0, 40);
  EXPECT_FALSE(ClientCertificate::parse_der(der + '\0').has_value());
  EXPECT_FALSE(ClientCertificate::parse_der(der.substr(1)).has_value());
}

TEST(ClientSecret, IsStoredAsAHashAndExpires) {
  const NewSecret first = make_client_secret(at(100)), second = make_client_secret(at(200));
  const ClientSecret kept[] = {first.stored, second.stored};
  EXPECT_NE(first.text, second.text);
  EXPECT_EQ(first.text.size(), 43U);
  EXPECT_EQ(first.stored.digest.find(first.text), std::string::npos);
  EXPECT_TRUE(first.text.starts_with(first.stored.hint));
  EXPECT_EQ(check_client_secret(kept, first.text, at(99)), SecretCheck::kGood);
  EXPECT_EQ(check_client_secret(kept, first.text, at(100)), SecretCheck::kExpired);
  EXPECT_EQ(check_client_secret(kept, second.text, at(100)), SecretCheck::kGood);
  EXPECT_EQ(check_client_secret(kept, first.text + 'x', at(0)), SecretCheck::kWrong);
  EXPECT_EQ(check_client_secret(kept, "", at(0)), SecretCheck::kWrong);
  EXPECT_EQ(check_client_secret({}, first.text, at(0)), SecretCheck::kWrong);
}

TEST(Password, IsStoredAsAHash) {
  const std::string hash = hash_password("correct horse");
  EXPECT_TRUE(hash.starts_with("$scrypt$ln=15,r=8,p=3$")) << hash;
  EXPECT_NE(hash, hash_password("correct horse"));
  EXPECT_TRUE(check_password(hash, "correct horse"));
  for (const std::string& wrong : {std::string("correct horsf"), std::string("correct horse "), std::string(),
                                   std::string(kPasswordBytesMax + 1, 'x')})
    EXPECT_FALSE(check_password(hash, wrong));
}

TEST(Password, AMalformedHashMatchesNoPassword) {
  for (const char* hash : {"", "x", "$scrypt$ln=15,r=8,p=3$", "$scrypt$ln=15,r=8,p=3$$",
                           "$scrypt$ln=1,r=8,p=3$AAAAAAAAAAAAAAAAAAAAAA$AAAA"})
    EXPECT_FALSE(check_password(hash, "")) << hash;
}

// The user of new passwords.
const directory::User kAnaLindqvist = {.id = {}, .upn = "ana.berg@contoso.com", .name = "Ana Lindqvist"};

// Text without a pattern.
std::string unguessable(std::size_t size) {
  std::string text;
  while (text.size() < size) text += encode_base64url(secure_random_bytes(48));
  return text.substr(0, size);
}

TEST(Password, HasALengthLimit) {
  EXPECT_EQ(password_fault("mUq7-Ra", kAnaLindqvist), "is shorter than 8 bytes");
  EXPECT_EQ(password_fault("mUq7-Ra2", kAnaLindqvist), std::nullopt);
  EXPECT_EQ(password_fault(unguessable(kPasswordBytesMax), kAnaLindqvist), std::nullopt);
  EXPECT_EQ(password_fault(unguessable(kPasswordBytesMax + 1), kAnaLindqvist), "is longer than 256 bytes");
}

// The reasons are those of the library.
TEST(Password, IsRefusedIfItIsEasyToGuess) {
  const std::pair<const char*, const char*> rows[] = {
      {"password", "is easy to guess: it is based on a dictionary word"},
      {"qwertyuiop", "is easy to guess: it is based on a dictionary word"},
      {"12345678", "is easy to guess: it is too simplistic/systematic"},
      {"aaaaaaaaaa", "is easy to guess: it does not contain enough DIFFERENT characters"},
      {"lindqvist1", "is easy to guess: it is based upon your password entry"},
  };
  for (const auto& [password, reason] : rows)
    EXPECT_EQ(password_fault(password, kAnaLindqvist), reason) << password;
  for (const char* good : {"correct horse", "orchid-lantern-4711", "tïnted-wïndow-33"})
    EXPECT_EQ(password_fault(good, kAnaLindqvist), std::nullopt) << good;
  EXPECT_EQ(password_fault(std::string_view("mUq7-Ra2\0", 9), kAnaLindqvist), "has a byte 0");
}

Registration full() {
  Registration made;
  made.is_public = true;
  made.id_tokens = true;
  made.require_pkce = true;
  made.redirects = {"https://app.contoso.com/a", "http://localhost"};
  made.secrets = {make_client_secret(at(1)).stored, make_client_secret(at(2)).stored};
  made.certificates = {*ClientCertificate::parse_pem(robot().pem)};
  made.requested = {"Presence.Read"};
  made.exposed = {"access"};
  made.preauthorized = {parse_guid("44444444-4444-4444-8444-444444444441").value()};
  return made;
}

TEST(Registration, RoundTrips) {
  for (const Registration& made : {Registration{}, full()})
    EXPECT_EQ(read_registration(print_registration(made)), made);
}

// Bytes as the first version wrote them: one flag, and no clients at the end.
TEST(Registration, OlderBytesAreRead) {
  Registration old;
  old.is_public = true;
  old.exposed = {"access"};
  EXPECT_EQ(print_registration(old), std::string("\x01\0\0\0\0\x01\x06"
                                                 "access",
                                                 13));
  EXPECT_EQ(read_registration(print_registration(old)), old);
}

TEST(Registration, HasALimitOfPreauthorizedClients) {
  Registration made = full();
  made.preauthorized.resize(kPreauthorizedMax);
  EXPECT_EQ(read_registration(print_registration(made)), made);
  made.preauthorized.emplace_back();
  EXPECT_EQ(read_registration(print_registration(made)), std::nullopt);
}

TEST(Registration, TruncatedOrExtendedBytesAreRefused) {
  const std::string bytes = print_registration(full());
  for (std::size_t size = 0; size < bytes.size(); ++size)
    EXPECT_EQ(read_registration(bytes.substr(0, size)), std::nullopt) << size;
  EXPECT_EQ(read_registration(bytes + '\0'), std::nullopt);
  for (int flag = 16; flag < 256; flag *= 2) {
    std::string unknown = bytes;
    unknown[0] = static_cast<char>(unknown[0] | flag);
    EXPECT_EQ(read_registration(unknown), std::nullopt) << flag;
  }
}

}  // namespace
}  // namespace porchlight::authority
