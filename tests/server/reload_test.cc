// A configuration or certificate that changes while the server runs: what is applied, what is named, and that no
// request is lost.
#include <gmock/gmock.h>
#include <openssl/ssl.h>

#include <atomic>
#include <csignal>
#include <fstream>
#include <thread>

#include "admin/demo.h"
#include "base/logging.h"
#include "node/node.h"
#include "server/effective_config.h"
#include "server/server.h"
#include "small_client.h"
#include "support/temp_folder.h"

namespace porchlight::server {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::StartsWith;
using testing::UnorderedElementsAre;

constexpr std::size_t kInFlight = 1000;
const audit::Actor kOperator = {.name = "SIGHUP", .uid = 1000};

int connect_to(const std::string& url) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  address.sin_port = htons(static_cast<std::uint16_t>(std::stoi(url.substr(url.rfind(':') + 1))));
  const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (::connect(fd, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0) {
    ::close(fd);
    return -1;
  }
  return fd;
}

// The names of the certificate that a server presents, as one text; empty if the handshake fails.
std::string certificate_of(const std::string& url) {
  const int fd = connect_to(url);
  SSL_CTX* const context = SSL_CTX_new(TLS_client_method());
  SSL* const ssl = SSL_new(context);
  SSL_set_fd(ssl, fd);
  std::string names;
  if (SSL_connect(ssl) == 1) {
    X509* const certificate = SSL_get1_peer_certificate(ssl);
    char serial[64] = "";
    const ASN1_INTEGER* const number = X509_get0_serialNumber(certificate);
    for (int i = 0; i < number->length && i < 20; ++i)
      std::snprintf(serial + 2 * i, 3, "%02x", number->data[i]);
    names = serial;
    X509_free(certificate);
  }
  SSL_free(ssl);
  SSL_CTX_free(context);
  ::close(fd);
  return names;
}

class ReloadTest : public testing::Test {
 protected:
  // As serve() does, before there are threads: the level changes while they log, and OpenSSL's handshake in
  // certificate_of() writes to a connection that a stopping server has closed.
  static void SetUpTestSuite() {
    start_logging("warn");
    ::signal(SIGPIPE, SIG_IGN);
  }
  void SetUp() override {
    ASSERT_TRUE(node::DataFolder::create(temp_ / "data"));
    make_certificate();
    options_.config = temp_ / "p.toml";
    options_.data = temp_ / "data";
  }
  void TearDown() override { set_log_level("warn"); }

  // Puts another certificate in the place of tls.crt and tls.key.
  void make_certificate() {
    const TempFolder made;
    const auto files = http::ensure_self_signed(made / "", {"localhost"});
    ASSERT_TRUE(files) << files.error();
    std::filesystem::copy(files->key, temp_ / "new.key");
    std::filesystem::copy(files->certificate, temp_ / "new.crt");
    std::filesystem::rename(temp_ / "new.key", temp_ / "tls.key");
    std::filesystem::rename(temp_ / "new.crt", temp_ / "tls.crt");
  }
  void write_config(const std::string& more) {
    std::ofstream(temp_ / "p.toml") << R"(
listen = ["127.0.0.1:0"]
tls_listen = ["127.0.0.1:0"]
threads = 2
tls = { certificate = "tls.crt", key = "tls.key" }
http.strangers_per_address = 2000
log_level = "off"
)" << more;
  }
  void start(const std::string& more = "") {
    write_config(more);
    node::ReadConfig read = effective_config(options_, {});
    ASSERT_EQ(read.fault_text(), "");
    ServerHooks hooks;
    hooks.again = {.rows = read.rows, .read = [this] { return effective_config(options_, {}); }};
    auto server =
        Server::start(read.config, *node::DataFolder::open(temp_ / "data"), std::nullopt, std::move(hooks));
    ASSERT_TRUE(server) << server.error();
    server_ = *std::move(server);
  }
  ReloadReport reload() {
    auto report = server_->reload(kOperator);
    EXPECT_TRUE(report) << report.error();
    return report.value_or(ReloadReport{});
  }
  std::string socket_answer(const std::string& path) {
    return ask_socket(temp_ / "data" / "admin.sock", "POST", path, "");
  }
  const std::string& plain() const { return server_->urls().front(); }
  const std::string& tls() const { return server_->urls().back(); }

