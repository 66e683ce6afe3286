// What a server process logs: its settings, administrative changes, requests with their callers, and a certificate that
// clients refuse. Every line has one format.
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
using testing::MatchesRegex;
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
    std::istringstream lines(log);
    for (std::string line; std::getline(lines, line);)
      EXPECT_THAT(line, MatchesRegex("time=[0-9-]+T[0-9:.]+Z level=(trace|debug|info|warning|error) "
                                     "msg=(\".*\"|request .*|change .*|starting .*)"));
    return log;
  }

  std::optional<Child> server;
  std::string url;
};

TEST_F(ServerLog, BeginsWithVersionAndSettings) {
  done({"init"});
  serve_with("log_level = \"info\"\n[history]\nretention = \"2h\"\n[throttle.reads]\nrequests = 7\n",
             {"--listen", "127.0.0.1:0", "--cloud", "usgov", "--authority", "on"});
  const std::string log = stop();
  EXPECT_THAT(log.substr(0, log.find('\n')),
              AllOf(HasSubstr(" level=info msg=starting version=" PORCHLIGHT_VERSION " "),
                    HasSubstr(R"( listen=["127.0.0.1:0"] )"), HasSubstr(" threads=2 "),
                    HasSubstr(R"( history.retention="2h" )"), HasSubstr(" throttle.reads.requests=7 "),
                    HasSubstr(R"( clouds=["usgov"] )"), HasSubstr(" authority.enabled=true ")));
  EXPECT_THAT(log, HasSubstr("level=info msg=\"stopped\"\n"));
}

TEST_F(ServerLog, HasAdministrativeChanges) {
  done({"init", "--demo"});
  serve_with("log_level = \"info\"\n");
  struct Row {
    std::vector<std::string> args;
    std::string logged;  // empty: nothing is logged
  };
  const std::string id = "11111111-2222-4333-8444-555555555555";
  const std::string file = write_file("people.csv", "upn,name\nim@contoso.com,Imported Name\n");
  const Row rows[] = {
      {{"tenant", "add", "--name", "Hidden Name", "--id", id}, "command=tenant.add object=" + id + "\n"},
      {{"tenant", "set", "Hidden Name", "--history", "off"}, "command=tenant.set object=" + id + "\n"},
      {{"tenant", "scim-token", "Hidden Name"}, "command=tenant.scim-token tenant="},
      {{"user", "add", "--upn", "zed@contoso.com", "--name", "Hidden Name", "--id", id, "--tenant",
        "Contoso"},
       "command=user.add tenant="},
      {{"user", "set", id, "--name", "Hidden Name 2", "--tenant", "Contoso"}, " object=" + id + "\n"},
      {{"user", "remove", id, "--tenant", "Contoso"}, "command=user.remove tenant="},
      {{"user", "import", file, "--tenant", "Contoso"}, "command=user.import"},
      {{"app", "add", "--name", "Hidden Name", "--id", id, "--tenant", "Contoso"}, "command=app.add tenant="},
      {{"app", "set", id, "--client", "on", "--tenant", "Contoso"}, "command=app.set tenant="},
      {{"app", "secret-add", id, "--tenant", "Contoso"}, "command=app.secret-add"},
      {{"token", "--app", id, "--tenant", "Contoso"}, "command=token\n"},
      {{"group", "add", "--name", "Hidden Name", "--tenant", "Contoso"}, "command=group.add tenant="},
      {{"tenant", "list"}, ""},
      {{"user", "list", "--tenant", "Contoso"}, ""},
      {{"app", "show", id, "--tenant", "Contoso"}, ""},
      {{"user", "import", file, "--tenant", "Contoso", "--dry-run"}, ""},
  };
  std::size_t changes = 0;
  for (const Row& row : rows) {
    done(row.args);
    changes += !row.logged.empty();
  }
  run({"user", "remove", "nobody@contoso.com", "--tenant", "Contoso"});
  const std::string log = stop();
  std::size_t found = 0, at = 0;
  for (const Row& row : rows) {
    if (row.logged.empty()) continue;
    at = log.find("level=info msg=change command=", at + 1);
    ASSERT_NE(at, std::string::npos) << row.logged << "\n" << log;
    EXPECT_THAT(log.substr(at, log.find('\n', at) + 1 - at), HasSubstr(row.logged));
    ++found;
  }
  EXPECT_EQ(found, changes);
  EXPECT_EQ(log.find("msg=change", at + 20), std::string::npos) << "nothing else is logged";
  EXPECT_THAT(log,
              AllOf(Not(HasSubstr("Hidden Name")), Not(HasSubstr("Imported Name")), Not(HasSubstr("zed@"))));
}

