// One-time codes and recovery codes: the test values of RFC 6238, windows and single use, random histories against a
// model, the stored form.
#include "authority/second_factor.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <set>

#include "authority/credential_store.h"
#include "authority/digest.h"
#include "authority/pending_sign_ins.h"
#include "authority/qr_code.h"
#include "base/base64url.h"
#include "support/memory_kv_store.h"

namespace porchlight::authority {
namespace {

using ::testing::HasSubstr;
using ::testing::MatchesRegex;
using ::testing::Not;
using ::testing::StartsWith;

const std::string kSecretText = "12345678901234567890";  // of RFC 6238 appendix B

Time second(std::int64_t seconds) { return Time(std::chrono::seconds(seconds)); }

TEST(Totp, HasTheCodesOfTheRfc) {
  struct Row {
    std::int64_t second;
    std::string code;
  };
  // The RFC has eight digits; six are the last six of them.
  const Row rows[] = {{59, "287082"},
                      {1'111'111'109, "081804"},
                      {1'111'111'111, "050471"},
                      {1'234'567'890, "005924"},
                      {2'000'000'000, "279037"},
                      {20'000'000'000, "353130"}};
  for (const Row& row : rows) {
    EXPECT_EQ(totp_code(kSecretText, totp_step_at(second(row.second))), row.code);
    EXPECT_EQ(find_totp_step(kSecretText, row.code, second(row.second), 0), totp_step_at(second(row.second)));
  }
}

// A code is valid from the begin of the step before its own to the end of the step after it.
TEST(Totp, ACodeIsValidForThreeSteps) {
  constexpr std::uint64_t kStep = 1000;
  const std::string code = totp_code(kSecretText, kStep);
  const auto found = [&](std::int64_t at_second) {
    return find_totp_step(kSecretText, code, second(at_second), 0).has_value();
  };
  EXPECT_FALSE(found(999 * 30 - 1));
  EXPECT_TRUE(found(999 * 30));
  EXPECT_TRUE(found(1002 * 30 - 1));
  EXPECT_FALSE(found(1002 * 30));
}

TEST(Totp, RefusesOtherTexts) {
  const std::string code = totp_code(kSecretText, 1000);
  for (const std::string& text :
       {std::string(), code.substr(1), code + "0", " " + code.substr(1), "x" + code.substr(1)})
    EXPECT_EQ(find_totp_step(kSecretText, text, second(30'000), 0), std::nullopt) << text;
}

TEST(Totp, PrintsItsSecret) {
  EXPECT_EQ(totp_secret_text(kSecretText), "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ");  // RFC 4648
  EXPECT_EQ(totp_uri(kSecretText, "Contoso & Co", "ana@contoso.com"),
            "otpauth://totp/Contoso%20%26%20Co:ana%40contoso.com?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"
            "&issuer=Contoso%20%26%20Co&algorithm=SHA1&digits=6&period=30");
  EXPECT_EQ(make_totp_secret().size(), kTotpSecretBytes);
  EXPECT_NE(make_totp_secret(), make_totp_secret());
}

SecondFactor factor_with(std::vector<std::string> hashes = std::vector<std::string>(kRecoveryCodes)) {
  return {.secret = kSecretText, .enrolled_at = second(7), .recovery_hashes = std::move(hashes)};
}

TEST(SecondFactors, ACodeIsUsedOnce) {
  const std::string code = totp_code(kSecretText, 1000);
  const auto after = use_code(factor_with(), code, second(30'000));
  ASSERT_TRUE(after);
  EXPECT_EQ(after->used_step, 1000U);
  EXPECT_FALSE(use_code(*after, code, second(30'001)));
  EXPECT_FALSE(use_code(*after, totp_code(kSecretText, 999), second(30'000)));
  EXPECT_TRUE(use_code(*after, totp_code(kSecretText, 1001), second(30'000)));
  EXPECT_TRUE(use_code(factor_with(), code.substr(0, 3) + " " + code.substr(3), second(30'000)));
}

// Random codes at random times against the definition.
TEST(SecondFactors, FollowAModel) {
  for (unsigned seed = 1; seed <= 20; ++seed) {
    std::mt19937 random(seed);
    SecondFactor factor = factor_with();
    std::uint64_t model_used = 0;
    std::int64_t now = 1'900'000'000;
    for (int turn = 0; turn < 200; ++turn) {
      now += static_cast<std::int64_t>(random() % 40) - 5;  // clocks also go back
      const std::uint64_t current = totp_step_at(second(now));
      const std::uint64_t step = current - 3 + random() % 7;
      const bool is_near = step + kTotpStepsAround >= current && step <= current + kTotpStepsAround;
      const bool expected = is_near && step > model_used;
      const auto after = use_code(factor, totp_code(kSecretText, step), second(now));
      ASSERT_EQ(after.has_value(), expected) << "seed " << seed << ", turn " << turn;
      if (!after) continue;
      model_used = step;
      factor = *after;
    }
  }
}

TEST(SecondFactors, RecoveryCodesAreUsedOnce) {
  const std::vector<std::string> codes = make_recovery_codes();
  ASSERT_EQ(codes.size(), kRecoveryCodes);
  EXPECT_EQ(std::set(codes.begin(), codes.end()).size(), kRecoveryCodes);
  SecondFactor factor = factor_with(hash_recovery_codes(codes));
  for (const std::string& code : codes) {
    for (const std::string& text : {code + "B", code.substr(1), "0" + code.substr(1), std::string()})
      EXPECT_FALSE(use_code(factor, text, second(0))) << text;
    std::string typed;  // "bcdf ghjk …"
    for (const char c : code) typed += c == '-' ? ' ' : static_cast<char>(c | 0x20);
    const auto after = use_code(factor, typed, second(0));
    ASSERT_TRUE(after) << typed;
    EXPECT_EQ(std::ranges::count(after->recovery_hashes, ""),
              std::ranges::count(factor.recovery_hashes, "") + 1);
    EXPECT_FALSE(use_code(*after, code, second(0)));
    factor = *after;
  }
  EXPECT_EQ(factor, factor_with()) << "all are used";
}

// A fast hash protects only what cannot be guessed: 24 letters of 20 have 103 bits.
TEST(SecondFactors, RecoveryCodesCannotBeGuessed) {
  for (const std::string& code : make_recovery_codes())
    EXPECT_THAT(code, MatchesRegex("([BCDFGHJKLMNPQRSTVWXZ]{4}-){5}[BCDFGHJKLMNPQRSTVWXZ]{4}"));
  EXPECT_EQ(hash_recovery_codes({"BCDF-GHJK-LMNP-QRST-VWXZ-BCDF"}),
            std::vector{sha256("BCDFGHJKLMNPQRSTVWXZBCDF")});
}

TEST(SecondFactors, HaveAStoredForm) {
  SecondFactor factor = factor_with({"h0", "", "h2", "h3", "h4", "h5", "h6", "h7", "h8", "h9"});
  factor.used_step = 77;
  const std::string bytes = print_second_factor(factor);
  EXPECT_EQ(read_second_factor(bytes), factor);
  for (std::size_t size = 0; size < bytes.size(); ++size)
    EXPECT_FALSE(read_second_factor(bytes.substr(0, size)));
  EXPECT_FALSE(read_second_factor(bytes + '\0'));
}

// The store of a folder from before second factors: it is read as before, and its users have none.
TEST(SecondFactors, AreReplacedOnlyIfUnchanged) {
  const Guid tenant = guid_from_name("tenant"), ana = guid_from_name("ana"), ben = guid_from_name("ben");
  storage::MemoryKvStore store;
  CredentialStore credentials(store);
  EXPECT_EQ(credentials.second_factor(tenant, ana).value(), std::nullopt);
  SecondFactor first = factor_with(), second_one = factor_with();
  second_one.used_step = 5;
  EXPECT_EQ(credentials.replace_second_factor(tenant, ana, std::nullopt, first), true);
  EXPECT_EQ(credentials.replace_second_factor(tenant, ana, std::nullopt, second_one), false);
  EXPECT_EQ(credentials.replace_second_factor(tenant, ana, first, second_one), true);
  EXPECT_EQ(credentials.replace_second_factor(tenant, ana, first, second_one), false);
  EXPECT_EQ(credentials.second_factor(tenant, ana).value(), second_one);
  ASSERT_TRUE(credentials.replace_second_factor(tenant, ben, std::nullopt, first).value());
  ASSERT_TRUE(credentials.forget_user(tenant, ana));
  EXPECT_EQ(credentials.second_factor(tenant, ana).value(), std::nullopt);
  EXPECT_EQ(credentials.second_factor(tenant, ben).value(), first);
  ASSERT_TRUE(credentials.remove_second_factor(tenant, ben));
  EXPECT_EQ(credentials.second_factor(tenant, ben).value(), std::nullopt);
  store.fail(true);
  EXPECT_EQ(credentials.second_factor(tenant, ana).error().fault, OAuthFault::kUnavailable);
  EXPECT_EQ(credentials.replace_second_factor(tenant, ana, first, first).error().fault,
            OAuthFault::kUnavailable);
}

TEST(PendingSignIns, EndAfterTheirLife) {
  PendingSignIns pending;
  const PendingSignIn one{guid_from_name("tenant"), guid_from_name("ana"), second(0)};
  const std::string token = pending.begin(one, second(0));
  EXPECT_EQ(pending.find(token, Time(kPendingLife - Duration(1))), one);
  EXPECT_EQ(pending.find(token, Time(kPendingLife)), std::nullopt);
  EXPECT_EQ(pending.find("x", second(0)), std::nullopt);
  pending.end(token);
  EXPECT_EQ(pending.find(token, second(0)), std::nullopt);
}

TEST(PendingSignIns, OfOneUserAreBounded) {
  PendingSignIns pending;
  const Guid tenant = guid_from_name("tenant");
  const PendingSignIn ana{tenant, guid_from_name("ana"), second(0)},
      ben{tenant, guid_from_name("ben"), second(0)};
  const std::string of_ben = pending.begin(ben, second(0)), first = pending.begin(ana, second(0));
  for (std::size_t i = 1; i < kPendingPerUser; ++i) pending.begin(ana, second(0));
  EXPECT_TRUE(pending.find(first, second(0)));
  pending.begin(ana, second(0));
  EXPECT_FALSE(pending.find(first, second(0)));
  EXPECT_TRUE(pending.find(of_ben, second(0)));
}

// A page with it needs no permission of its policy: no style, script or address.
TEST(QrCode, IsOneElement) {
  const std::string svg = qr_svg("otpauth://totp/x", "QR code");
  EXPECT_THAT(
      svg,
      StartsWith("<svg role=\"img\" aria-label=\"QR code\" viewBox=\"0 0 33 33\""));  // 25 and a zone of 4
  for (const char* word : {"style", "script", "http", "href", "url("}) EXPECT_THAT(svg, Not(HasSubstr(word)));
  EXPECT_NO_THROW(qr_svg(std::string(2331, 'x'), ""));
  EXPECT_THROW(qr_svg(std::string(2332, 'x'), ""), std::runtime_error);
}

}  // namespace
}  // namespace porchlight::authority
