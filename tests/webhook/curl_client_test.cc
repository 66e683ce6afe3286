// The webhook client over real sockets and TLS: what it sends and refuses to send, and its replies for
// receivers that hang, send slowly, reset, lie and redirect.
#include "webhook/curl_client.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <deque>
#include <fstream>
#include <future>
#include <map>
#include <mutex>

#include "http/folder.h"
#include "webhook/receiver.h"

namespace porchlight::webhook {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr Duration kLongTimeout = seconds(20), kShortTimeout = milliseconds(250);

// Host names as the test wants them. Each answer but the last is given once.
class TestNetwork final : public Network {
 public:
  void set(const std::string& host, std::deque<std::vector<std::string>> answers) {
    const std::lock_guard lock(mutex_);
    answers_[host] = std::move(answers);
  }
  void set_own(std::vector<std::string> own) {
    const std::lock_guard lock(mutex_);
    own_ = std::move(own);
  }
  std::size_t asked(const std::string& host) {
    const std::lock_guard lock(mutex_);
    return asked_[host];
  }
  // Lookups of this host block until release().
  void hold(const std::string& host) {
    const std::lock_guard lock(mutex_);
    held_ = host;
  }
  void release() {
    {
      const std::lock_guard lock(mutex_);
      held_.clear();
    }
    released_.notify_all();
  }

  std::vector<IpAddress> resolve(const std::string& host) override {
    std::unique_lock lock(mutex_);
    ++asked_[host];
    released_.wait(lock, [&] { return held_ != host; });
    auto& answers = answers_[host];
    if (answers.empty()) return {};
    const auto answer = answers.front();
    if (answers.size() > 1) answers.pop_front();
    return addresses(answer);
  }
  std::vector<IpAddress> own_addresses() override {
    const std::lock_guard lock(mutex_);
    return addresses(own_);
  }

 private:
  static std::vector<IpAddress> addresses(const std::vector<std::string>& texts) {
    std::vector<IpAddress> read;
    for (const std::string& text : texts) read.push_back(IpAddress::parse(text).value());
    return read;
  }
  std::mutex mutex_;
  std::condition_variable released_;
  std::map<std::string, std::deque<std::vector<std::string>>> answers_;
  std::map<std::string, std::size_t> asked_;
  std::vector<std::string> own_;
  std::string held_;
};

const std::string kHost = "receiver.example";

// A receiver, and a client that trusts it.
class CurlClient : public testing::Test {
 protected:
  CurlClient() { start(receiver_); }
  ~CurlClient() override { network_.release(); }

  void start(const Receiver& receiver, std::initializer_list<std::string_view> allowed = {"127.0.0.1/32"},
             PostQueue::QueueLimits limits = {}) {
    webhook_client_.reset();
    WebhookClientSettings settings{
        .policy = {.ports = {receiver.port()}}, .ca_file = receiver.ca_file(), .limits = limits};
    for (const auto range : allowed) settings.policy.allowed.push_back(IpRange::parse(range).value());
    network_.set(kHost, {{"127.0.0.1"}});
    port_ = receiver.port();
    webhook_client_ =
        open_webhook_client(settings, network_, [this](std::string_view origin, PostError error) {
          failed_.emplace_back(origin, error);
        }).value();
  }

  std::string url(const std::string& path, const std::string& host = kHost) const {
    return std::string("https://").append(host).append(":").append(std::to_string(port_)).append(path);
  }
  std::future<Reply> begin(const std::string& url, Duration timeout = kLongTimeout,
                           const std::string& body = "{}") {
    auto promise = std::make_shared<std::promise<Reply>>();
    webhook_client_->post({.url = url, .content_type = "application/json", .body = body, .timeout = timeout},
                          [promise](Reply reply) { promise->set_value(std::move(reply)); });
    return promise->get_future();
  }
  Reply post(const std::string& path, Duration timeout = kLongTimeout, const std::string& body = "{}") {
    return begin(url(path), timeout, body).get();
  }

