// TLS over real sockets with an OpenSSL client, and the self-signed certificate.
#include "http/tls.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include <fstream>

#include "http/folder.h"
#include "http/http2_frames.h"
#include "http/link.h"
#include "http/test_server.h"

namespace porchlight::http {
namespace {

namespace fs = std::filesystem;
using testing::AllOf;
using testing::EndsWith;
using testing::HasSubstr;
using testing::StartsWith;

std::string read_file(const fs::path& path) {
  std::ifstream file(path);
  return {std::istreambuf_iterator<char>(file), {}};
}

mode_t mode_of(const fs::path& path) {
  struct stat status {};
  ::stat(path.c_str(), &status);
  return status.st_mode & 07777;
}

class TlsClient {
 public:
  explicit TlsClient(Client socket)
      : socket_(std::move(socket)), context_(SSL_CTX_new(TLS_client_method())) {}
  ~TlsClient() {
    SSL_free(ssl_);
    SSL_CTX_free(context_);
  }
  SSL_CTX* context() { return context_; }
  SSL* ssl() { return ssl_; }

  bool shake_hands() {
    ssl_ = SSL_new(context_);
    SSL_set_fd(ssl_, socket_.fd());
    const bool done = SSL_connect(ssl_) == 1;
    ERR_clear_error();
    return done;
  }
  TlsClient& send(std::string_view bytes) {
    SSL_write(ssl_, bytes.data(), static_cast<int>(bytes.size()));
    return *this;
  }
  std::string read_until(std::string_view end) {
    std::string all;
    char bytes[16384];
    while (!all.ends_with(end)) {
      const int got = SSL_read(ssl_, bytes, sizeof bytes);
      if (got <= 0) break;
      all.append(bytes, static_cast<std::size_t>(got));
    }
    return all;
  }
  // The size of the next record, decrypted.
  int read_record() {
    char bytes[16384];
    return SSL_read(ssl_, bytes, sizeof bytes);
  }
  Client& socket() { return socket_; }

 private:
  Client socket_;
  SSL_CTX* context_;
  SSL* ssl_ = nullptr;
};

class Tls : public testing::Test {
 protected:
  Tls()
      : files(ensure_self_signed(folder.path(), {"localhost", "127.0.0.1"}).value()),
        server({}, TlsContext::load(files.certificate, files.key).value(), {-1, ListenerKind::kTls}) {}
  TlsClient client() { return TlsClient(server.connect()); }

