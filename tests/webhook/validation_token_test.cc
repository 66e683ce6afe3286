// The validation token of posts with resource data (spec notifications §6.1).
#include "webhook/validation_token.h"

#include <gtest/gtest.h>

#include "base/json.h"

namespace porchlight::webhook {
namespace {

const Guid kApp = *parse_guid("11111111-2222-4333-8444-555555555555");
const Guid kTenant = *parse_guid("99999999-8888-4777-8666-555555555555");
constexpr Time kNow{std::chrono::milliseconds(1'893'456'000'999)};

std::string claims(std::string_view issuer = "https://porch.example/t/v2.0") {
  return validation_token(kApp, kTenant, issuer, kNow,
                          [](std::string_view text) { return std::string(text); });
}

TEST(ValidationToken, NamesSenderAndReceiver) {
  const std::string text = claims();
  JsonReader reader;
  const auto root = reader.parse(text).value();
  const auto member = [&](const char* name) { return std::string(root[name].get_string().value()); };
  EXPECT_EQ(member("aud"), to_string(kApp));
  EXPECT_EQ(member("tid"), to_string(kTenant));
  EXPECT_EQ(member("iss"), "https://porch.example/t/v2.0");
  EXPECT_EQ(member("azp"), "0bf30f3b-4a52-48df-9a82-234910c4a086");
  EXPECT_EQ(member("ver"), "2.0");
  EXPECT_EQ(member("idtyp"), "app");
  EXPECT_EQ(root["iat"].get_int64().value(), 1'893'456'000);
  EXPECT_EQ(root["nbf"].get_int64().value(), 1'893'456'000);
  EXPECT_EQ(root["exp"].get_int64().value(), 1'893'456'000 + 24 * 60 * 60);
}

TEST(ValidationToken, IsDifferentEachTime) { EXPECT_NE(claims(), claims()); }

TEST(ValidationToken, EscapesTheIssuer) {
  JsonReader reader;
  const std::string text = claims("https://a\"b\\c/");
  EXPECT_EQ(reader.parse(text).value()["iss"].get_string().value(), "https://a\"b\\c/");
}

TEST(ValidationToken, IsTheSignersResult) {
  EXPECT_EQ(
      validation_token(kApp, kTenant, "i", kNow, [](std::string_view) { return std::string("signed"); }),
      "signed");
}

}  // namespace
}  // namespace porchlight::webhook
