// What a server process reports: the lines of its log, a certificate that clients refuse, and an address at which
// another server listens.
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <sys/stat.h>

#include <sstream>

#include "commands.h"
#include "small_client.h"

namespace porchlight::server {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

class ServerLog : public Commands {
 protected:
  // Starts a server with this configuration and options; its first address is in `url`.
  void serve_with(const std::string& config, std::vector<std::string> options = {"--listen", "127.0.0.1:0"}) {
    options.insert(options.begin(),
                   {"serve", "--data", data_, "--config", write_file("p.toml", config), "--threads", "2"});
    server.emplace(options);
    const std::string line = server->line();
    ASSERT_THAT(line, StartsWith("listening on ")) << server->rest_of_err();
    url = line.substr(13);
  }
  // Stops the server, and returns its log.
  std::string stop() {
    server->signal(SIGTERM);
    const std::string log = server->rest_of_err();
    EXPECT_EQ(server->wait(), 0) << log;
    return log;
  }

  std::optional<Child> server;
  std::string url;
};

// What the program says about a wrong address of a collector, with which it does not start.
TEST_F(ServerLog, AWrongCollectorStopsTheStart) {
  done({"init"});
  const std::string file = write_file("p.toml", "");
  ::setenv("OTEL_EXPORTER_OTLP_ENDPOINT", "http://me:pass@collector:4318", 1);
  const Ran checked = run_program({"config", "check", file});
  const Ran served = run({"serve", "--config", file});
  ::unsetenv("OTEL_EXPORTER_OTLP_ENDPOINT");
  for (const Ran& ran : {checked, served}) {
    EXPECT_EQ(ran.code, 1);
    EXPECT_THAT(ran.err,
                AllOf(HasSubstr("OTEL_EXPORTER_OTLP_ENDPOINT = http://***@collector:4318: allowed is "
                                "\"http(s)://host[:port][/path]\", without user and query"),
                      Not(HasSubstr("pass"))));
  }
}

// Writes a certificate for localhost with its key, valid between two times in seconds from now.
void write_certificate(const std::string& certificate_file, const std::string& key_file, long begin,
                       long end) {
  EVP_PKEY* key = EVP_EC_gen("P-256");
  X509* certificate = X509_new();
  X509_set_version(certificate, 2);
  ASN1_INTEGER_set(X509_get_serialNumber(certificate), 1);
  X509_gmtime_adj(X509_getm_notBefore(certificate), begin);
  X509_gmtime_adj(X509_getm_notAfter(certificate), end);
  X509_set_pubkey(certificate, key);
  X509_NAME_add_entry_by_txt(X509_get_subject_name(certificate), "CN", MBSTRING_UTF8,
                             reinterpret_cast<const unsigned char*>("localhost"), -1, -1, 0);
  X509_set_issuer_name(certificate, X509_get_subject_name(certificate));
  X509_sign(certificate, key, EVP_sha256());
  std::FILE* out = std::fopen(certificate_file.c_str(), "w");
  PEM_write_X509(out, certificate);
  std::fclose(out);
  out = std::fopen(key_file.c_str(), "w");
  PEM_write_PrivateKey(out, key, nullptr, nullptr, 0, nullptr, nullptr);
  std::fclose(out);
  ::chmod(key_file.c_str(), 0600);
  X509_free(certificate);
  EVP_PKEY_free(key);
}

TEST_F(ServerLog, ACertificateThatClientsRefuseIsReported) {
  done({"init"});
  const std::string certificate = temp_ / "c.pem", key = temp_ / "c.key";
  constexpr long kDay = 24 * 60 * 60;
  struct Row {
    long begin, end;
    std::string fault;  // empty: clients accept it
  };
  const Row rows[] = {
      {-kDay, kDay, ""}, {-2 * kDay, -kDay, "expired since "}, {kDay, 2 * kDay, "not valid before "}};
  for (const Row& row : rows) {
    write_certificate(certificate, key, row.begin, row.end);
    serve_with("[tls]\ncertificate = \"" + certificate + "\"\nkey = \"" + key + "\"\n",
               {"--listen", "127.0.0.1:0", "--tls-listen", "127.0.0.1:0"});
    const std::string ready = ask(url, "GET", "/readyz?verbose");
    EXPECT_THAT(ready, AllOf(StartsWith("HTTP/1.1 200 "),
                             HasSubstr("\r\n\r\nok\nlog: takes writes\nnotifications: sent\n"),
                             HasSubstr("\ncertificate: ")));
    EXPECT_THAT(ask(url, "GET", "/readyz"), testing::EndsWith("\r\n\r\nok\n"));
    EXPECT_THAT(ask(url, "GET", "/healthz?verbose"), testing::EndsWith("\r\n\r\nok\n"));
    const std::string log = stop();
    if (row.fault.empty()) {
      EXPECT_THAT(ready, HasSubstr("certificate: valid until "));
      EXPECT_THAT(log, Not(HasSubstr("level=error")));
    } else {
      EXPECT_THAT(ready, HasSubstr("certificate: clients refuse it: " + row.fault));
      EXPECT_THAT(log, HasSubstr("level=error msg=\"clients refuse the TLS certificate " + certificate +
                                 ": it is " + row.fault));
    }
  }
}

// The lines of the log that contain this text.
std::vector<std::string> lines_with(const std::string& log, const std::string& text) {
  std::vector<std::string> lines;
  std::istringstream in(log);
  for (std::string line; std::getline(in, line);)
    if (line.find(text) != std::string::npos) lines.push_back(line);
  return lines;
}

TEST_F(ServerLog, BeginsWithVersionAndSettings) {
  done({"init"});
  serve_with("[history]\nretention = \"2d\"\n[webhooks]\nports = [443, 8443]\n", {"--listen", "127.0.0.1:0"});
  const std::string log = stop();
  const auto lines = lines_with(log, "");
  ASSERT_FALSE(lines.empty());
  const std::string version = run_program({"--version"}).out.substr(11);
  EXPECT_THAT(lines.front(),
              AllOf(HasSubstr(" level=info msg=\"starting\" version=" +
                              version.substr(0, version.size() - 1) + " data=" + data_ + " clock=system "),
                    HasSubstr(" listen=127.0.0.1:0 "), HasSubstr(" threads=2 "),
                    HasSubstr(" history.retention=2d "), HasSubstr(" webhooks.ports=443,8443 "),
                    HasSubstr(" log.retention=30d "), HasSubstr(" throttle.reads.requests=1500 ")));
  EXPECT_THAT(lines.back(), testing::EndsWith(" level=info msg=\"stopped\""));
}

// Requests, sign-ins and changes with the ids that they concern; no secret, and no text that breaks a line.
TEST_F(ServerLog, NamesCallersAndChanges) {
  done({"init"});
  serve_with(
      "log_level = \"debug\"\n[authority]\nenabled = true\npassword_grant = true\n"
      "[http]\ntrusted_proxies = [\"127.0.0.1\"]\n");
  const auto command = [this](const std::string& body) {
    return ask_socket(data_ + "/admin.sock", "POST", "/admin", body);
  };
  const std::string tenant = member(command(R"({"command":"tenant.add","name":"Contoso"})"), "id");
  const std::string user =
      member(command(R"({"command":"user.add","upn":"ana@contoso.com","name":"Ana"})"), "id");
  const std::string app = member(
      command(R"({"command":"app.add","name":"Phone","scopes":["Presence.Read"],"roles":[]})"), "appId");
  command(R"({"command":"app.register","app":"Phone","public":true,"redirects":["http://localhost"]})");
  command(R"({"command":"user.password","user":"ana@contoso.com","password":"correct horse"})");
  command(R"({"command":"user.add","upn":"a\nlevel=error msg=\"forged\"","name":"x"})");
  const auto sign_in = [&](const std::string& name, const std::string& password) {
    return post_form(url, "/contoso/oauth2/v2.0/token",
                     "grant_type=password&scope=Presence.Read&username=" + name + "&password=" + password +
                         "&client_id=" + app,
                     "X-Forwarded-For: 203.0.113.7\r\n");
  };
  const std::string token = member(sign_in("ana%40contoso.com", "correct+horse"), "access_token");
  ASSERT_NE(token, "") << stop();
  sign_in("ana%40contoso.com", "wrong+horse");
  for (int i = 0; i < 11; ++i) sign_in("secret-in-wrong-field%0Alevel%3Derror", "x");
  EXPECT_THAT(ask(url, "GET", "/v1.0/me/presence", token, "", "localhost\r\nX-Forwarded-For: 203.0.113.9"),
              StartsWith("HTTP/1.1 200 "));
  ask(url, "GET", "/v1.0/\"%0Alevel=error");
  const std::string log = stop();

  for (const std::string& line : lines_with(log, ""))
    EXPECT_THAT(line, testing::MatchesRegex("time=[0-9T:.-]+Z level=[a-z]+ msg=\"([^\"\\]|\\\\.)*\""
                                            "( [a-z_.]+=([^ \"=\\]+|\"([^\"\\]|\\\\.)*\"))*"));
  EXPECT_THAT(log, Not(HasSubstr("level=error msg")));
  EXPECT_THAT(log, Not(HasSubstr("secret-in-wrong-field")));
  EXPECT_THAT(log, Not(HasSubstr("horse")));
  EXPECT_THAT(log, Not(HasSubstr("\x1b")));
  EXPECT_THAT(log, Not(HasSubstr(token)));
  EXPECT_THAT(log, HasSubstr("msg=\"change\" command=tenant.add id=" + tenant + "\n"));
  EXPECT_THAT(log, HasSubstr("msg=\"change\" command=user.add upn=ana@contoso.com id=" + user + "\n"));
  EXPECT_THAT(log, HasSubstr("msg=\"change\" command=app.add id=" + app + "\n"));
  EXPECT_THAT(log, HasSubstr("msg=\"change\" command=user.password user=ana@contoso.com"));
  EXPECT_THAT(
      log, HasSubstr("level=info msg=\"signed in\" client=203.0.113.7 tenant=" + tenant + " user=" + user));
  EXPECT_THAT(log, HasSubstr("level=warning msg=\"sign-in refused\" why=password client=203.0.113.7 tenant=" +
                             tenant + " user=" + user + "\n"));
  EXPECT_THAT(log, HasSubstr("why=password client=203.0.113.7 tenant=" + tenant + "\n"));
  EXPECT_THAT(log, HasSubstr("why=locked client=203.0.113.7 tenant=" + tenant + "\n"));
  EXPECT_THAT(log, HasSubstr("msg=\"request\" method=GET path=/v1.0/me/presence status=200 took_us="));
  const auto requests = lines_with(log, "path=/v1.0/me/presence");
  ASSERT_EQ(requests.size(), 1U);
  EXPECT_THAT(requests[0], HasSubstr(" client=203.0.113.9 tenant=" + tenant + " app=" + app +
                                     " user=" + user + " request_id="));
}

TEST_F(ServerLog, APortInUseIsNamed) {
  done({"init"});
  serve_with("");
  const std::string other = temp_ / "other";
  ASSERT_EQ(run_program({"init", "--data", other}).code, 0);
  const std::string address = url.substr(7);
  for (const std::string option : {"--listen", "--tls-listen"}) {
    const Ran ran = run_program({"serve", "--data", other, option, address});
    EXPECT_EQ(ran.code, 1);
    EXPECT_THAT(ran.err, HasSubstr("porchlight: cannot listen on " + address + ": the address is in use"));
    EXPECT_EQ(ran.out, "");
  }
  stop();
}

}  // namespace
}  // namespace porchlight::server