  TempFolder temp_;
  ServeOptions options_;
  std::unique_ptr<Server> server_;
};

TEST_F(ReloadTest, AppliesWhatItCanAndNamesTheRest) {
  start();
  write_config(
      "http.idle = \"5s\"\nstreams.origins = [\"https://a\"]\nwebhooks.ports = [443, 8443]\n"
      "throttle.reads.requests = 7\n[[issuer]]\niss = \"https://i/{tenantid}\"\n"
      "jwks_url = \"https://127.0.0.1:1/keys\"\ntenant = \"72f988bf-86f1-41af-91ab-2d7cd011db47\"\n");
  const ReloadReport report = reload();
  EXPECT_THAT(report.applied,
              UnorderedElementsAre("issuer", "streams.origins", "webhooks.ports", "throttle.reads.requests"));
  EXPECT_THAT(report.needs_restart, ElementsAre("http.idle"));
  // The second time, only what needs a restart is still different.
  EXPECT_THAT(reload().applied, IsEmpty());
  EXPECT_THAT(reload().needs_restart, ElementsAre("http.idle"));
  const std::string shown = socket_answer("/config");
  EXPECT_THAT(shown, HasSubstr(R"({"key":"http.idle","value":"30s","origin":"default"})"));
  EXPECT_THAT(shown, HasSubstr(R"({"key":"throttle.reads.requests","value":"7","origin":")"));
  EXPECT_THAT(shown, HasSubstr("https://i/"));
}

// Who reloaded, how it ended, and the names of what has changed.
TEST_F(ReloadTest, EachIsInTheAuditLog) {
  start();
  write_config("http.idle = \"5s\"\nwebhooks.ports = [8443]");
  reload();
  write_config("http.idle = 5");
  EXPECT_FALSE(server_->reload(kOperator));
  write_config("throttle.reads.requests = 4711");
  EXPECT_THAT(socket_answer("/reload"), HasSubstr("throttle.reads.requests"));
  const std::string log =
      ask_socket(temp_ / "data" / "admin.sock", "POST", "/admin", R"({"command":"audit.page"})");
  const std::string own = std::to_string(::getuid());
  const auto entry = [&](const std::string& actor, const std::string& members, const std::string& outcome) {
    return HasSubstr(R"("action":"reload","actor":{"way":"commandLine",)" + actor + R"(},"members":[)" +
                     members + R"(],"outcome":")" + outcome + "\"");
  };
  EXPECT_THAT(
      log, testing::AllOf(entry(R"("name":"SIGHUP","uid":1000)", R"("webhooks.ports","http.idle")", "done"),
                          entry(R"("name":"SIGHUP","uid":1000)", "", "failed"),
                          entry("\"uid\":" + own, R"("webhooks.ports","throttle.reads.requests")", "done")));
  EXPECT_THAT(log, testing::Not(testing::AnyOf(HasSubstr("8443"), HasSubstr("4711"))));
}

TEST_F(ReloadTest, AnInvalidFileChangesNothing) {
  start();
  const std::string before = certificate_of(tls());
  make_certificate();
  write_config("http.idel = 1\nwebhooks.ports = [80]");
  const auto report = server_->reload(kOperator);
  ASSERT_FALSE(report);
  EXPECT_THAT(report.error(), HasSubstr("unknown key http.idel; did you mean http.idle?"));
  EXPECT_EQ(certificate_of(tls()), before);
  EXPECT_THAT(socket_answer("/reload"), testing::AllOf(StartsWith("HTTP/1.1 400 "), HasSubstr("http.idel")));
  write_config("");
  EXPECT_THAT(socket_answer("/reload"), HasSubstr(R"({"applied":["tls.certificate"],"needsRestart":[]})"));
  EXPECT_NE(certificate_of(tls()), before);
}

TEST_F(ReloadTest, AnInvalidCertificateKeepsTheOldOne) {
  start();
  const std::string before = certificate_of(tls());
  std::ofstream(temp_ / "tls.crt") << "no certificate";
  const auto report = server_->reload(kOperator);
  ASSERT_FALSE(report);
  EXPECT_THAT(report.error(), HasSubstr("tls.crt: no certificate chain in PEM"));
  EXPECT_EQ(certificate_of(tls()), before);
  make_certificate();
  EXPECT_THAT(reload().applied, ElementsAre("tls.certificate"));
  EXPECT_NE(certificate_of(tls()), before);
}

