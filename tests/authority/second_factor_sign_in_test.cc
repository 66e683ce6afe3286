// Sign-in with a second factor: the pages, which flows ask for it, who needs it, lock-outs and tokens.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "authority/grants.h"
#include "authority/test_server.h"
#include "authority/totp.h"
#include "support/base32.h"

namespace porchlight::authority {
namespace {

using namespace testing;
using ::testing::HasSubstr;
using ::testing::Not;

const std::string kAppSecret = "the secret of an app";  // 20 bytes

class SecondFactorSignIn : public ::testing::Test {
 protected:
  explicit SecondFactorSignIn(SecondFactorPolicy policy = SecondFactorPolicy::kOptional,
                              bool password_grant = true)
      : server(password_grant, policy) {}

  // Gives the user a factor as if it were enrolled now.
  void give_factor(const Guid& user = kAna) {
    const auto before = server.stores.credentials.second_factor(kContoso, user).value();
    const SecondFactor factor{.secret = kAppSecret,
                              .enrolled_at = server.now(),
                              .recovery_hashes = std::vector<std::string>(kRecoveryCodes)};
    ASSERT_TRUE(server.stores.credentials.replace_second_factor(kContoso, user, before, factor).value());
  }
  // The code of the app `steps` steps from now.
  std::string code(int steps = 0, const std::string& secret = kAppSecret) const {
    return totp_code(secret, totp_step_at(server.now()) + static_cast<std::uint64_t>(steps));
  }
  std::string wrong_code() const { return code() == "000000" ? "000001" : "000000"; }

  Answer arrive() { return server.browse("authorize", query); }
  Answer sign_in(Fields more = {}) {
    more.insert(
        {{"step", "sign_in"}, {"username", std::string(kAnaUpn)}, {"password", std::string(kPasswordText)}});
    return server.post_step("authorize", query, more);
  }
  Answer enter(const std::string& text, const std::string& step = "second_factor") {
    return server.post_step("authorize", query, {{"step", step}, {"second_factor", text}});
  }
  // What a page asks for: the name of its form.
  static std::string asks_for(const Answer& answer) {
    constexpr std::string_view kStep = "name=\"step\" value=\"";
    const std::size_t place = answer.body.find(kStep);
    if (answer.status != 200 || place == std::string::npos) return {};
    const std::string rest = answer.body.substr(place + kStep.size());
    return rest.substr(0, rest.find('"'));
  }
  // The secret that the enrolment page shows, as bytes.
  static std::string secret_of(const Answer& page) {
    const std::string mark = "secret=";
    return decode_base32(page.body.substr(page.body.find(mark) + mark.size(), 32));
  }
  // The fields that redeem the code of a redirect.
  static Fields redeem(const Answer& back) {
    return {{"grant_type", "authorization_code"},
            {"client_id", to_string(kPhone)},
            {"code", back.parameter("code")},
            {"redirect_uri", std::string(kRedirect)},
            {"code_verifier", kVerifierText}};
  }

