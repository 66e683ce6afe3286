// Base64url: known pairs, spellings that are refused, and a comparison with OpenSSL's encoder.
#include "base/base64url.h"

#include <gtest/gtest.h>
#include <openssl/evp.h>

#include <algorithm>
#include <random>

namespace porchlight {
namespace {

// OpenSSL's base64, in the URL alphabet and without padding.
std::string openssl_base64url(const std::string& bytes) {
  std::string text(bytes.size() * 4 / 3 + 8, '\0');
  const int length =
      EVP_EncodeBlock(reinterpret_cast<unsigned char*>(text.data()),
                      reinterpret_cast<const unsigned char*>(bytes.data()), static_cast<int>(bytes.size()));
  text.resize(static_cast<std::size_t>(length));
  std::replace(text.begin(), text.end(), '+', '-');
  std::replace(text.begin(), text.end(), '/', '_');
  text.erase(std::min(text.find('='), text.size()));
  return text;
}

TEST(Base64url, EncodesAndDecodesKnownPairs) {
  const std::pair<std::string, std::string> rows[] = {
      {"", ""},           {"f", "Zg"},          {"fo", "Zm8"},          {"foo", "Zm9v"},
      {"foob", "Zm9vYg"}, {"fooba", "Zm9vYmE"}, {"foobar", "Zm9vYmFy"}, {"\xFB\xFF\xFE", "-__-"},
  };
  for (const auto& [bytes, text] : rows) {
    EXPECT_EQ(encode_base64url(bytes), text);
    EXPECT_EQ(decode_base64url(text), bytes);
  }
}

TEST(Base64url, RefusesOtherSpellings) {
  using namespace std::string_view_literals;
  const std::string_view rows[] = {
      "Z",     "Zm9vY",              // a length that no encoding has
      "Zg==",  "Zm8=",  "Zm9v====",  // padding
      "Zh",    "Zm9",   "Z_",        // spare bits set
      "-+__",  "/__-",               // the other alphabet
      "Zm9v ", " Zm9v", "Zm\n9v",   "Zm.v", "Zm9v\0"sv, "Zm\xC3\xA9", "Zm9\x80",
  };
  for (const auto row : rows) EXPECT_EQ(decode_base64url(row), std::nullopt) << row;
}

TEST(Base64url, AgreesWithOpenssl) {
  std::mt19937 random(4);
  for (int i = 0; i < 5'000; ++i) {
    std::string bytes(random() % 80, '\0');
    for (char& byte : bytes) byte = static_cast<char>(random());
    const std::string text = openssl_base64url(bytes);
    ASSERT_EQ(encode_base64url(bytes), text);
    ASSERT_EQ(decode_base64url(text), bytes);
  }
}

TEST(Base64url, AcceptsOneSpellingOnly) {
  std::mt19937 random(5);
  for (int i = 0; i < 200'000; ++i) {
    std::string text(random() % 7, '\0');
    for (char& c : text) c = "AQgw-_Zz09+/=. "[random() % 15];
    const auto bytes = decode_base64url(text);
    ASSERT_TRUE(!bytes || encode_base64url(*bytes) == text) << text;
  }
}

}  // namespace
}  // namespace porchlight
