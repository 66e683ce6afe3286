// What a server process reports: a certificate that clients refuse, and an address at which another server listens.
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <sys/stat.h>

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