TEST_F(ServerLog, RequestsHaveTheirCallers) {
  done({"init", "--demo"});
  serve_with("log_level = \"debug\"\n");
  const auto token = [&](std::vector<std::string> args) {
    args.insert(args.begin(), "token");
    const std::string text = done(args);
    return text.substr(0, text.size() - 1);
  };
  const auto id_of = [&](const std::vector<std::string>& args, std::size_t at) {
    return done(args).substr(at, 36);
  };
  const std::string reader = id_of({"app", "show", "Demo reader", "--json"}, 10);
  const std::string writer = id_of({"app", "show", "Demo writer", "--json"}, 10);
  const std::string ana = id_of({"user", "show", "ana@contoso.com", "--json"}, 7);
  const std::string of_ana = token({"--app", "Demo reader", "--user", "ana@contoso.com"});
  const std::string of_app = token({"--app", "Demo writer"});
  struct Row {
    std::string method, path, token, body;
    int status;
    std::string caller;  // how the line ends
  };
  const std::string session =
      R"({"sessionId":")" + writer + R"(","availability":"Busy","activity":"InACall"})";
  const std::string from = "address=127.0.0.1";
  const Row rows[] = {
      {"GET", "/v1.0/me/presence", of_ana, "", 200, from + " app=" + reader + " user=" + ana},
      {"GET", "/v1.0/users/" + ana + "/presence", of_app, "", 200, from + " app=" + writer},
      {"GET", "/v1.0/me/presence", of_app, "", 400, from + " app=" + writer},
      {"GET", "/v1.0/nothing", of_ana, "", 400, from},
      {"GET", "/v1.0/me/presence", "", "", 401, from},
      {"GET", "/v1.0/me/presence", "x.y.z", "", 401, from},
      {"POST", "/v1.0/users/" + ana + "/presence/setPresence", of_app, session, 200, from + " app=" + writer},
      {"POST", "/v1.0/users/" + ana + "/presence/setPresence", of_app, "{}", 400, from + " app=" + writer},
      {"POST", "/v1.0/me/presence/setStatusMessage", of_app, "{}", 400, from + " app=" + writer},
      {"DELETE", "/v1.0/me/presence", of_ana, "", 405, from + " app=" + reader + " user=" + ana},
      {"GET", "/healthz", "", "", 200, from},
      {"GET", "/scim/v2/Users", "", "", 400, from},
  };
  for (const Row& row : rows)
    EXPECT_THAT(ask(url, row.method, row.path, row.token, row.body),
                StartsWith("HTTP/1.1 " + std::to_string(row.status)))
        << row.path;
  const std::string log = stop();
  std::size_t at = 0;
  for (const Row& row : rows) {
    const std::string start = "msg=request method=" + row.method + " path=\"" + row.path +
                              "\" status=" + std::to_string(row.status) + " ";
    at = log.find(start, at + 1);
    ASSERT_NE(at, std::string::npos) << start << " in\n" << log;
    EXPECT_THAT(log.substr(at, log.find('\n', at) - at), testing::EndsWith(" " + row.caller)) << row.path;
  }
  EXPECT_THAT(log, AllOf(Not(HasSubstr(of_ana)), Not(HasSubstr(of_app))));
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
    EXPECT_THAT(
        ready, AllOf(StartsWith("HTTP/1.1 200 "), HasSubstr("\r\n\r\nok\nlog: takes writes\ncertificate: ")));
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
