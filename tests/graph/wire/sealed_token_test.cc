// Tests of sealed tokens: they open only with the key, purpose and tenant they were made for.
#include "graph/wire/sealed_token.h"

#include <gtest/gtest.h>

#include "base/base64url.h"

namespace porchlight::graph {
namespace {

const Guid kTenant = *parse_guid("c0000000-0000-4000-8000-000000000001");
const Guid kOtherTenant = *parse_guid("f0000000-0000-4000-8000-000000000001");

TEST(SealedToken, OpensWhatItSealed) {
  for (const std::string& bytes : {std::string("x"), std::string(16, 'y'), std::string(1000, '\0')}) {
    const std::string text = seal_token("key", "delta", kTenant, bytes);
    EXPECT_EQ(text, seal_token("key", "delta", kTenant, bytes));
    EXPECT_EQ(open_sealed_token("key", "delta", kTenant, text), bytes);
    EXPECT_EQ(open_sealed_token("other", "delta", kTenant, text), std::nullopt);
    EXPECT_EQ(open_sealed_token("key", "skip", kTenant, text), std::nullopt);
    EXPECT_EQ(open_sealed_token("key", "delta", kOtherTenant, text), std::nullopt);
  }
}

TEST(SealedToken, RejectsAnyChangedBit) {
  const std::string sealed =
      decode_base64url(seal_token("key", "delta", kTenant, "a position in the log")).value();
  for (std::size_t bit = 0; bit < sealed.size() * 8; ++bit) {
    std::string other = sealed;
    other[bit / 8] = static_cast<char>(other[bit / 8] ^ (1 << bit % 8));
    EXPECT_EQ(open_sealed_token("key", "delta", kTenant, encode_base64url(other)), std::nullopt) << bit;
  }
  for (std::size_t size = 0; size < sealed.size(); ++size)
    EXPECT_EQ(open_sealed_token("key", "delta", kTenant, encode_base64url(sealed.substr(0, size))),
              std::nullopt);
  EXPECT_EQ(open_sealed_token("key", "delta", kTenant, "not base64!"), std::nullopt);
}

TEST(SealedToken, DoesNotShowItsContents) {
  const std::string sealed =
      decode_base64url(seal_token("key", "delta", kTenant, "a position in the log")).value();
  EXPECT_EQ(sealed.find("position"), std::string::npos);
}

}  // namespace
}  // namespace porchlight::graph