TEST_F(ReloadTest, LogLevelAppliesAtOnce) {
  start();
  EXPECT_FALSE(logs_debug());
  options_.config = temp_ / "q.toml";
  std::ofstream(temp_ / "q.toml") << "log_level = \"debug\"";
  const ReloadReport report = reload();
  EXPECT_TRUE(logs_debug());
  EXPECT_THAT(report.applied, ElementsAre("log_level"));
  EXPECT_THAT(report.needs_restart, testing::IsSupersetOf({"tls.certificate", "tls_listen", "threads"}));
}

// The requests are begun before the reload and end after it, on both loops.
TEST_F(ReloadTest, NoRequestInFlightIsDropped) {
  start();
  const std::string request = request_text("GET", "/healthz", "", "");
  std::vector<int> connections(kInFlight);
  for (int& fd : connections) {
    fd = connect_to(plain());
    ASSERT_GE(fd, 0);
    ASSERT_EQ(::send(fd, request.data(), request.size() - 2, MSG_NOSIGNAL),
              static_cast<ssize_t>(request.size() - 2));
  }
  make_certificate();
  write_config("webhooks.ports = [8443]\nthrottle.graph.requests = 9");
  EXPECT_THAT(reload().applied, testing::SizeIs(3));
  for (const int fd : connections) ASSERT_EQ(::send(fd, "\r\n", 2, MSG_NOSIGNAL), 2);
  for (const int fd : connections) {
    char begin[16] = "";
    EXPECT_EQ(::recv(fd, begin, 12, MSG_WAITALL), 12);
    EXPECT_STREQ(begin, "HTTP/1.1 200");
    ::close(fd);
  }
}

// A reload, a changed certificate, requests and the stop at the same time.
TEST_F(ReloadTest, IsSafeAtAnyMoment) {
  start();
  std::atomic<bool> ended = false;
  std::vector<std::jthread> threads;
  threads.reserve(4);
  for (int i = 0; i < 2; ++i) {
    threads.emplace_back([&] {
      while (!ended) (void)server_->reload(kOperator);
    });
  }
  threads.emplace_back([&] {
    while (!ended) ask_socket(temp_ / "data" / "admin.sock", "POST", "/reload", "");
  });
  threads.emplace_back([&] {
    while (!ended) certificate_of(tls());
  });
  for (int i = 0; i < 10; ++i) {
    make_certificate();
    write_config("throttle.reads.requests = " + std::to_string(i));
    EXPECT_THAT(ask(plain(), "GET", "/readyz?verbose"), StartsWith("HTTP/1.1 200 "));
  }
  EXPECT_TRUE(server_->stop());
  const auto late = server_->reload(kOperator);
  ASSERT_FALSE(late);
  EXPECT_EQ(late.error(), "the server is stopping");
  ended = true;
}

// What the thread does each minute.
TEST_F(ReloadTest, ChangedCertificateFilesAreLoaded) {
  write_config("");
  const node::ReadConfig read = effective_config(options_, {});
  int loaded = 0;
  audit::AuditLog audit(temp_ / "data" / "audit");
  const SystemClock clock;
  Reloader reloader(read.config, {},
                    {.set_tls = [&](const auto&) { ++loaded; },
                     .set_issuers = {},
                     .set_budgets = {},
                     .set_webhooks = {},
                     .set_origins = {}},
                    audit, clock);
  reloader.check_certificate();
  EXPECT_EQ(loaded, 0);
  make_certificate();
  reloader.check_certificate();
  EXPECT_EQ(loaded, 1);
  reloader.check_certificate();
  EXPECT_EQ(loaded, 1);
  // Only one of the two is new: the next check finds the other.
  std::filesystem::rename(temp_ / "tls.key", temp_ / "old.key");
  make_certificate();
  std::filesystem::rename(temp_ / "tls.key", temp_ / "new.key");
  std::filesystem::rename(temp_ / "old.key", temp_ / "tls.key");
  reloader.check_certificate();
  EXPECT_EQ(loaded, 1);
  std::filesystem::rename(temp_ / "new.key", temp_ / "tls.key");
  reloader.check_certificate();
  EXPECT_EQ(loaded, 2);
  EXPECT_EQ(reloader.reload(kOperator).error(), "this server has no configuration to read again");
}

}  // namespace
}  // namespace porchlight::server
