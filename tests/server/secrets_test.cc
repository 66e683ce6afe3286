// A run that uses every kind of secret: the credentials of users, applications and providers, what the authority
// issues, and texts that users write. The log at its most detailed level contains none of them, and the data folder
// contains no secret that is to be stored as a hash.
#include <gmock/gmock.h>

#include <fstream>
#include <sstream>

#include "authority/digest.h"
#include "authority/totp.h"
#include "base/base64url.h"
#include "node/data_folder.h"
#include "program.h"
#include "small_client.h"
#include "support/base32.h"
#include "support/temp_folder.h"

namespace porchlight::server {
namespace {

using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

class SecretsRun : public testing::Test {
 protected:
  SecretsRun() {
    EXPECT_TRUE(node::DataFolder::create(data));
    std::ofstream(temp / "trace.toml")
        << "log_level = \"trace\"\n[authority]\nenabled = true\npassword_grant = true\n";
    server.emplace(std::vector<std::string>{"serve", "--data", data, "--config", temp / "trace.toml",
                                            "--listen", "127.0.0.1:0"});
    const std::string line = server->line();
    url = line.substr(line.find("http://"));
    command(R"({"command":"tenant.add","name":"Contoso"})");
    ana = member(command(R"({"command":"user.add","upn":"ana@contoso.com","name":"Ana"})"), "id");
    command(R"({"command":"user.password","user":"ana@contoso.com","password":")" +
            secret("lantern-in-the-window") + "\"}");
    app = member(
        command(
            R"({"command":"app.add","name":"Sync","scopes":["Presence.ReadWrite"],"roles":["Presence.Read.All"]})"),
        "appId");
    command(R"({"command":"app.register","app":"Sync","redirects":["http://localhost/back"]})");
    client = "&client_id=" + app +
             "&client_secret=" + taken(command(R"({"command":"app.secret-add","app":"Sync"})"), "secret");
  }

  // Records a text that must not be found: anywhere, or only in the log.
  std::string secret(std::string text) {
    EXPECT_NE(text, "");
    hidden.push_back(text);
    return text;
  }
  std::string unsaid(std::string text) {
    EXPECT_NE(text, "");
    silent.push_back(text);
    return text;
  }
  // A member of an answer that is a secret.
  std::string taken(const std::string& answer, const std::string& name) {
    EXPECT_NE(member(answer, name), "") << name << " in " << answer;
    return secret(member(answer, name));
  }

  std::string command(const std::string& body) {
    return ask_socket(data / "admin.sock", "POST", "/admin", body);
  }
  std::string post(const std::string& endpoint, const std::string& form, const std::string& fields = "") {
    return post_form(url, "/contoso/oauth2/v2.0/" + endpoint, form, fields);
  }

  void use_credentials();
  void use_the_page();
  void use_a_device();
  void use_graph();
  void use_scim();
  void use_a_second_factor();

  const TempFolder temp;
  const std::filesystem::path data = temp / "data";
  std::optional<Child> server;
  std::string url, ana, app, client, access;
  std::vector<std::string> hidden, silent;
};

void SecretsRun::use_credentials() {
  const std::string by_password =
      post("token",
           "grant_type=password&scope=openid+Presence.ReadWrite+offline_access&username=ana%40"
           "contoso.com&password=lantern-in-the-window" +
               client);
  access = taken(by_password, "access_token");
  taken(by_password, "id_token");
  const std::string next =
      post("token", "grant_type=refresh_token&refresh_token=" + taken(by_password, "refresh_token") + client);
  taken(next, "refresh_token");
  taken(post("token", "grant_type=client_credentials&scope=.default" + client), "access_token");
  // Wrong credentials often are nearly right, so they are not logged either.
  const std::string bad[] = {
      "grant_type=client_credentials&scope=.default&client_secret=" + secret("a-wr0ng-secret") +
          "&client_id=" + app,
      "grant_type=client_credentials&scope=.default&client_id=" + app +
          "&client_assertion_type=urn:ietf:params:oauth:client-assertion-type:jwt-bearer&client_assertion=" +
          secret(encode_base64url(R"({"alg":"PS256","x5t":"t"})") + "." + encode_base64url("{}") + ".c2ln"),
      "grant_type=password&scope=Presence.Read&username=ana%40contoso.com&password=" +
          secret("a-wr0ng-password") + client,
      "grant_type=refresh_token&refresh_token=" + secret("a-wr0ng-refresh-token") + client,
      "grant_type=urn:ietf:params:oauth:grant-type:jwt-bearer&requested_token_use=on_behalf_of"
      "&scope=Presence.Read&assertion=" +
          access + client};
  for (const std::string& form : bad) EXPECT_THAT(post("token", form), StartsWith("HTTP/1.1 40")) << form;
}

// Signs in as a browser does: the page, then name and password, until the redirect with a code.
void SecretsRun::use_the_page() {
  const std::string verifier = secret("a-verifier-of-at-least-forty-three-characters"),
                    challenge = encode_base64url(authority::sha256(verifier));
  const std::string ask_for =
      "authorize?response_type=code&redirect_uri=http%3A%2F%2Flocalhost%2Fback"
      "&scope=Presence.ReadWrite&code_challenge_method=S256&code_challenge=" +
      unsaid(challenge) + "&state=" + unsaid("a-st4te") + "&nonce=" + unsaid("a-n0nce") + "&client_id=" + app;
  const std::string page = ask(url, "GET", "/contoso/oauth2/v2.0/" + ask_for);
  const std::string form_cookie = secret(between(page, "__Host-porchlight-form=", ";")),
                    word = secret(between(page, "name=\"word\" value=\"", "\""));
  const std::string back =
      post(ask_for, "step=sign_in&username=ana%40contoso.com&password=lantern-in-the-window&word=" + word,
           "Origin: http://localhost\r\nCookie: __Host-porchlight-form=" + form_cookie + "\r\n");
  ASSERT_THAT(back, StartsWith("HTTP/1.1 303 "));
  secret(between(back, "__Host-porchlight-session=", ";"));
  const std::string answer =
      post("token",
           "grant_type=authorization_code&redirect_uri=http%3A%2F%2Flocalhost%2F"
           "back&code=" +
               secret(between(back, "?code=", "&")) + "&code_verifier=" + verifier + client);
  taken(answer, "access_token");
}

void SecretsRun::use_a_device() {
  const std::string started = post("devicecode", "scope=Presence.ReadWrite&client_id=" + app);
  EXPECT_THAT(post("token", "grant_type=device_code&device_code=" + taken(started, "device_code") + client),
              HasSubstr("authorization_pending"));
  ask(url, "GET", "/common/oauth2/v2.0/deviceauth?user_code=" + taken(started, "user_code"));
}

void SecretsRun::use_graph() {
  ask(url, "GET", "/v1.0/me/presence", access);
  ask(url, "GET", "/v1.0/me/presence?access_token=" + access);
  ask(url, "GET", "/v1.0/me/presence", secret("eyJhbGciOiJub25lIn0.e30.a-f0rged-one"));
  taken(ask(url, "POST", "/porchlight/v1/streamTicket", access), "ticket");
  ask(url, "GET", "/porchlight/v1/stream?me&ticket=" + secret("a-wr0ng-ticket"));
  const std::string said = ask(url, "POST", "/v1.0/me/presence/setStatusMessage", access,
                               R"({"statusMessage":{"message":{"content":")" + unsaid("a-wh1spered-message") +
                                   R"(","contentType":"text"}}})");
  EXPECT_THAT(said, StartsWith("HTTP/1.1 200 "));
  ask(url, "POST", "/v1.0/subscriptions", access,
      R"({"changeType":"updated","notificationUrl":"https://receiver.example/)" + unsaid("a-pr1vate-path") +
          R"(","resource":"/users/)" + ana +
          R"(/presence","expirationDateTime":"2100-01-01T00:00:00Z","clientState":")" +
          unsaid("a-cl1ent-state") + "\"}");
}