  Folder folder;
  SelfSigned files;
  TestServer server;
};

TEST_F(Tls, ServesAClientThatTrustsTheCa) {
  TlsClient tls = client();
  ASSERT_EQ(SSL_CTX_load_verify_locations(tls.context(), files.ca.c_str(), nullptr), 1);
  SSL_CTX_set_verify(tls.context(), SSL_VERIFY_PEER, nullptr);
  ASSERT_TRUE(tls.shake_hands());
  EXPECT_EQ(SSL_get_verify_result(tls.ssl()), X509_V_OK);
  EXPECT_STREQ(SSL_get_version(tls.ssl()), "TLSv1.3");
  for (int i = 0; i < 3; ++i) EXPECT_THAT(tls.send(get("/hi")).read_until("/hi"), StartsWith("HTTP/1.1 200"));
}

TEST_F(Tls, FollowsAHeaderOfTheProxyProtocol) {
  TestServer behind({}, TlsContext::load(files.certificate, files.key).value(),
                    {-1, ListenerKind::kTls, true}, {*IpRange::parse("127.0.0.1/32")});
  TlsClient tls(behind.connect());
  tls.socket().send("PROXY TCP4 192.0.2.1 10.0.0.1 1 443\r\n");
  ASSERT_TRUE(tls.shake_hands());
  EXPECT_THAT(tls.send(get("/client")).read_until("https a"), testing::EndsWith("\r\n\r\n192.0.2.1 https a"));
}

TEST_F(Tls, ServesLargeBodiesBothWays) {
  TlsClient tls = client();
  ASSERT_TRUE(tls.shake_hands());
  const std::string body(300'000, 'b');
  EXPECT_THAT(tls.send(post("/echo", body + "end")).read_until("end"), HasSubstr(body));
  EXPECT_THAT(tls.send(get("/hi")).read_until("/hi"), StartsWith("HTTP/1.1 200"));
}

TEST_F(Tls, ABurstOfResponsesIsOneRecord) {
  TlsClient tls = client();
  ASSERT_TRUE(tls.shake_hands());
  tls.send(get("/login")).read_until("/login");
  std::string burst;
  for (int i = 0; i < 20; ++i) burst += get("/a");
  tls.send(burst);
  EXPECT_GT(tls.read_record(), 20 * 80);
}

TEST_F(Tls, AnswersLater) {
  TlsClient tls = client();
  ASSERT_TRUE(tls.shake_hands());
  tls.send(get("/later?x"));
  server.handler.await_waiting(1);
  server.handler.finish();
  EXPECT_THAT(tls.read_until("later x"), StartsWith("HTTP/1.1 200"));
}

TEST_F(Tls, ClosesProperly) {
  TlsClient tls = client();
  ASSERT_TRUE(tls.shake_hands());
  tls.send(get("/a", "Connection: close\r\n")).read_until("/a");
  char byte;
  const int got = SSL_read(tls.ssl(), &byte, 1);
  EXPECT_EQ(SSL_get_error(tls.ssl(), got), SSL_ERROR_ZERO_RETURN);
}

TEST_F(Tls, Tls12NeedsEcdheAndAead) {
  TlsClient good = client();
  SSL_CTX_set_max_proto_version(good.context(), TLS1_2_VERSION);
  ASSERT_TRUE(good.shake_hands());
  EXPECT_THAT(SSL_get_cipher(good.ssl()), testing::MatchesRegex("ECDHE-ECDSA-.*(GCM|CHACHA20).*"));
  EXPECT_EQ(SSL_get_current_compression(good.ssl()), nullptr);
  for (const char* cipher : {"ECDHE-ECDSA-AES128-SHA256", "AES128-GCM-SHA256", "DHE-RSA-AES128-GCM-SHA256"}) {
    TlsClient bad = client();
    SSL_CTX_set_max_proto_version(bad.context(), TLS1_2_VERSION);
    ASSERT_EQ(SSL_CTX_set_cipher_list(bad.context(), cipher), 1);
    EXPECT_FALSE(bad.shake_hands()) << cipher;
  }
}

TEST_F(Tls, RefusesOlderVersions) {
  TlsClient tls = client();
  SSL_CTX_set_security_level(tls.context(), 0);
  SSL_CTX_set_min_proto_version(tls.context(), TLS1_VERSION);
  SSL_CTX_set_max_proto_version(tls.context(), TLS1_1_VERSION);
  EXPECT_FALSE(tls.shake_hands());
}

TEST_F(Tls, RefusesRenegotiation) {
  TlsClient tls = client();
  SSL_CTX_set_max_proto_version(tls.context(), TLS1_2_VERSION);
  ASSERT_TRUE(tls.shake_hands());
  SSL_renegotiate(tls.ssl());
  EXPECT_NE(SSL_do_handshake(tls.ssl()), 1);
  ERR_clear_error();
}

TEST_F(Tls, OffersNoEarlyData) {
  TlsClient tls = client();
  ASSERT_TRUE(tls.shake_hands());
  tls.send(get("/a")).read_until("/a");  // by now the tickets have arrived
  EXPECT_EQ(SSL_SESSION_get_max_early_data(SSL_get0_session(tls.ssl())), 0u);
}

// The protocol that is agreed on for each list of offers; empty: the handshake fails. curl --http1.0 offers http/1.0
// alone.
TEST_F(Tls, NegotiatesTheProtocol) {
  const std::pair<std::string, std::string_view> rows[] = {
      {"\x08http/1.1", "http/1.1"},
      {"\x08http/1.0", "http/1.0"},
      {"\x02h2\x08http/1.1", "h2"},
      {"\x08http/1.1\x02h2", "h2"},
      {"\x08http/1.0\x08http/1.1", "http/1.1"},
      {"\x08http/1.1\x08http/1.0", "http/1.1"},
      {"\x02h2", "h2"},
      {"\x08http/0.9", ""},
      {"\x08HTTP/1.1", ""},
      {"\x07http/1.\x01"
       "1",
       ""},
      {"\x09http/1.10", ""},
      {"\x03"
       "ftp\x02h3",
       ""},
  };
  for (const auto& [offers, expected] : rows) {
    TlsClient tls = client();
    SSL_CTX_set_alpn_protos(tls.context(), reinterpret_cast<const unsigned char*>(offers.data()),
                            static_cast<unsigned>(offers.size()));
    ASSERT_EQ(tls.shake_hands(), !expected.empty()) << offers;
    const unsigned char* chosen = nullptr;
    unsigned size = 0;
    SSL_get0_alpn_selected(tls.ssl(), &chosen, &size);
    EXPECT_EQ(std::string_view(reinterpret_cast<const char*>(chosen), size), expected) << offers;
    if (expected.empty()) continue;
    if (expected == "h2")  // SETTINGS, and a GOAWAY for what is no preface
      EXPECT_THAT(
          tls.send(get("/a")).read_until(frame(FrameType::kGoAway, 0, 0, std::string(7, '\0') + "\1")),
          testing::StartsWith(std::string_view("\0\0", 2)));
    else
      EXPECT_THAT(tls.send(get("/a")).read_until("/a"), HasSubstr("200"));
  }
}

TEST_F(Tls, HandshakesTimeOut) {
  Client silent = server.connect();
  server.advance(std::chrono::seconds(10) - Duration(1));
  EXPECT_EQ(silent.peek(), "");
  server.advance(Duration(1));
  EXPECT_TRUE(silent.is_ended());
}

TEST_F(Tls, PlainTextIsRefused) {
  EXPECT_THAT(server.connect().send(get("/a")).read_to_end(), testing::Not(HasSubstr("HTTP/1.1 200")));
}

TEST_F(Tls, SurvivesClientsThatDisconnectAtAnyTime) {
  for (int i = 0; i < 8; ++i) {
    TlsClient tls = client();
    if (i % 2) {
      ASSERT_TRUE(tls.shake_hands());
    }
    if (i % 4 == 1) tls.send(get("/big") + get("/big") + get("/big"));
    if (i % 4 == 3) tls.send(get("/later?x"));
    Client gone = std::move(tls.socket());
    gone.reset();
  }
  server.settle();
  server.handler.finish();
  TlsClient tls = client();
  ASSERT_TRUE(tls.shake_hands());
  EXPECT_THAT(tls.send(get("/hi")).read_until("/hi"), StartsWith("HTTP/1.1 200"));
}

TEST_F(Tls, DrainsProperly) {
  TlsClient idle = client();
  ASSERT_TRUE(idle.shake_hands());
  server.settle();
  server.advance(kDrainIdle);
  server.drain(std::chrono::seconds(30));
  server.join();
}

TEST(TlsContext, ErrorsNameTheFile) {
  Folder folder;
  const auto files = ensure_self_signed(folder.path(), {"localhost"}).value();
  const auto no_certificate = TlsContext::load(folder.path() / "none.pem", files.key);
  ASSERT_FALSE(no_certificate);
  EXPECT_THAT(no_certificate.error(), HasSubstr("none.pem"));
  const auto no_key = TlsContext::load(files.certificate, files.certificate);
  ASSERT_FALSE(no_key);
  EXPECT_THAT(no_key.error(), HasSubstr("server.pem"));
  const auto other_key = TlsContext::load(files.certificate, folder.path() / "ca.key");
  ASSERT_FALSE(other_key);
  EXPECT_THAT(other_key.error(), HasSubstr("ca.key"));
}

TEST(TlsContext, SaysWhyAFileCannotBeUsed) {
  Folder folder;
  const auto files = ensure_self_signed(folder.path(), {"localhost"}).value();
  const fs::path missing = folder.path() / "none.pem", empty = folder.path() / "empty.pem";
  std::ofstream(empty) << "";
  fs::permissions(empty, fs::perms::owner_read);
  fs::create_directory(folder.path() / "sub");
  struct Row {
    fs::path certificate, key;
    std::string why;
  };
  const Row rows[] = {
      {missing, files.key, "none.pem: it does not exist"},
      {files.certificate, missing, "none.pem: it does not exist"},
      {missing, missing, "none.pem: it does not exist"},
      {folder.path() / "none" / "x.pem", files.key, "x.pem: it does not exist"},
      {folder.path() / "sub", files.key, "sub: it is not a regular file"},
      {files.certificate, folder.path() / "sub", "sub: it is not a regular file"},
      {files.certificate / "x", files.key, "x: Not a directory"},
      {empty, files.key, "empty.pem: no certificate chain in PEM"},
      {files.certificate, empty, "empty.pem: no private key in PEM"},
      {files.key, files.key, "server.key: no certificate chain in PEM"},
      {files.certificate, folder.path() / "ca.key", "ca.key: no private key in PEM that belongs to"},
  };
  for (const Row& row : rows) {
    const auto context = TlsContext::load(row.certificate, row.key);
    ASSERT_FALSE(context) << row.why;
    EXPECT_THAT(context.error(), HasSubstr(row.why));
  }
}

TEST(TlsContext, RefusesAKeyThatOthersMayUse) {
  Folder folder;
  const auto files = ensure_self_signed(folder.path(), {"localhost"}).value();
  struct stat status {};
  ASSERT_EQ(::stat(files.key.c_str(), &status), 0);
  const bool is_root = status.st_uid == 0;
  struct Row {
    mode_t mode;
    bool good;
  };
  const Row rows[] = {{0600, true},    {0400, true},    {0700, true},  {0500, true},
                      {0640, is_root}, {0440, is_root}, {0644, false}, {0604, false},
                      {0660, false},   {0620, false},   {0601, false}, {0610, false},
                      {0666, false},   {0777, false},   {0602, false}, {0740, is_root}};
  for (const Row& row : rows) {
    ASSERT_EQ(::chmod(files.key.c_str(), row.mode), 0);
    const auto context = TlsContext::load(files.certificate, files.key);
    EXPECT_EQ(context.has_value(), row.good) << std::oct << row.mode;
    if (context) continue;
    EXPECT_THAT(context.error(), HasSubstr("server.key: others may use the key, its mode is 0"));
  }
}

TEST(TlsContext, KnowsWhenItsCertificateIsValid) {
  Folder folder;
  const auto files = ensure_self_signed(folder.path(), {"localhost"}).value();
  const auto context = TlsContext::load(files.certificate, files.key).value();
  using std::chrono::days, std::chrono::hours;
  struct Row {
    Duration from_now;
    std::string_view text;  // how it begins
  };
  // Valid from a day ago, for 397 days.
  const Row rows[] = {
      {Duration(0), "valid until "},     {days(395), "valid until "},      {hours(-23), "valid until "},
      {hours(-25), "not valid before "}, {days(-40), "not valid before "}, {days(-3650), "not valid before "},
      {days(397), "expired since "},     {days(398), "expired since "},    {days(3650), "expired since "},
      {days(300), "valid until "},
  };
  for (const Row& row : rows) {
    const auto validity = context->validity(SystemClock().wall() + row.from_now);
    EXPECT_THAT(validity.text, StartsWith(std::string(row.text))) << row.from_now.count();
    EXPECT_THAT(validity.text, EndsWith(" GMT"));
    EXPECT_EQ(validity.good, row.text == "valid until ");
  }
}

TEST(SelfSigned, ALostPartOfTheCaIsNotReplaced) {
  struct Row {
    std::string_view what;
    std::vector<std::string> removed, damaged;
    std::vector<std::string> names;  // other names need a new certificate
    std::string lost;                // the file that the error names; empty if there is no error
  };
  const std::vector<std::string> same = {"localhost"}, other = {"localhost", "porch.example"};
  const Row rows[] = {
      {"nothing is lost", {}, {}, other, ""},
      {"no CA key, same names", {"ca.key"}, {}, same, ""},
      {"no CA key, other names", {"ca.key"}, {}, other, "ca.key"},
      {"damaged CA key, same names", {}, {"ca.key"}, same, ""},
      {"damaged CA key, other names", {}, {"ca.key"}, other, "ca.key"},
      {"no CA", {"ca.pem"}, {}, same, "ca.pem"},
      {"no CA and no key", {"ca.pem", "ca.key"}, {}, same, "ca.pem"},
      {"damaged CA", {}, {"ca.pem"}, same, "ca.pem"},
      {"no CA key and no certificate", {"ca.key", "server.pem"}, {}, same, "ca.key"},
      {"no CA key and no key", {"ca.key", "server.key"}, {}, same, "ca.key"},
      {"no certificate", {"server.pem", "server.key"}, {}, same, ""},
      {"no CA and no certificate", {"ca.pem", "server.pem"}, {}, same, ""},
      {"nothing is left", {"ca.pem", "ca.key", "server.pem", "server.key"}, {}, same, ""},
  };
  for (const Row& row : rows) {
    Folder folder;
    ensure_self_signed(folder.path(), same).value();
    for (const std::string& name : row.removed) fs::remove(folder.path() / name);
    for (const std::string& name : row.damaged) std::ofstream(folder.path() / name) << "nothing";
    const std::string ca = read_file(folder.path() / "ca.pem");
    const auto files = ensure_self_signed(folder.path(), row.names);
    EXPECT_EQ(files.has_value(), row.lost.empty()) << row.what;
    if (!files) {
      EXPECT_THAT(files.error(), AllOf(HasSubstr("/" + row.lost + ": missing, damaged"), HasSubstr("new CA")))
          << row.what;
    }
    if (files) {
      EXPECT_TRUE(TlsContext::load(files->certificate, files->key)) << row.what;
    }
    if (!ca.empty()) {
      EXPECT_EQ(read_file(folder.path() / "ca.pem"), ca) << row.what;
    }
  }
}

TEST(SelfSigned, IsMadeOnceAndItsKeysArePrivate) {
  Folder folder;
  const auto first = ensure_self_signed(folder.path(), {"localhost", "::1"}).value();
  const std::string certificate = read_file(first.certificate);
  EXPECT_EQ(mode_of(first.key), 0600u);
  EXPECT_EQ(mode_of(folder.path() / "ca.key"), 0600u);
  const auto second = ensure_self_signed(folder.path(), {"localhost", "::1"}).value();
  EXPECT_EQ(read_file(second.certificate), certificate);
}

TEST(SelfSigned, IsReplacedForOtherNamesUnderTheSameCa) {
  Folder folder;
  const auto first = ensure_self_signed(folder.path(), {"localhost"}).value();
  const std::string certificate = read_file(first.certificate), ca = read_file(first.ca);
  const auto second = ensure_self_signed(folder.path(), {"localhost", "porch.example"}).value();
  EXPECT_NE(read_file(second.certificate), certificate);
  EXPECT_EQ(read_file(second.ca), ca);
}

TEST(SelfSigned, IsReplacedIfTheFilesAreDamaged) {
  Folder folder;
  const auto files = ensure_self_signed(folder.path(), {"localhost"}).value();
  std::ofstream(files.key) << "nothing";
  ASSERT_TRUE(ensure_self_signed(folder.path(), {"localhost"}));
  EXPECT_TRUE(TlsContext::load(files.certificate, files.key));
  EXPECT_EQ(mode_of(files.key), 0600u);
}

int days_left(const fs::path& path) {
  BIO* file = BIO_new_file(path.c_str(), "r");
  X509* certificate = PEM_read_bio_X509(file, nullptr, nullptr, nullptr);
  int days = 0, rest_s = 0;
  ASN1_TIME_diff(&days, &rest_s, nullptr, X509_get0_notAfter(certificate));
  X509_free(certificate);
  BIO_free(file);
  return days;
}

TEST(SelfSigned, IsValidAsLongAsClientsAccept) {
  Folder folder;
  const auto files = ensure_self_signed(folder.path(), {"localhost"}).value();
  EXPECT_NEAR(days_left(files.certificate), 396, 1);
  EXPECT_NEAR(days_left(files.ca), 3652, 1);
}

TEST(SelfSigned, RefusesInvalidNames) {
  Folder folder;
  for (const char* name : {"", "a b", "a,DNS:b", "a\nb", "/x"})
    EXPECT_FALSE(ensure_self_signed(folder.path(), {name})) << name;
  EXPECT_FALSE(ensure_self_signed(folder.path(), {}));
  EXPECT_FALSE(ensure_self_signed("/dev/null/folder", {"localhost"}));
}

}  // namespace
}  // namespace porchlight::http