  TestServer server;
  Fields query = server.authorize_query();
};

TEST_F(SecondFactorSignIn, AsksForTheCodeAfterThePassword) {
  give_factor();
  arrive();
  const Answer page = sign_in();
  EXPECT_EQ(asks_for(page), "second_factor");
  EXPECT_FALSE(page.authenticated);
  EXPECT_FALSE(server.cookies.contains("__Host-porchlight-session"));
  EXPECT_EQ(asks_for(arrive()), "sign_in");
  sign_in();
  const Answer wrong = enter(wrong_code());
  EXPECT_EQ(asks_for(wrong), "second_factor");
  EXPECT_THAT(wrong.body, HasSubstr("role=\"alert\""));
  const Answer back = enter(code());
  EXPECT_EQ(back.status, 303);
  EXPECT_NE(arrive().parameter("code"), "");  // the session has it
  const Answer tokens = server.post("token", redeem(back));
  for (const char* name : {"access_token", "id_token"})
    EXPECT_EQ(claim(tokens.json(name), "amr"), R"(["pwd","mfa"])") << name;
  const Answer next = server.post("token", refresh_fields(tokens.json("refresh_token")));
  EXPECT_EQ(claim(next.json("access_token"), "amr"), R"(["pwd","mfa"])");
}

TEST_F(SecondFactorSignIn, TokensOfAPasswordSayNoMore) {
  const Answer tokens = server.post("token", server.redeem_fields());
  for (const char* name : {"access_token", "id_token"})
    EXPECT_EQ(claim(tokens.json(name), "amr"), R"(["pwd"])") << name;
  const Answer next = server.post("token", refresh_fields(tokens.json("refresh_token")));
  EXPECT_EQ(claim(next.json("access_token"), "amr"), R"(["pwd"])");
  give_factor();  // refresh tokens go on
  EXPECT_EQ(outcome(server.post("token", refresh_fields(next.json("refresh_token")))), "200");
}

TEST_F(SecondFactorSignIn, ACodeIsAcceptedOnce) {
  give_factor();
  arrive();
  sign_in();
  const std::string used = code();
  EXPECT_EQ(enter(used).status, 303);
  server.cookies.clear();
  arrive();
  sign_in();
  EXPECT_EQ(asks_for(enter(used)), "second_factor");
  EXPECT_EQ(asks_for(enter(code(-1))), "second_factor");
  EXPECT_EQ(enter(code(1)).status, 303);
}

// A session counts only if it was made with the present factor.
TEST_F(SecondFactorSignIn, OlderSessionsDoNotCount) {
  arrive();
  EXPECT_EQ(sign_in().status, 303);
  EXPECT_NE(arrive().parameter("code"), "");
  give_factor();
  EXPECT_EQ(asks_for(arrive()), "sign_in");
  query["prompt"] = "none";
  EXPECT_EQ(arrive().parameter("error"), "login_required");
  query.erase("prompt");
  arrive();
  sign_in();
  EXPECT_EQ(enter(code()).status, 303);
  EXPECT_NE(arrive().parameter("code"), "");
  server.advance(60);
  give_factor();  // another one
  EXPECT_EQ(asks_for(arrive()), "sign_in");
  ASSERT_TRUE(server.stores.credentials.remove_second_factor(kContoso, kAna));
  EXPECT_NE(arrive().parameter("code"), "");
}

// The right password does not clear the count: an attacker who has it could guess codes without end.
TEST_F(SecondFactorSignIn, WrongCodesLockTheName) {
  give_factor();
  arrive();
  sign_in();
  for (std::uint32_t i = 0; i < kFailuresFree / 2; ++i)
    EXPECT_EQ(asks_for(enter(wrong_code())), "second_factor");
  EXPECT_EQ(asks_for(sign_in()), "second_factor");
  EXPECT_EQ(outcome(server.post("token", password_fields())), "invalid_grant 50076");
  for (std::uint32_t i = kFailuresFree / 2; i < kFailuresFree; ++i) {
    EXPECT_EQ(asks_for(enter("")), "second_factor");  // not a guess
    EXPECT_THAT(enter(wrong_code()).body, HasSubstr("That code is not right"));
  }
  EXPECT_THAT(enter(code()).body, HasSubstr("There were too many attempts"));
  EXPECT_THAT(sign_in().body, HasSubstr("There were too many attempts"));
  server.advance(60);
  sign_in();
  EXPECT_EQ(enter(code()).status, 303);
}

TEST_F(SecondFactorSignIn, OneFailureFewerLocksNothing) {
  give_factor();
  arrive();
  sign_in();
  for (std::uint32_t i = 1; i < kFailuresFree; ++i) enter(wrong_code());
  EXPECT_EQ(enter(code()).status, 303);
  EXPECT_EQ(server.authority->sign_ins().wrong_code.value(), kFailuresFree - 1);
  EXPECT_EQ(server.authority->sign_ins().succeeded.value(), 1U);
}

TEST_F(SecondFactorSignIn, WrongCodesLockTheAddress) {
  give_factor();
  arrive();
  sign_in();
  const auto try_ben = [this] {
    return server.post_step(
        "authorize", query,
        {{"step", "sign_in"}, {"username", "ben@contoso.com"}, {"password", "wrong horse"}});
  };
  for (std::uint32_t i = 1; i < kAddressFailuresFree; ++i) enter(wrong_code());
  EXPECT_THAT(try_ben().body, HasSubstr("The name or the password is not right."));
  EXPECT_THAT(try_ben().body, HasSubstr("There were too many attempts"));
}

TEST_F(SecondFactorSignIn, APendingSignInEnds) {
  give_factor();
  arrive();
  sign_in();
  server.advance(599);
  EXPECT_EQ(asks_for(enter(wrong_code())), "second_factor");
  server.advance(1);
  const Answer late = enter(code());
  EXPECT_EQ(asks_for(late), "sign_in");
  EXPECT_THAT(late.body, HasSubstr("The sign-in took too long."));
  sign_in();
  server.advance(1);
  ASSERT_TRUE(server.stores.credentials.set_password(kContoso, kAna, "another horse", server.now()));
  EXPECT_EQ(asks_for(enter(code())), "sign_in");
  // A token of another step, or none, is no sign-in.
  EXPECT_EQ(
      asks_for(server.post_step("authorize", query, {{"step", "enrolment"}, {"second_factor", code()}})),
      "sign_in");
  EXPECT_EQ(asks_for(server.post_step("authorize", query, {{"step", "enrolled"}})), "sign_in");
}

TEST_F(SecondFactorSignIn, ThePasswordGrantCannotAskForIt) {
  give_factor();
  const Answer answer = server.post("token", password_fields());
  EXPECT_EQ(outcome(answer), "invalid_grant 50076");
  EXPECT_EQ(answer.json("suberror"), "basic_action");
  EXPECT_THAT(answer.json("error_description"),
              HasSubstr("you must use multi-factor authentication to access"));
  Fields wrong = password_fields();
  wrong["password"] = "wrong horse";
  EXPECT_EQ(outcome(server.post("token", wrong)), "invalid_grant 50126");
}

TEST_F(SecondFactorSignIn, TheDevicePageAsksForIt) {
  give_factor();
  const DeviceAsk device = start_device(server);
  server.browse("deviceauth", {});
  server.type_code(device.user_code);
  const auto post = [&](Fields fields) { return server.post_step("deviceauth", {}, std::move(fields)); };
  const Answer page = post(
      {{"step", "sign_in"}, {"username", std::string(kAnaUpn)}, {"password", std::string(kPasswordText)}});
  EXPECT_EQ(asks_for(page), "second_factor");
  EXPECT_EQ(asks_for(post({{"step", "consent"}, {"decision", "accept"}, {"pending", server.pending}})),
            "sign_in");
  post({{"step", "sign_in"}, {"username", std::string(kAnaUpn)}, {"password", std::string(kPasswordText)}});
  EXPECT_EQ(asks_for(post({{"step", "second_factor"}, {"second_factor", wrong_code()}})), "second_factor");
  EXPECT_EQ(asks_for(post({{"step", "second_factor"}, {"second_factor", code()}})), "consent");
  post({{"step", "consent"}, {"decision", "accept"}});
  EXPECT_EQ(claim(server.post("token", device.fields).json("access_token"), "amr"), R"(["pwd","mfa"])");
}

// A user who wants a second factor enrols it on the page, and may replace it with the present one.
TEST_F(SecondFactorSignIn, CanBeEnrolledAndReplaced) {
  arrive();
  const Answer page = sign_in({{"then", "enrol"}});
  EXPECT_EQ(asks_for(page), "enrolment");
  EXPECT_THAT(page.body, HasSubstr("<svg role=\"img\" aria-label=\"QR code with the key\""));
  EXPECT_THAT(page.body, HasSubstr("<a href=\"otpauth://totp/Contoso:ana%40contoso.com?secret="));
  EXPECT_THAT(page.field("Content-Security-Policy"), Not(HasSubstr("img-src")));
  const std::string secret = secret_of(page);
  EXPECT_EQ(server.stores.credentials.second_factor(kContoso, kAna).value(), std::nullopt);
  const Answer again = enter(wrong_code(), "enrolment");
  EXPECT_EQ(secret_of(again), secret);
  EXPECT_THAT(again.body, HasSubstr("role=\"alert\""));
  const Answer codes = enter(code(0, secret), "enrolment");
  EXPECT_EQ(asks_for(codes), "enrolled");
  const std::string first = "<li><code>";
  const std::string recovery = codes.body.substr(codes.body.find(first) + first.size(), 29);
  EXPECT_EQ(server.post_step("authorize", query, {{"step", "enrolled"}}).status, 303);
  EXPECT_NE(arrive().parameter("code"), "");

  server.cookies.clear();
  arrive();
  sign_in({{"then", "enrol"}});
  EXPECT_EQ(asks_for(enter(code(0, secret))), "second_factor");  // used for the enrolment
  const Answer second_page = enter(recovery);
  EXPECT_EQ(asks_for(second_page), "enrolment");
  EXPECT_NE(secret_of(second_page), secret);
  EXPECT_EQ(asks_for(enter(code(0, secret_of(second_page)), "enrolment")), "enrolled");
  server.cookies.clear();
  arrive();
  sign_in();
  EXPECT_EQ(asks_for(enter(recovery)), "second_factor");
  EXPECT_EQ(asks_for(enter(code(1, secret))), "second_factor");
  EXPECT_EQ(enter(code(1, secret_of(second_page))).status, 303);
}

// An enrolment that was begun before another one ended must not replace it: an attacker with the password may have
// begun it.
TEST_F(SecondFactorSignIn, AnOutdatedEnrolmentReplacesNothing) {
  arrive();
  const std::string secret = secret_of(sign_in({{"then", "enrol"}}));
  give_factor();
  EXPECT_EQ(asks_for(enter(code(0, secret), "enrolment")), "enrolment");
  EXPECT_EQ(server.stores.credentials.second_factor(kContoso, kAna).value()->secret, kAppSecret);
}

class SecondFactorOfAll : public SecondFactorSignIn {
 protected:
  SecondFactorOfAll() : SecondFactorSignIn(SecondFactorPolicy::kAll) {}
};

TEST_F(SecondFactorOfAll, IsEnrolledBeforeACode) {
  arrive();
  EXPECT_EQ(asks_for(sign_in()), "enrolment");
  EXPECT_EQ(asks_for(arrive()), "sign_in");
  const Answer answer = server.post("token", password_fields());
  EXPECT_EQ(outcome(answer), "invalid_grant 50079");
  EXPECT_EQ(answer.json("suberror"), "basic_action");
}

class SecondFactorOfAdministrators : public SecondFactorSignIn {
 protected:
  SecondFactorOfAdministrators() : SecondFactorSignIn(SecondFactorPolicy::kAdministrators) {}
};

TEST_F(SecondFactorOfAdministrators, IsNotNeededByOthers) {
  arrive();
  EXPECT_EQ(sign_in().status, 303);
  EXPECT_NE(arrive().parameter("code"), "");
  server.directory.administrators_ = {kAna};
  EXPECT_EQ(asks_for(arrive()), "sign_in");  // the role ends what the session proves
  EXPECT_EQ(asks_for(sign_in()), "enrolment");
}

}  // namespace
}  // namespace porchlight::authority