void SecretsRun::use_scim() {
  const std::string token = taken(command(R"({"command":"tenant.scim-token"})"), "token");
  EXPECT_THAT(ask(url, "GET", "/scim/v2/Users", token), StartsWith("HTTP/1.1 200 "));
  ask(url, "GET", "/scim/v2/Users", secret("a-wr0ng-scim-token"));
}

// Enrols an authenticator app. Its secret is in the store, though not as users see it. Codes are so short
// that they may be there by chance, so they are not looked for.
void SecretsRun::use_a_second_factor() {
  const std::string ask_for =
      "authorize?response_type=code&redirect_uri=http%3A%2F%2Flocalhost%2Fback&scope=Presence.ReadWrite"
      "&prompt=login&client_id=" +
      app;
  const std::string page = ask(url, "GET", "/contoso/oauth2/v2.0/" + ask_for);
  const std::string form = "&word=" + secret(between(page, "name=\"word\" value=\"", "\"")),
                    fields = "Origin: http://localhost\r\nCookie: __Host-porchlight-form=" +
                             secret(between(page, "__Host-porchlight-form=", ";")) + "\r\n";
  const std::string enrolment = post(
      ask_for, "step=sign_in&then=enrol&username=ana%40contoso.com&password=lantern-in-the-window" + form,
      fields);
  const std::string key = secret(between(enrolment, "?secret=", "&"));
  const std::string bytes = decode_base32(key);
  const std::string enter =
      "&pending=" + secret(between(enrolment, "name=\"pending\" value=\"", "\"")) + form +
      "&second_factor=" + authority::totp_code(bytes, authority::totp_step_at(SystemClock().wall()));
  const std::string codes = post(ask_for, "step=enrolment" + enter, fields);
  secret(between(codes, "__Host-porchlight-session=", ";"));
  secret(between(codes, "<li><code>", "</code>"));
  EXPECT_THAT(command(R"({"command":"user.second-factor","user":"ana@contoso.com"})"),
              HasSubstr("\"recoveryCodes\":10"));
}

TEST_F(SecretsRun, LeavesNoSecretBehind) {
  use_credentials();
  use_the_page();
  use_a_device();
  use_graph();
  use_scim();
  use_a_second_factor();
  server->signal(SIGTERM);
  const std::string said = server->rest_of_err();
  EXPECT_EQ(server->wait(), 0);
  for (const char* place : {"/contoso/oauth2/v2.0/token", "/v1.0/subscriptions", "/scim/v2/Users"})
    EXPECT_THAT(said, HasSubstr(place));
  for (const auto& list : {hidden, silent})
    for (const std::string& text : list) EXPECT_THAT(said, Not(HasSubstr(text)));
  for (const auto& entry : std::filesystem::recursive_directory_iterator(data)) {
    if (!entry.is_regular_file()) continue;
    std::ostringstream bytes;
    bytes << std::ifstream(entry.path(), std::ios::binary).rdbuf();
    for (const std::string& text : hidden)
      EXPECT_EQ(bytes.str().find(text), std::string::npos) << text << " in " << entry.path();
  }
}

}  // namespace
}  // namespace porchlight::server