  http::Folder folder_;
  TestNetwork network_;
  Receiver receiver_{folder_.path(), {kHost, "second.example"}};
  std::uint16_t port_ = 0;
  std::vector<std::pair<std::string, PostError>> failed_;  // written before the reply is
  std::unique_ptr<ConfiguredWebhookClient> webhook_client_;
};

TEST_F(CurlClient, PostsAndReturnsTheReply) {
  const Reply reply = post("/echo?a=b", kLongTimeout, R"({"value":[]})");
  EXPECT_EQ(reply.error, PostError::kNone);
  EXPECT_EQ(reply.status, 200);
  EXPECT_EQ(reply.content_type, "text/plain");
  EXPECT_EQ(reply.body, R"({"value":[]})");
  EXPECT_TRUE(reply.accepted());
  const ReceivedRequest request = receiver_.requests().at(0);
  EXPECT_EQ(request.server_name, kHost);
  EXPECT_TRUE(request.head.starts_with("POST /echo?a=b HTTP/1.1\r\n")) << request.head;
  EXPECT_NE(request.head.find("\r\nContent-Type: application/json\r\n"), std::string::npos) << request.head;
  const std::string host_line =
      std::string("\r\nHost: ").append(kHost).append(":").append(std::to_string(port_));
  EXPECT_NE(request.head.find(host_line), std::string::npos) << request.head;
  for (const char* name : {"Cookie", "Authorization", "Expect", "Accept-Encoding", "Proxy"})
    EXPECT_EQ(request.head.find(name), std::string::npos) << request.head;
}

TEST_F(CurlClient, PostsWithoutABody) {
  EXPECT_EQ(post("/echo", kLongTimeout, "").status, 200);
  EXPECT_NE(receiver_.requests().at(0).head.find("\r\nContent-Length: 0\r\n"), std::string::npos);
}

TEST_F(CurlClient, DoesNotChangeThePath) {
  post("/status/../%2e%2e/200");
  EXPECT_TRUE(receiver_.requests().at(0).head.starts_with("POST /status/../%2e%2e/200 HTTP/1.1\r\n"));
}

TEST_F(CurlClient, ReturnsEveryStatus) {
  for (const int status : {200, 202, 204, 301, 400, 404, 410, 500, 503}) {
    const Reply reply = post(std::string("/status/").append(std::to_string(status)));
    EXPECT_EQ(reply.error, PostError::kNone) << status;
    EXPECT_EQ(reply.status, status);
    EXPECT_EQ(reply.accepted(), status < 300) << status;
  }
}

TEST_F(CurlClient, FollowsNoRedirectAndKeepsNoCookie) {
  EXPECT_EQ(post("/redirect").status, 302);
  post("/no-content");
  ASSERT_EQ(receiver_.requests().size(), 2u);
  EXPECT_EQ(receiver_.requests().at(1).head.find("Cookie"), std::string::npos);
}

TEST_F(CurlClient, IgnoresTheProxyOfTheEnvironment) {
  constexpr const char* kNames[] = {"http_proxy",  "HTTP_PROXY", "https_proxy",
                                    "HTTPS_PROXY", "all_proxy",  "ALL_PROXY"};
  for (const char* name : kNames) ::setenv(name, "http://127.0.0.1:9", 1);
  start(receiver_);
  EXPECT_EQ(post("/no-content").status, 204);
  for (const char* name : kNames) ::unsetenv(name);
}

TEST_F(CurlClient, ReadsAtMostFourKibibytes) {
  const Reply whole = post("/body/4096");
  EXPECT_EQ(whole.error, PostError::kNone);
  EXPECT_EQ(whole.body.size(), 4096u);
  const Reply cut = post("/body/4097");
  EXPECT_EQ(cut.error, PostError::kTooLong);
  EXPECT_EQ(cut.status, 200);
  EXPECT_EQ(cut.body.size(), 4096u);
  EXPECT_TRUE(cut.accepted());
  const Reply endless = post("/endless");
  EXPECT_EQ(endless.error, PostError::kTooLong);
  EXPECT_EQ(endless.status, 202);
  EXPECT_EQ(endless.body.size(), 4096u);
}

TEST_F(CurlClient, LimitsTheHeaders) {
  EXPECT_EQ(post("/headers").error, PostError::kTooLong);
  const Reply reply = post("/interim");
  EXPECT_EQ(reply.error, PostError::kTooLong);
  EXPECT_FALSE(reply.accepted());
}

TEST_F(CurlClient, TimesOut) {
  for (const char* path : {"/hang", "/drip"}) {
    const Reply reply = post(path, kShortTimeout);
    EXPECT_EQ(reply.error, PostError::kTimeout) << path;
    EXPECT_FALSE(reply.accepted()) << path;
  }
}

TEST_F(CurlClient, TimesOutDuringHandshakes) {
  const Receiver silent(folder_.path(), {kHost, "second.example"}, Receiver::Behavior::kNoHandshake);
  start(silent);
  EXPECT_EQ(post("/", kShortTimeout).error, PostError::kTimeout);
  EXPECT_EQ(silent.connections(), 1u);
}

TEST_F(CurlClient, SurvivesReceiversThatCloseAtOnce) {
  const Receiver rude(folder_.path(), {kHost, "second.example"}, Receiver::Behavior::kClosesAtOnce);
  start(rude);
  EXPECT_EQ(post("/").error, PostError::kTls);
  EXPECT_EQ(post("/").error, PostError::kTls);
}

TEST_F(CurlClient, TimesOutDuringLookups) {
  network_.hold(kHost);
  const Reply reply = post("/no-content", kShortTimeout);
  EXPECT_EQ(reply.error, PostError::kTimeout);
  EXPECT_GE(reply.took, kShortTimeout);
  network_.release();
  EXPECT_EQ(post("/no-content").status, 204);
}

TEST_F(CurlClient, SurvivesResetsAndGarbage) {
  EXPECT_EQ(post("/reset").error, PostError::kOther);
  EXPECT_EQ(post("/garbage").error, PostError::kOther);
  EXPECT_EQ(post("/no-content").status, 204);
}

// A wrong Content-Length: no complete reply arrived, so whether the post was accepted is not known.
TEST_F(CurlClient, AWrongLengthIsAnError) {
  for (const char* length : {"3", "4000", "4611686018427387904"}) {
    const Reply reply = post(std::string("/promise/") + length);
    EXPECT_EQ(reply.error, PostError::kOther) << length;
    EXPECT_FALSE(reply.accepted()) << length;
  }
  for (const char* length : {"-1", "x", "99999999999999999999999"}) post(std::string("/promise/") + length);
  const Reply less = post("/promise/1");
  EXPECT_EQ(less.body, "n");
  EXPECT_EQ(post("/drop").error, PostError::kOther);
  EXPECT_EQ(post("/no-content").status, 204);
}

TEST_F(CurlClient, ReportsRefusedConnections) {
  std::uint16_t port = 0;
  {
    const Receiver gone(folder_.path(), {kHost, "second.example"});
    start(gone);
    port = gone.port();
  }
  ASSERT_EQ(port, port_);
  EXPECT_EQ(post("/").error, PostError::kConnect);
}

TEST_F(CurlClient, ReportsUnknownHosts) {
  EXPECT_EQ(begin(url("/", "nobody.example")).get().error, PostError::kResolve);
}

TEST_F(CurlClient, TrustsNoOtherCertificate) {
  network_.set("other.example", {{"127.0.0.1"}});  // a name that is not in the certificate
  EXPECT_EQ(begin(url("/no-content", "other.example")).get().error, PostError::kCertificateName);
  http::Folder elsewhere;
  const Receiver stranger(elsewhere.path(), {kHost});  // the right name, from an unknown CA
  WebhookClientSettings settings{.policy = {.ports = {stranger.port()}}, .ca_file = receiver_.ca_file()};
  settings.policy.allowed.push_back(IpRange::parse("127.0.0.1/32").value());
  webhook_client_ = open_webhook_client(settings, network_).value();
  port_ = stranger.port();
  EXPECT_EQ(post("/no-content").error, PostError::kCertificateUntrusted);
  settings.ca_file.clear();  // the system's CAs did not sign it either
  webhook_client_ = open_webhook_client(settings, network_).value();
  EXPECT_EQ(post("/no-content").error, PostError::kCertificateUntrusted);
  EXPECT_TRUE(stranger.requests().empty());
}

// The operator's log needs the host and the reason; paths and queries may hold secrets.
TEST_F(CurlClient, ReportsFailedPostsWithoutTheirPath) {
  network_.set("other.example", {{"127.0.0.1"}});
  network_.set("private.example", {{"10.0.0.1"}});
  struct Row {
    std::string path, host;
    PostError error;
  };
  const Row rows[] = {
      {"/no-content?secret=1", "other.example", PostError::kCertificateName},
      {"/no-content?secret=1", "private.example", PostError::kBlockedAddress},
      {"/no-content?secret=1", "unknown.example", PostError::kResolve},
      {"/reset?secret=1", kHost, PostError::kOther},
  };
  for (const Row& row : rows) {
    failed_.clear();
    EXPECT_EQ(begin(url(row.path, row.host)).get().error, row.error);
    EXPECT_EQ(failed_, (std::vector{std::pair(url("", row.host), row.error)})) << row.host;
  }
  failed_.clear();
  for (const std::string path : {"/no-content", "/status/500", "/body/5000"}) post(path);
  EXPECT_TRUE(failed_.empty()) << "a response arrived";
}

TEST_F(CurlClient, RefusesOldTls) {
  const Receiver old(folder_.path(), {kHost, "second.example"}, Receiver::Behavior::kOldTls);
  start(old);
  EXPECT_EQ(post("/no-content").error, PostError::kTls);
}

TEST_F(CurlClient, DoesNotCallBlockedUrlsAndAddresses) {
  EXPECT_EQ(begin("http://receiver.example/").get().error, PostError::kBlockedAddress);
  EXPECT_EQ(begin("https://receiver.example:1/").get().error, PostError::kBlockedAddress);
  EXPECT_EQ(begin(url("/no-content", "127.0.0.2")).get().error, PostError::kBlockedAddress);
  network_.set("private.example", {{"10.0.0.1"}});
  EXPECT_EQ(begin(url("/no-content", "private.example")).get().error, PostError::kBlockedAddress);
  network_.set("loopback.example", {{"127.0.0.2"}});
  EXPECT_EQ(begin(url("/no-content", "loopback.example")).get().error, PostError::kBlockedAddress);
  network_.set("mapped.example", {{"::ffff:127.0.0.1"}});
  EXPECT_EQ(begin(url("/no-content", "mapped.example")).get().error, PostError::kBlockedAddress);
  network_.set("metadata.example", {{"169.254.169.254"}});
  EXPECT_EQ(begin(url("/no-content", "metadata.example")).get().error, PostError::kBlockedAddress);
  EXPECT_EQ(receiver_.connections(), 0u);
}

TEST_F(CurlClient, CallsLoopbackOnlyIfAllowed) {
  start(receiver_, {});
  EXPECT_EQ(post("/no-content").error, PostError::kBlockedAddress);
  EXPECT_EQ(begin(url("/no-content", "127.0.0.1")).get().error, PostError::kBlockedAddress);
  EXPECT_EQ(receiver_.connections(), 0u);
}

TEST_F(CurlClient, CallsAnAllowedAddress) {
  // The certificate does not have this address, so the TLS handshake fails; but the call is made.
  EXPECT_EQ(begin(url("/no-content", "127.0.0.1")).get().error, PostError::kCertificateName);
  EXPECT_EQ(receiver_.connections(), 1u);
}

TEST_F(CurlClient, OneBlockedAddressBlocksTheHost) {
  network_.set(kHost, {{"127.0.0.1", "10.0.0.1"}});
  EXPECT_EQ(post("/no-content").error, PostError::kBlockedAddress);
  network_.set(kHost, {{"169.254.169.254", "127.0.0.1"}});
  EXPECT_EQ(post("/no-content").error, PostError::kBlockedAddress);
  EXPECT_EQ(receiver_.connections(), 0u);
}

TEST_F(CurlClient, BlocksTheMachinesOwnAddresses) {
  network_.set(kHost, {{"8.8.8.8"}});
  network_.set_own({"8.8.8.8"});
  EXPECT_EQ(post("/no-content").error, PostError::kBlockedAddress);
}

// A name with a public address at first, and with another one later (DNS rebinding).
TEST_F(CurlClient, ChecksAtEveryDial) {
  network_.set(kHost, {{"127.0.0.1"}, {"127.0.0.2"}});
  EXPECT_EQ(post("/close").status, 204);
  EXPECT_EQ(post("/no-content").error, PostError::kBlockedAddress);
  EXPECT_EQ(network_.asked(kHost), 2u);
  EXPECT_EQ(receiver_.connections(), 1u);
}

TEST_F(CurlClient, ConnectsToTheAddressThatWasChecked) {
  // localhost is known to the system: if curl looked it up itself, the call would arrive.
  network_.set("localhost", {{"127.0.0.3"}});
  start(receiver_, {"127.0.0.0/8"});
  EXPECT_EQ(begin(url("/no-content", "localhost")).get().error, PostError::kConnect);
  EXPECT_EQ(receiver_.connections(), 0u);
}

TEST_F(CurlClient, TriesTheNextAddress) {
  start(receiver_, {"127.0.0.0/8"});
  network_.set(kHost, {{"127.0.0.3", "127.0.0.1"}});
  EXPECT_EQ(post("/no-content").status, 204);
}

TEST_F(CurlClient, ReusesAConnection) {
  for (int i = 0; i < 5; ++i) EXPECT_EQ(post("/no-content").status, 204);
  EXPECT_EQ(receiver_.connections(), 1u);
  EXPECT_EQ(network_.asked(kHost), 1u);
}

// A range that is not allowed any more is not reached by a connection of before either.
TEST_F(CurlClient, NewSettingsApplyToOpenConnections) {
  EXPECT_EQ(post("/echo").error, PostError::kNone);
  const EgressPolicy open{.ports = {port_}, .allowed = {*IpRange::parse("127.0.0.1/32")}};
  webhook_client_->reconfigure({.ports = {port_}, .allowed = {}}, receiver_.ca_file());
  EXPECT_EQ(post("/echo").error, PostError::kBlockedAddress);
  webhook_client_->reconfigure(open, {});
  EXPECT_EQ(post("/echo").error, PostError::kCertificateUntrusted);
  webhook_client_->reconfigure({.ports = {443}, .allowed = open.allowed}, receiver_.ca_file());
  EXPECT_EQ(post("/echo").error, PostError::kBlockedAddress) << "the port";
  webhook_client_->reconfigure(open, receiver_.ca_file());
  EXPECT_EQ(post("/echo").error, PostError::kNone);
}

TEST_F(CurlClient, DialsAgainAfterAConnectionHasEnded) {
  for (int i = 0; i < 5; ++i) EXPECT_EQ(post("/close").status, 204);
  EXPECT_EQ(receiver_.connections(), 5u);
  EXPECT_EQ(network_.asked(kHost), 5u);
}

TEST_F(CurlClient, OpensAtMostFourConnectionsToAHost) {
  std::vector<std::future<Reply>> replies;
  for (int i = 0; i < 20; ++i) replies.push_back(begin(url("/gate")));
  receiver_.await_requests(4);
  // A post to another host completes meanwhile; a fifth connection would have been opened by then.
  network_.set("second.example", {{"127.0.0.1"}});
  EXPECT_EQ(begin(url("/no-content", "second.example")).get().status, 204);
  EXPECT_EQ(receiver_.requests().size(), 5u);
  receiver_.open_gate();
  for (auto& reply : replies) EXPECT_EQ(reply.get().status, 204);
  EXPECT_LE(receiver_.most_at_once(), 5u);
}

TEST_F(CurlClient, ManyPostsFromManyThreads) {
  std::atomic<int> good = 0, answered = 0;
  std::promise<void> all;
  constexpr int kThreads = 4, kEach = 50;
  std::vector<std::thread> threads;
  for (int t = 0; t < kThreads; ++t) {
    threads.emplace_back([&] {
      for (int i = 0; i < kEach; ++i)
        webhook_client_->post(
            {.url = url("/no-content"), .content_type = "text/plain", .body = "x", .timeout = kLongTimeout},
            [&](Reply reply) {
              good += reply.accepted();
              if (++answered == kThreads * kEach) all.set_value();
            });
    });
  }
  for (std::thread& thread : threads) thread.join();
  all.get_future().wait();
  EXPECT_EQ(good, kThreads * kEach);
  EXPECT_LE(receiver_.connections(), 4u);
}

TEST_F(CurlClient, AnswersEachPostOnceWhenDestroyed) {
  start(receiver_, {"127.0.0.1/32"}, {.in_flight = 3, .in_flight_per_host = 2});
  std::vector<std::future<Reply>> replies;
  for (int i = 0; i < 6; ++i) replies.push_back(begin(url("/hang")));
  receiver_.await_requests(2);
  network_.hold("held.example");
  network_.set("held.example", {{"127.0.0.1"}});
  replies.push_back(begin(url("/hang", "held.example")));
  network_.release();  // otherwise the lookup's thread would never end
  webhook_client_.reset();
  for (auto& reply : replies) EXPECT_EQ(reply.get().error, PostError::kOther);
}

TEST_F(CurlClient, AnswersPostsMadeDuringDestruction) {
  std::promise<PostError> second;
  WebhookClient* const webhook_client = webhook_client_.get();
  webhook_client->post(
      {.url = url("/hang"), .content_type = "a", .body = "", .timeout = kLongTimeout}, [&](Reply) {
        webhook_client->post({.url = url("/hang"), .content_type = "a", .body = "", .timeout = kLongTimeout},
                             [&](Reply reply) { second.set_value(reply.error); });
      });
  receiver_.await_requests(1);
  webhook_client_.reset();
  EXPECT_EQ(second.get_future().get(), PostError::kOther);
}

TEST_F(CurlClient, AnswersFromItsOwnThread) {
  std::promise<std::thread::id> first, second;
  for (auto* promise : {&first, &second})
    webhook_client_->post({.url = promise == &first ? url("/no-content") : "ftp://x",
                           .content_type = "a",
                           .body = "",
                           .timeout = kLongTimeout},
                          [promise](Reply) { promise->set_value(std::this_thread::get_id()); });
  const auto a = first.get_future().get(), b = second.get_future().get();
  EXPECT_EQ(a, b);
  EXPECT_NE(a, std::this_thread::get_id());
}

TEST_F(CurlClient, RefusesAnUnreadableCaFile) {
  const auto file = folder_.path() / "not.pem";
  std::ofstream(file) << "hello";
  for (const auto& path : {file, folder_.path() / "nothing.pem"}) {
    const auto opened = open_webhook_client({.ca_file = path}, network_);
    ASSERT_FALSE(opened);
    EXPECT_EQ(opened.error(), path.string() + ": contains no readable PEM certificate");
  }
}

TEST(SystemNetwork, FindsTheMachinesAddresses) {
  SystemNetwork network;
  const auto addresses = network.resolve("localhost");
  ASSERT_FALSE(addresses.empty());
  for (const IpAddress& address : addresses) EXPECT_EQ(why_blocked(address, {}, {}), "loopback");
  const auto own = network.own_addresses();
  EXPECT_NE(std::ranges::find(own, *IpAddress::parse("127.0.0.1")), own.end());
}

}  // namespace
}  // namespace porchlight::webhook
