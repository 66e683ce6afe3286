// Sealed texts: they open for whom they were made, and for nothing else.
#include "graph/wire/sealed_token.h"

#include <gtest/gtest.h>

#include "base/base64url.h"

namespace porchlight::graph {
namespace {

const Guid kOurs = *parse_guid("c0000000-0000-4000-8000-000000000001");
const Guid kOtherTenant = *parse_guid("f0000000-0000-4000-8000-000000000001");

TEST(SealedToken, OpensWhatItSealed) {
  for (const std::string& bytes : {std::string("x"), std::string(16, 'y'), std::string(1000, '\0')}) {
    const std::string text = seal_token("key", "delta", kOurs, bytes);
    EXPECT_EQ(text, seal_token("key", "delta", kOurs, bytes));
    EXPECT_EQ(open_sealed_token("key", "delta", kOurs, text), bytes);
    EXPECT_EQ(open_sealed_token("other", "delta", kOurs, text), std::nullopt);
    EXPECT_EQ(open_sealed_token("key", "skip", kOurs, text), std::nullopt);
    EXPECT_EQ(open_sealed_token("key", "delta", kOtherTenant, text), std::nullopt);
  }
}

TEST(SealedToken, NoBitMayBeOther) {
  const std::string sealed =
      decode_base64url(seal_token("key", "delta", kOurs, "a place in the log")).value();
  for (std::size_t bit = 0; bit < sealed.size() * 8; ++bit) {
    std::string other = sealed;
    other[bit / 8] = static_cast<char>(other[bit / 8] ^ (1 << bit % 8));
    EXPECT_EQ(open_sealed_token("key", "delta", kOurs, encode_base64url(other)), std::nullopt) << bit;
  }
  for (std::size_t size = 0; size < sealed.size(); ++size)
    EXPECT_EQ(open_sealed_token("key", "delta", kOurs, encode_base64url(sealed.substr(0, size))),
              std::nullopt);
  EXPECT_EQ(open_sealed_token("key", "delta", kOurs, "not base64!"), std::nullopt);
}

TEST(SealedToken, ShowsNothingOfWhatItHolds) {
  const std::string sealed =
      decode_base64url(seal_token("key", "delta", kOurs, "a place in the log")).value();
  EXPECT_EQ(sealed.find("place"), std::string::npos);
}

}  // namespace
}  // namespace porchlight::graph
