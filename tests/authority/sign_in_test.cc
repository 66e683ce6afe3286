// The pages: sign-in, consent, device code and sign-out; and their headers.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>

#include "authority/authorize_request.h"
#include "authority/digest.h"
#include "authority/pages.h"
#include "authority/test_server.h"
#include "base/base64.h"
#include "base/base64url.h"

namespace porchlight::authority {
namespace {

using namespace testing;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

class SignIn : public ::testing::Test {
 protected:
  Answer arrive() { return server.browse("authorize", query); }
  Answer sign_in(std::string_view password = kPasswordText, std::string_view name = kAnaUpn) {
    return server.post_step(
        "authorize", query,
        {{"step", "sign_in"}, {"username", std::string(name)}, {"password", std::string(password)}});
  }
  Answer decide(std::string decision) {
    return server.post_step("authorize", query, {{"step", "consent"}, {"decision", std::move(decision)}});
  }
  static bool is_sign_in_page(const Answer& answer) {
    return answer.status == 200 && answer.body.find("type=\"password\"") != std::string::npos;
  }
  static bool asks_whether(const Answer& answer) {
    return answer.status == 200 && answer.body.find("value=\"accept\"") != std::string::npos;
  }

  TestServer server;
  Fields query = server.authorize_query();
};

TEST_F(SignIn, RedirectsWithACode) {
  const Answer page = arrive();
  ASSERT_TRUE(is_sign_in_page(page)) << page.body;
  EXPECT_THAT(page.body, HasSubstr("to go on to Phone"));
  EXPECT_THAT(page.body, Not(HasSubstr("<script")));
  const Answer back = sign_in();
  EXPECT_EQ(back.status, 303);
  EXPECT_THAT(back.field("Location"), StartsWith(std::string(kRedirect) + "?code="));
  EXPECT_EQ(back.parameter("state"), "s t&te");
  EXPECT_EQ(back.parameter("code").size(), 43U);
  // The second time no page is shown.
  const Answer again = arrive();
  EXPECT_EQ(again.status, 302);
  EXPECT_NE(again.parameter("code"), back.parameter("code"));
}

TEST_F(SignIn, UsesTheRequestedResponseMode) {
  query["response_mode"] = "fragment";
  arrive();
  EXPECT_THAT(sign_in().field("Location"), StartsWith(std::string(kRedirect) + "#code="));
  query["response_mode"] = "form_post";
  const Answer page = arrive();
  EXPECT_EQ(page.status, 200);
  EXPECT_THAT(page.body, HasSubstr("action=\"" + std::string(kRedirect) + "\""));
  EXPECT_THAT(page.body, HasSubstr("name=\"state\" value=\"s t&amp;te\""));
  query["response_mode"] = "query";
  query["redirect_uri"] = "http://localhost:53123";
  query["client_info"] = "1";
  const Answer loopback = arrive();
  EXPECT_THAT(loopback.field("Location"), StartsWith("http://localhost:53123?code="));
  EXPECT_EQ(loopback.parameter("client_info"), client_info(kAna, kContoso));
}

// The policy permits the script of the page and no other, and the form leads to the redirect URI.
TEST_F(SignIn, TheFormOfAFormPostSubmitsItself) {
  query["response_mode"] = "form_post";
  const Answer sign_in_form = arrive();
  EXPECT_THAT(sign_in_form.field("Content-Security-Policy"), Not(HasSubstr("script-src")));
  const Answer page = sign_in();
  const std::string opening = "<script>";
  const std::size_t begin = page.body.find(opening);
  ASSERT_NE(begin, std::string::npos) << page.body;
  const std::string script =
      page.body.substr(begin + opening.size(), page.body.find("</script>") - begin - opening.size());
  EXPECT_EQ(script, "document.forms[0].submit()");
  EXPECT_EQ(page.body.find(opening, begin + 1), std::string::npos);
  EXPECT_LT(page.body.find("</form>"), begin);  // the script finds the form
  EXPECT_THAT(page.body, HasSubstr(">Continue</button>"));
  EXPECT_THAT(page.field("Content-Security-Policy"),
              HasSubstr("; script-src 'sha256-" + encode_base64(sha256(script)) +
                        "'; form-action 'self' https://app.contoso.com;"));
  // An error goes to the application in the same way.
  query["scope"] = "Presence.Fly";
  EXPECT_THAT(arrive().body, ::testing::AllOf(HasSubstr("value=\"invalid_scope\""), HasSubstr(opening)));
}

TEST_F(SignIn, PagesHaveSecurityHeaders) {
  const Answer page = arrive();
  EXPECT_EQ(page.field("Cache-Control"), "no-store");
  EXPECT_EQ(page.field("X-Frame-Options"), "DENY");
  EXPECT_EQ(page.field("Referrer-Policy"), "same-origin");
  EXPECT_THAT(page.field("Content-Security-Policy"), StartsWith("default-src 'none'; style-src 'sha256-"));
  EXPECT_THAT(page.field("Content-Security-Policy"), HasSubstr("frame-ancestors 'none'"));
  // The policy names the destination of the redirect.
  EXPECT_THAT(page.field("Content-Security-Policy"),
              HasSubstr("form-action 'self' https://app.contoso.com;"));
  const std::string cookie = page.field("Set-Cookie");
  EXPECT_THAT(cookie, StartsWith("__Host-porchlight-form="));
  EXPECT_THAT(cookie, HasSubstr("; Path=/; Secure; HttpOnly; SameSite=Lax"));
  const std::string planted = "planted session";
  server.cookies["__Host-porchlight-session"] = planted;
  sign_in();
  EXPECT_NE(server.cookies["__Host-porchlight-session"], planted);
}

TEST_F(SignIn, DoesNotRevealWhichUsersExist) {
  arrive();
  const Answer wrong = sign_in("wrong horse"), unknown = sign_in("wrong horse", "eve@contoso.com");
  ASSERT_TRUE(is_sign_in_page(wrong));
  EXPECT_THAT(wrong.body, HasSubstr("The name or the password is not right."));
  std::string same = unknown.body;
  same.replace(same.find("eve@contoso.com"), 15, kAnaUpn);
  EXPECT_EQ(wrong.body, same);
  EXPECT_EQ(wrong.status, unknown.status);
}

TEST_F(SignIn, LocksAfterTooManyFailures) {
  arrive();
  for (std::uint32_t i = 0; i < kFailuresFree; ++i) sign_in("wrong horse");
  EXPECT_THAT(sign_in().body, HasSubstr("There were too many attempts"));
  server.advance(60);
  EXPECT_EQ(sign_in().status, 303);
}

TEST_F(SignIn, IsCountedByItsResult) {
  arrive();
  sign_in();
  for (std::uint32_t i = 0; i < kFailuresFree; ++i) sign_in("wrong horse");
  sign_in();
  const SignInCounters& counters = server.authority->sign_ins();
  EXPECT_EQ(counters.succeeded.value(), 1U);
  EXPECT_EQ(counters.wrong_password.value(), kFailuresFree);
  EXPECT_EQ(counters.locked.value(), 1U);
  EXPECT_EQ(counters.wrong_code.value(), 0U);
}

// An attacker locks a name from elsewhere. Where its user signed in before, failures are counted apart.
TEST_F(SignIn, LocksANameOnlyWhereItNeverSignedIn) {
  const auto sign_in_at = [this](const char* address, std::string_view password) {
    server.address = address;
    return sign_in(password);
  };
  constexpr const char *kHome = "2001:db8:0:1::1", *kHomeToo = "2001:db8:0:1::2",
                       *kAttacker = "2001:db8:0:2::1";
  arrive();
  EXPECT_EQ(sign_in_at(kHome, kPasswordText).status, 303);
  for (std::uint32_t i = 0; i < kFailuresFree; ++i) sign_in_at(kAttacker, "wrong horse");
  EXPECT_THAT(sign_in_at(kAttacker, kPasswordText).body, HasSubstr("There were too many attempts"));
  EXPECT_THAT(sign_in_at("192.0.2.9", kPasswordText).body, HasSubstr("There were too many attempts"));
  EXPECT_EQ(sign_in_at(kHomeToo, kPasswordText).status, 303);
  // That does not unlock it elsewhere, nor is the attacker's network known.
  EXPECT_THAT(sign_in_at(kAttacker, kPasswordText).body, HasSubstr("There were too many attempts"));
  for (std::uint32_t i = 0; i < kFailuresFree; ++i) sign_in_at(kHome, "wrong horse");
  EXPECT_THAT(sign_in_at(kHomeToo, kPasswordText).body, HasSubstr("There were too many attempts"));
}

TEST_F(SignIn, LocksAnAddressThatTriesManyNames) {
  arrive();
  // The attempts after the first ten find the name locked, so they need no hash; the address counts them all the same.
  for (std::uint32_t i = 1; i < kAddressFailuresFree; ++i) sign_in("wrong horse", "ben@contoso.com");
  EXPECT_EQ(sign_in().status, 303);  // a success does not reset the address
  sign_in("wrong horse", "ben@contoso.com");
  EXPECT_THAT(sign_in().body, HasSubstr("There were too many attempts"));
  server.address = "192.0.2.2";
  EXPECT_EQ(sign_in().status, 303);
}

TEST_F(SignIn, IsNotLockedByWrongUserCodesOfItsAddress) {
  arrive();
  server.browse("deviceauth", {});
  const auto guess = [this] { return server.type_code("BBBB-BBBB").body; };
  for (std::uint32_t i = 0; i < kAddressFailuresFree; ++i)
    EXPECT_THAT(guess(), HasSubstr("That code is not right"));
  EXPECT_THAT(guess(), HasSubstr("There were too many attempts"));
  EXPECT_EQ(sign_in().status, 303);
}

TEST_F(SignIn, EscapesTexts) {
  query["login_hint"] = "\"><script>alert('x')</script>&";
  EXPECT_THAT(arrive().body,
              HasSubstr("value=\"&quot;&gt;&lt;script&gt;alert(&#39;x&#39;)&lt;/script&gt;&amp;\""));
  EXPECT_THAT(error_page(texts_of(Language::kEnglish), OAuthFault::kMalformed, "<i>"), Not(HasSubstr("<i>")));
}

// The language of each page: of `ui_locales`, else of Accept-Language, else English; and the fields that say so.
TEST_F(SignIn, SpeaksTheLanguageOfTheBrowser) {
  struct Row {
    std::string accepted, wished, tag, text;
  };
  const Row rows[] = {
      {"", "", "en", "Sign in"},
      {"fr-CH, en;q=0.5", "", "fr", "Mot de passe"},
      {"de", "", "de", "Kennwort"},
      {"es", "", "es",
       "Contrase\xC3\xB1"
       "a"},
      {"it", "", "en", "Password"},
      {"fr;q=2", "", "en", "Password"},
      {"fr", "it de", "de", "Kennwort"},
      {"fr", "it", "fr", "Mot de passe"},
  };
  for (const Row& row : rows) {
    server.accept_language = row.accepted;
    if (!row.wished.empty()) query["ui_locales"] = row.wished;
    const Answer page = arrive();
    EXPECT_EQ(page.field("Content-Language"), row.tag) << row.accepted;
    EXPECT_EQ(page.field("Vary"), "Accept-Language");
    EXPECT_THAT(page.body, HasSubstr("<html lang=\"" + row.tag + "\">"));
    EXPECT_THAT(page.body, HasSubstr(row.text)) << row.accepted;
    EXPECT_EQ(sign_in("").field("Content-Language"), row.tag);  // the form posts to the same URL
  }
}

TEST_F(SignIn, AllPagesSpeakTheLanguageOfTheBrowser) {
  server.accept_language = "de-DE,de;q=0.9";
  query = server.authorize_query(kPhone, "Presence.ReadWrite offline_access");
  arrive();
  const Answer consent = sign_in();
  EXPECT_THAT(consent.body,
              HasSubstr("Ihre Anwesenheit sehen und \xC3\xA4ndern (Presence.ReadWrite von Porchlight)"));
  EXPECT_THAT(consent.body, HasSubstr("Den Zugriff auf das behalten"));
  query["response_mode"] = "form_post";
  arrive();
  EXPECT_THAT(decide("accept").body, HasSubstr(">Weiter</button>"));
  EXPECT_THAT(server.browse("deviceauth", {}).body, HasSubstr("Code eingeben"));
  EXPECT_THAT(server.type_code("BBBB-BBBB").body, HasSubstr("falsch oder abgelaufen"));
  EXPECT_THAT(server.browse("logout", {}).body, HasSubstr("abmelden?"));
  EXPECT_THAT(server.post_step("logout", {}, {{"step", "sign_out"}}).body, HasSubstr("Abgemeldet"));
  const Answer error = server.browse("authorize", {{"client_id", "x"}});
  EXPECT_EQ(error.status, 400);
  EXPECT_EQ(error.field("Content-Language"), "de");
  EXPECT_THAT(error.body, HasSubstr("Anmeldung fehlgeschlagen"));
  EXPECT_THAT(error.body, HasSubstr("<p lang=\"en\">AADSTS700016: "));
}

TEST_F(SignIn, RefusesFormsOfOtherSites) {
  arrive();
  const auto posts = [&](Fields fields) {
    fields.insert(
        {{"step", "sign_in"}, {"username", std::string(kAnaUpn)}, {"password", std::string(kPasswordText)}});
    return server.post_step("authorize", query, fields).status;
  };
  EXPECT_EQ(posts({{"word", ""}}), 400);
  EXPECT_EQ(posts({{"word", std::string(43, 'A')}}), 400);
  EXPECT_EQ(posts({{"step", "dance"}}), 400);
  const std::string csrf_token = server.csrf_token;
  const Fields cookies = server.cookies;
  server.cookies.clear();
  EXPECT_EQ(posts({{"word", csrf_token}}), 400);
  server.cookies["__Host-porchlight-form"] = CsrfGuard::make_cookie();
  EXPECT_EQ(posts({{"word", csrf_token}}), 400);
  server.cookies = cookies;
  const Answer foreign =
      server.ask(http::Method::kPost, "/contoso/oauth2/v2.0/authorize", encode_fields(query),
                 encode_fields({{"step", "sign_in"}, {"word", csrf_token}}),
                 {{"Origin", "https://evil.example"},
                  {"Cookie", "__Host-porchlight-form=" + cookies.at("__Host-porchlight-form")}});
  EXPECT_EQ(foreign.status, 400);
  EXPECT_EQ(posts({{"word", csrf_token}}), 303);
}

TEST_F(SignIn, AsksForConsentOnce) {
  query = server.authorize_query(kPhone, "Presence.Read Presence.ReadWrite offline_access");
  arrive();
  const Answer page = sign_in();
  ASSERT_TRUE(asks_whether(page)) << page.body;
  EXPECT_THAT(page.body,
              HasSubstr("<li>See and change your presence (Presence.ReadWrite of Porchlight)</li>"));
  EXPECT_THAT(page.body, HasSubstr("You are signed in as ana@contoso.com."));
  EXPECT_NE(decide("accept").parameter("code"), "");
  EXPECT_NE(arrive().parameter("code"), "");
  query["prompt"] = "consent";
  EXPECT_TRUE(asks_whether(arrive()));
  EXPECT_EQ(server.stores.credentials.consents(kContoso, kPhone, kAna),
            std::vector<std::string>{"Presence.ReadWrite"});
  EXPECT_EQ(server.stores.credentials.consents(kContoso, kPhone, kBen), std::vector<std::string>{});
}

TEST_F(SignIn, ConsentNamesTheApplicationOfAScope) {
  query = server.authorize_query(kPhone, "api://" + to_string(kApi) + "/access");
  arrive();
  EXPECT_THAT(sign_in().body, HasSubstr("<li>Use access of Middle</li>"));
}

TEST_F(SignIn, CanBeDeclined) {
  query = server.authorize_query(kPhone, "Presence.ReadWrite");
  arrive();
  sign_in();
  const Answer back = decide("decline");
  EXPECT_EQ(back.parameter("error"), "access_denied");
  EXPECT_EQ(back.parameter("state"), "s t&te");
  EXPECT_TRUE(asks_whether(arrive()));
}

TEST_F(SignIn, SomePermissionsNeedAnAdministrator) {
  query = server.authorize_query(kPhone, "Group.Read.All");
  arrive();
  EXPECT_EQ(sign_in().parameter("error"), "access_denied");
  EXPECT_EQ(decide("accept").parameter("error"), "access_denied");
  EXPECT_EQ(server.stores.credentials.consents(kContoso, kPhone, kAna), std::vector<std::string>{});
}

TEST_F(SignIn, HonoursPrompts) {
  query["prompt"] = "none";
  EXPECT_EQ(arrive().parameter("error"), "login_required");
  query.erase("prompt");
  arrive();
  sign_in();
  query["prompt"] = "none";
  EXPECT_NE(arrive().parameter("code"), "");
  query["scope"] = "Presence.ReadWrite";
  EXPECT_EQ(arrive().parameter("error"), "consent_required");
  for (const char* prompt : {"login", "select_account"}) {
    query = server.authorize_query();
    query["prompt"] = prompt;
    EXPECT_TRUE(is_sign_in_page(arrive()));
    EXPECT_NE(sign_in().parameter("code"), "");
  }
}

TEST_F(SignIn, SessionsEnd) {
  arrive();
  sign_in();
  server.advance(43'200);
  EXPECT_TRUE(is_sign_in_page(arrive()));
  sign_in();
  server.advance(1);
  ASSERT_TRUE(
      server.stores.credentials.set_password(kContoso, kAna, "another horse", server.now()).has_value());
  EXPECT_TRUE(is_sign_in_page(arrive()));
}

TEST_F(SignIn, ASessionIsValidInOneTenant) {
  arrive();
  sign_in();
  Registration open;
  open.is_public = true;
  open.redirects = {std::string(kRedirect)};
  ASSERT_TRUE(server.stores.credentials.put(kFabrikam, kShared, open).has_value());
  server.tenant = "fabrikam";
  query["client_id"] = to_string(kShared);
  EXPECT_TRUE(is_sign_in_page(arrive()));
}

TEST_F(SignIn, CommonMeansTheTenantOfTheApplication) {
  server.tenant = "common";
  arrive();
  EXPECT_NE(sign_in().parameter("code"), "");
}

// Errors that are shown to the user, since the redirect URI is not verified yet.
TEST_F(SignIn, ErrorsBeforeTheRedirectUriIsChecked) {
  struct Row {
    std::string_view name;
    std::function<void(Fields&)> edit;
    std::string_view number;
  };
  const Row rows[] = {
      {"no client", [](Fields& f) { f.erase("client_id"); }, "AADSTS900144"},
      {"client unknown", [](Fields& f) { f["client_id"] = to_string(kAna); }, "AADSTS700016"},
      {"no redirect", [](Fields& f) { f.erase("redirect_uri"); }, "AADSTS900971"},
      {"redirect not registered", [](Fields& f) { f["redirect_uri"] = "https://evil.example/"; },
       "AADSTS50011"},
      {"redirect lengthened", [](Fields& f) { f["redirect_uri"] += "/"; }, "AADSTS50011"},
      {"redirect with a query", [](Fields& f) { f["redirect_uri"] += "?x=1"; }, "AADSTS50011"},
      {"redirect a script", [](Fields& f) { f["redirect_uri"] = "javascript:alert(1)"; }, "AADSTS50011"},
      {"redirect of another kind", [](Fields& f) { f["redirect_uri"] = "https://localhost:5000"; },
       "AADSTS50011"},
  };
  for (const Row& row : rows) {
    Fields bad = query;
    row.edit(bad);
    const Answer answer = server.browse("authorize", bad);
    EXPECT_EQ(answer.status, 400) << row.name;
    EXPECT_THAT(answer.body, HasSubstr(row.number)) << row.name;
    EXPECT_EQ(answer.field("Location"), "") << row.name;
  }
  const Answer twice = server.ask(http::Method::kGet, "/contoso/oauth2/v2.0/authorize",
                                  encode_fields(query) + "&redirect_uri=x", "", {});
  EXPECT_THAT(twice.body, HasSubstr("AADSTS90023"));
  server.tenant = "nobody";
  EXPECT_THAT(arrive().body, HasSubstr("AADSTS90002"));
  EXPECT_EQ(server.ask(http::Method::kPut, "/contoso/oauth2/v2.0/authorize", "", "", {}).status, 405);
}

TEST_F(SignIn, ErrorsForTheApplication) {
  struct Row {
    std::string_view name;
    std::function<void(Fields&)> edit;
    std::string_view error;
  };
  const auto with = [](std::string name, std::string value) { return [=](Fields& f) { f[name] = value; }; };
  const auto without = [](std::string name) { return [=](Fields& f) { f.erase(name); }; };
  const Row rows[] = {
      {"no type", without("response_type"), "invalid_request"},
      {"token", with("response_type", "token"), "unsupported_response_type"},
      {"id_token", with("response_type", "id_token"), "unsupported_response_type"},
      {"hybrid", with("response_type", "code id_token"), "unsupported_response_type"},
      {"code twice", with("response_type", "code code"), "unsupported_response_type"},
      {"mode unknown", with("response_mode", "web_message"), "invalid_request"},
      {"no challenge", without("code_challenge"), "invalid_request"},
      {"no method", without("code_challenge_method"), "invalid_request"},
      {"method plain", with("code_challenge_method", "plain"), "invalid_request"},
      {"method in lower case", with("code_challenge_method", "s256"), "invalid_request"},
      {"challenge too short", with("code_challenge", std::string(42, 'A')), "invalid_request"},
      {"challenge too long", with("code_challenge", std::string(44, 'A')), "invalid_request"},
      {"challenge of another alphabet", with("code_challenge", std::string(42, 'A') + "="),
       "invalid_request"},
      {"prompt unknown", with("prompt", "create"), "invalid_request"},
      {"two prompts", with("prompt", "login consent"), "invalid_request"},
      {"no scope", without("scope"), "invalid_request"},
      {"scope unknown", with("scope", "Presence.Fly"), "invalid_scope"},
      {"two resources", with("scope", "Presence.Read " + to_string(kApi) + "/access"), "invalid_scope"},
      {"nonce too long", with("nonce", std::string(kNonceBytesMax + 1, 'n')), "invalid_request"},
      {"state too long", with("state", std::string(kStateBytesMax + 1, 's')), "invalid_request"},
  };
  for (const Row& row : rows) {
    Fields bad = query;
    row.edit(bad);
    const Answer answer = server.browse("authorize", bad);
    EXPECT_EQ(answer.status, 302) << row.name;
    EXPECT_EQ(answer.parameter("error"), row.error) << row.name;
    EXPECT_EQ(answer.parameter("state"), bad["state"]) << row.name;
    EXPECT_EQ(answer.parameter("code"), "") << row.name;
  }
  Fields longest = query;
  longest["nonce"] = std::string(kNonceBytesMax, 'n');
  longest["state"] = std::string(kStateBytesMax, 's');
  EXPECT_TRUE(is_sign_in_page(server.browse("authorize", longest)));
  arrive();
  sign_in();
  query["scope"] = to_string(kBen) + "/x";
  EXPECT_EQ(arrive().parameter("error"), "invalid_resource");
  query["scope"] = to_string(kApi) + "/fly";
  EXPECT_EQ(arrive().parameter("error"), "invalid_scope");
}

// PKCE is for public clients; a confidential client decides, unless its registration does.
TEST_F(SignIn, AConfidentialClientMayUsePkce) {
  const auto redeem = [&](const Fields& sent, Fields more) {
    const Answer back = server.walk_through("authorize", sent);
    more.insert({{"grant_type", "authorization_code"},
                 {"client_id", to_string(kRobot)},
                 {"client_secret", server.robot_secret},
                 {"code", back.parameter("code")},
                 {"redirect_uri", std::string(kRedirect)}});
    return server.post("token", more).json(back.parameter("code").empty() ? "nothing" : "error_codes");
  };
  const Fields verifier = {{"code_verifier", kVerifierText}};
  const Fields bound = server.authorize_query(kRobot, "Presence.Read openid");
  Fields bare = bound;
  bare.erase("code_challenge");
  bare.erase("code_challenge_method");
  EXPECT_EQ(redeem(bare, {}), "");
  EXPECT_EQ(redeem(bare, verifier), "[501481]");
  EXPECT_EQ(redeem(bound, verifier), "");
  EXPECT_EQ(redeem(bound, {}), "[501481]");
  EXPECT_EQ(redeem(bound, {{"code_verifier", std::string(43, 'w')}}), "[501481]");
  for (const char* name : {"code_challenge", "code_challenge_method"}) {
    Fields half = bound;
    half.erase(name);
    EXPECT_THAT(server.browse("authorize", half).parameter("error_description"), StartsWith("AADSTS9002325"));
  }
  auto registration = server.stores.credentials.registration(kContoso, kRobot).value();
  registration.require_pkce = true;
  ASSERT_TRUE(server.stores.credentials.put(kContoso, kRobot, registration).has_value());
  EXPECT_THAT(server.browse("authorize", bare).parameter("error_description"), StartsWith("AADSTS9002325"));
  EXPECT_EQ(redeem(bound, verifier), "");
}

// Sign-in with response types that have an ID token, for an application that may use them.
class SignInWithIdToken : public SignIn {
 protected:
  SignInWithIdToken() {
    auto registration = server.stores.credentials.registration(kContoso, kPhone).value();
    registration.id_tokens = true;
    (void)server.stores.credentials.put(kContoso, kPhone, registration);
    query["response_type"] = "id_token";
    query.erase("code_challenge");
    query.erase("code_challenge_method");
  }
};

TEST_F(SignInWithIdToken, ReturnsItAlone) {
  arrive();
  const Answer back = sign_in();
  ASSERT_THAT(back.field("Location"), StartsWith(std::string(kRedirect) + "#"));
  EXPECT_EQ(back.parameter("code"), "");
  EXPECT_EQ(back.parameter("state"), "s t&te");
  const std::string token = back.parameter("id_token");
  EXPECT_EQ(claim(token, "aud"), to_string(kPhone));
  EXPECT_EQ(claim(token, "nonce"), "n0nce");
  EXPECT_EQ(claim(token, "oid"), to_string(kAna));
  EXPECT_EQ(claim(token, "iss"), std::string(kBase) + "/" + to_string(kContoso) + "/v2.0");
  EXPECT_EQ(claim(token, "preferred_username"), kAnaUpn);
  EXPECT_EQ(claim(token, "c_hash"), "");
  query["response_mode"] = "form_post";
  EXPECT_THAT(arrive().body, HasSubstr("name=\"id_token\" value=\"ey"));
}

TEST_F(SignInWithIdToken, ReturnsItWithACode) {
  for (const char* type : {"code id_token", "id_token code"}) {
    query = server.authorize_query();
    query["response_type"] = type;
    const Answer back = server.walk_through("authorize", query);
    ASSERT_THAT(back.field("Location"), StartsWith(std::string(kRedirect) + "#code="));
    const std::string token = back.parameter("id_token"), code = back.parameter("code");
    EXPECT_EQ(claim(token, "c_hash"), encode_base64url(sha256(code).substr(0, 16)));
    const Answer tokens = server.post("token", {{"grant_type", "authorization_code"},
                                                {"client_id", to_string(kPhone)},
                                                {"code", code},
                                                {"redirect_uri", std::string(kRedirect)},
                                                {"code_verifier", kVerifierText}});
    EXPECT_EQ(claim(tokens.json("id_token"), "nonce"), "n0nce");
    EXPECT_EQ(claim(tokens.json("id_token"), "sub"), claim(token, "sub"));
  }
}

// The errors go to the application in the fragment, the default mode of these types.
TEST_F(SignInWithIdToken, Errors) {
  struct Row {
    std::string name, value, error, number;
  };
  const Row rows[] = {
      {"nonce", "", "invalid_request", "AADSTS900144"},
      {"response_mode", "query", "invalid_request", "AADSTS70007"},
      {"response_mode", "web_message", "invalid_request", "AADSTS70007"},
      {"scope", "Presence.Read", "invalid_scope", "AADSTS70011"},
      {"response_type", "id_token token", "unsupported_response_type", "AADSTS70005"},
      {"response_type", "id_token id_token", "unsupported_response_type", "AADSTS70005"},
      {"response_type", "code id_token", "invalid_request", "AADSTS9002325"},  // without a code_challenge
      {"client_id", to_string(kRobot), "unsupported_response_type", "AADSTS700054"},
  };
  for (const Row& row : rows) {
    Fields bad = query;
    bad[row.name] = row.value;
    const Answer answer = server.browse("authorize", bad);
    EXPECT_EQ(answer.parameter("error"), row.error) << row.name << row.value;
    EXPECT_THAT(answer.parameter("error_description"), StartsWith(row.number)) << row.name << row.value;
    const std::string mark =
        row.error == "unsupported_response_type" && row.name == "response_type" ? "?" : "#";
    EXPECT_THAT(answer.field("Location"), StartsWith(std::string(kRedirect) + mark)) << row.name << row.value;
  }
}

class DevicePage : public ::testing::Test {
 protected:
  DevicePage() {
    const Answer started =
        server.post("devicecode", {{"client_id", to_string(kPhone)}, {"scope", "Presence.ReadWrite"}});
    code = started.json("user_code");
    EXPECT_EQ(started.json("verification_uri"), std::string(kBase) + "/common/oauth2/v2.0/deviceauth");
    EXPECT_EQ(started.json("expires_in"), "900");
    EXPECT_EQ(started.json("interval"), "5");
    EXPECT_THAT(started.json("message"), HasSubstr(code));
    server.tenant = "common";
  }
  // Opens the page and types the code.
  Answer type_code() {
    server.browse("deviceauth", {});
    return server.type_code(code);
  }
  Answer sign_in(std::string_view password = kPasswordText) {
    return server.post_step(
        "deviceauth", {},
        {{"step", "sign_in"}, {"username", std::string(kAnaUpn)}, {"password", std::string(password)}});
  }
  TestServer server;
  std::string code;
};

TEST_F(DevicePage, AsksForCodeSignInAndApproval) {
  EXPECT_THAT(server.browse("deviceauth", {}).body, HasSubstr("id=\"user_code\""));
  EXPECT_THAT(server.type_code(code).body, HasSubstr("type=\"password\""));
  const Answer page = sign_in();
  EXPECT_THAT(page.body, HasSubstr("Phone wants to"));
  EXPECT_THAT(page.body, HasSubstr("the device that shows " + code));
  EXPECT_THAT(server.post_step("deviceauth", {}, {{"step", "consent"}, {"decision", "accept"}}).body,
              HasSubstr("go back to your device"));
  EXPECT_THAT(type_code().body, HasSubstr("That code is not right"));
  EXPECT_EQ(server.stores.credentials.consents(kContoso, kPhone, kAna),
            std::vector<std::string>{"Presence.ReadWrite"});
}

// A link with a code may come from an attacker, whose device it is: the user types what the own device shows.
TEST_F(DevicePage, IgnoresTheCodeOfALink) {
  for (const bool signed_in : {false, true}) {
    const Answer page = server.browse("deviceauth", {{"user_code", code}});
    EXPECT_THAT(page.body, HasSubstr("only if you started the sign-in there yourself")) << signed_in;
    EXPECT_THAT(page.body, HasSubstr("id=\"user_code\"")) << signed_in;
    EXPECT_THAT(page.body, Not(HasSubstr(code))) << signed_in;
    server.type_code(code);
    sign_in();
  }
}

TEST_F(DevicePage, CanBeDeclined) {
  type_code();
  sign_in();
  EXPECT_THAT(server.post_step("deviceauth", {}, {{"step", "consent"}, {"decision", "decline"}}).body,
              HasSubstr("Cancelled"));
  EXPECT_EQ(server.stores.credentials.consents(kContoso, kPhone, kAna), std::vector<std::string>{});
}

TEST_F(DevicePage, NeedsASignInAndATokenOfTheForm) {
  type_code();
  const Fields accept = {{"step", "consent"}, {"decision", "accept"}};
  EXPECT_THAT(server.post_step("deviceauth", {}, accept).body, HasSubstr("type=\"password\""));
  EXPECT_THAT(sign_in("x").body, HasSubstr("The name or the password is not right."));
  Fields forged = accept;
  forged["word"] = "x";
  EXPECT_EQ(server.post_step("deviceauth", {}, forged).status, 400);
}

TEST_F(DevicePage, WrongCodesCountForTheLockOut) {
  server.browse("deviceauth", {});
  for (std::uint32_t i = 0; i < 2 * kAddressFailuresFree; ++i)
    server.type_code(code);  // right codes do not count
  EXPECT_THAT(server.type_code(code).body, HasSubstr("type=\"password\""));
  for (std::uint32_t i = 0; i < kAddressFailuresFree; ++i)
    EXPECT_THAT(server.type_code("BBBB-BBBB").body, HasSubstr("That code is not right"));
  EXPECT_THAT(server.type_code(code).body, HasSubstr("AADSTS50053"));
}

class Logout : public SignIn {
 protected:
  Answer leave(const Fields& fields) { return server.browse("logout", fields); }
  static bool asks(const Answer& answer) {
    return answer.body.find("Do you want to sign out?") != std::string::npos;
  }
};

TEST_F(Logout, AsksAndEndsTheSession) {
  arrive();
  sign_in();
  const std::string cookie = server.cookies["__Host-porchlight-session"];
  const Answer page = leave({});
  EXPECT_TRUE(asks(page)) << page.body;
  EXPECT_NE(arrive().parameter("code"), "");  // another site's link ends nothing
  EXPECT_EQ(server.post_step("logout", {}, {{"step", "sign_out"}, {"word", "x"}}).status, 400);
  EXPECT_NE(arrive().parameter("code"), "");
  leave({});
  const Answer out = server.post_step("logout", {}, {{"step", "sign_out"}});
  EXPECT_THAT(out.body, HasSubstr("Signed out"));
  EXPECT_THAT(out.field("Set-Cookie"), HasSubstr("Max-Age=0"));
  server.cookies["__Host-porchlight-session"] = cookie;
  EXPECT_TRUE(is_sign_in_page(arrive()));
  EXPECT_FALSE(asks(leave({})));  // without a session
}

TEST_F(Logout, DoesNotAskTheUserOfTheIdToken) {
  const std::string id_token = server.post("token", server.redeem_fields()).json("id_token");
  EXPECT_TRUE(asks(leave({{"id_token_hint", id_token.substr(0, id_token.size() - 4)}})));
  EXPECT_THAT(leave({{"id_token_hint", id_token}}).body, HasSubstr("Signed out"));
  EXPECT_TRUE(is_sign_in_page(arrive()));
  // Another user's token does not end the session.
  ASSERT_TRUE(server.stores.credentials.set_password(kContoso, kBen, kPasswordText, server.now()));
  EXPECT_NE(sign_in(kPasswordText, "ben@contoso.com").parameter("code"), "");
  EXPECT_TRUE(asks(leave({{"id_token_hint", id_token}})));
}

TEST_F(Logout, RedirectsToAnIdentifiedApplication) {
  const std::string id_token = server.post("token", server.redeem_fields()).json("id_token");
  const Fields back = {{"post_logout_redirect_uri", std::string(kRedirect)}, {"state", "x"}};
  const auto with = [&](Fields more) {
    more.insert(back.begin(), back.end());
    return more;
  };
  const Fields by_client = with({{"client_id", to_string(kPhone)}});
  const Answer question = leave(by_client);
  EXPECT_TRUE(asks(question));
  EXPECT_THAT(question.field("Content-Security-Policy"),
              HasSubstr("form-action 'self' https://app.contoso.com;"));
  EXPECT_EQ(server.post_step("logout", by_client, {{"step", "sign_out"}}).field("Location"),
            std::string(kRedirect) + "?state=x");
  // From here on there is no session.
  EXPECT_EQ(leave(with({{"id_token_hint", id_token}})).field("Location"),
            std::string(kRedirect) + "?state=x");
  EXPECT_EQ(leave(by_client).field("Location"), std::string(kRedirect) + "?state=x");
  server.advance(10 * 86'400);  // the token may be expired
  EXPECT_EQ(leave(with({{"id_token_hint", id_token}})).status, 302);
  EXPECT_EQ(leave(with({})).status, 200);
  EXPECT_EQ(leave(with({{"client_id", to_string(kAna)}})).status, 200);
  EXPECT_EQ(leave(with({{"id_token_hint", id_token.substr(0, id_token.size() - 4)}})).status, 200);
  EXPECT_EQ(leave(with({{"id_token_hint", "x"}, {"client_id", to_string(kPhone)}})).status, 200);
  EXPECT_EQ(
      leave({{"post_logout_redirect_uri", "https://evil.example/"}, {"client_id", to_string(kPhone)}}).status,
      200);
}

}  // namespace
}  // namespace porchlight::authority
