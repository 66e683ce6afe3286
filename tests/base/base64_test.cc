// Base64: known pairs, spellings that are refused, and a comparison with OpenSSL's encoder.
#include "base/base64.h"

#include <gtest/gtest.h>
#include <openssl/evp.h>

#include <random>

namespace porchlight {
namespace {

std::string openssl_base64(const std::string& bytes) {
  std::string text(bytes.size() * 4 / 3 + 8, '\0');
  const int length =
      EVP_EncodeBlock(reinterpret_cast<unsigned char*>(text.data()),
                      reinterpret_cast<const unsigned char*>(bytes.data()), static_cast<int>(bytes.size()));
  text.resize(static_cast<std::size_t>(length));
  return text;
}

TEST(Base64, EncodesAndDecodesKnownPairs) {
  const std::pair<std::string, std::string> rows[] = {
      {"", ""},        {"f", "Zg=="},        {"fo", "Zm8="},
      {"foo", "Zm9v"}, {"foob", "Zm9vYg=="}, {"\xFB\xFF\xFE", "+//+"},
  };
  for (const auto& [bytes, text] : rows) {
    EXPECT_EQ(encode_base64(bytes), text);
    EXPECT_EQ(decode_base64(text), bytes);
  }
}

TEST(Base64, RefusesOtherSpellings) {
  for (const char* text : {"Zg", "Zg=", "Zg===", "Z===", "====", "Zh==", "Zm9=", "Zm9v\n", "Zm 9", "-__-",
                           "Zg==Zg==", "=Zg=", "Zm9v===="})
    EXPECT_EQ(decode_base64(text), std::nullopt) << text;
}

TEST(Base64, AgreesWithOpenSsl) {
  std::mt19937 random(1);
  for (std::size_t length = 0; length < 200; ++length) {
    std::string bytes(length, '\0');
    for (char& byte : bytes) byte = static_cast<char>(random());
    EXPECT_EQ(encode_base64(bytes), openssl_base64(bytes));
    EXPECT_EQ(decode_base64(encode_base64(bytes)), bytes);
  }
}

}  // namespace
}  // namespace porchlight
