// The read path allocates nothing: a warm server answers reads and refusals in the buffers that it has. A program of
// its own, because it replaces operator new.
#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <cstdlib>
#include <functional>
#include <new>
#include <thread>

#include "http/http2_frames.h"
#include "support/graph/test_server.h"

namespace {

// Of the threads that are counted: all but the test's own, which is the client.
std::atomic<std::size_t> g_allocations{0};
thread_local bool is_client = false;

void* allocate(std::size_t bytes, std::size_t alignment) {
  if (!is_client) g_allocations.fetch_add(1, std::memory_order_relaxed);
  void* const found = std::aligned_alloc(alignment, (bytes + alignment - 1) / alignment * alignment);
  if (found == nullptr) throw std::bad_alloc();
  return found;
}

}  // namespace

void* operator new(std::size_t bytes) { return allocate(bytes, __STDCPP_DEFAULT_NEW_ALIGNMENT__); }
void* operator new(std::size_t bytes, std::align_val_t alignment) {
  return allocate(bytes, static_cast<std::size_t>(alignment));
}
void operator delete(void* memory) noexcept { std::free(memory); }
void operator delete(void* memory, std::size_t) noexcept { std::free(memory); }
void operator delete(void* memory, std::align_val_t) noexcept { std::free(memory); }
void operator delete(void* memory, std::size_t, std::align_val_t) noexcept { std::free(memory); }

namespace porchlight::graph {
namespace {

// One HTTP/2 connection whose windows never end, with one request at a time.
class Http2Connection {
 public:
  explicit Http2Connection(std::uint16_t port) : fd_(::socket(AF_INET, SOCK_STREAM, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    EXPECT_EQ(::connect(fd_, reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
    constexpr unsigned kInitialWindow = 4;  // RFC 9113 §6.5.2
    constexpr std::uint32_t kWindow = 0x7000'0000;
    write(std::string(http::kPreface) + http::settings(http::setting(kInitialWindow, kWindow)) +
          http::window_update(0, kWindow));
  }
  ~Http2Connection() { ::close(fd_); }
  Http2Connection(const Http2Connection&) = delete;
  Http2Connection& operator=(const Http2Connection&) = delete;

  Answer send(std::string_view method, std::string_view path, const http::Fields& more,
              std::string_view body) {
    const http::Fields fields = http::request_fields(path, method, more);
    const auto flags = static_cast<std::uint8_t>(http::kEndHeaders | (body.empty() ? http::kEndStream : 0));
    stream_ += 2;
    std::string bytes = http::headers(stream_, fields, flags);
    constexpr std::size_t kFrameBytesMax = 16'384;
    for (std::string_view rest = body; !rest.empty();
         rest.remove_prefix(std::min(rest.size(), kFrameBytesMax)))
      bytes += http::data(stream_, rest.substr(0, kFrameBytesMax),
                          rest.size() <= kFrameBytesMax ? http::kEndStream : std::uint8_t{0});
    write(bytes);
    return read_answer();
  }

 private:
  void write(std::string_view bytes) {
    EXPECT_EQ(::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL), static_cast<ssize_t>(bytes.size()));
  }
  Answer read_answer() {
    Answer answer;
    http::ReceivedFrame received{http::FrameType::kSettings, 0, 0, "", {}};
    do {
      while (!reader_.next(received)) {
        char bytes[65536];
        const ssize_t got = ::recv(fd_, bytes, sizeof bytes, 0);
        if (got <= 0) return answer;
        reader_.add({bytes, static_cast<std::size_t>(got)});
      }
      if (received.is(http::FrameType::kHeaders, stream_)) {
        answer.status = std::stoi(received.field(":status"));
        answer.headers = {received.fields.begin(), received.fields.end()};
      }
    } while (received.stream != stream_ || !received.ends_stream());
    return answer;
  }

  const int fd_;
  std::uint32_t stream_ = ~std::uint32_t{0};  // the first is 1
  http::FrameReader reader_;
};

enum class Protocol : std::uint8_t { kHttp1, kHttp2 };

// Sends one request, and returns its answer.
using SendOne = std::function<Answer()>;

class Allocations : public testing::TestWithParam<Protocol> {
 protected:
  void SetUp() override { is_client = true; }

  // Sends a request over the protocol of the test, on one connection.
  Answer send(TestServer& server, std::string_view method, std::string_view path, std::string_view token,
              const http::Fields& more = {}, std::string_view body = {}) {
    if (GetParam() == Protocol::kHttp1) {
      std::vector<std::string> lines;
      lines.reserve(more.size());
      for (const auto& [name, value] : more) lines.push_back(name + ": " + value);
      return server.send(method, path, token, lines, body);
    }
    if (!http2_) http2_.emplace(server.port());
    http::Fields fields = more;
    if (!token.empty()) fields.emplace_back("authorization", "Bearer " + std::string(token));
    return http2_->send(method, path, fields, body);
  }

  // The allocations of ten requests with that status, once the server is warm: so many fill the table in which HTTP/2
  // keeps earlier fields (RFC 7541).
  static std::size_t count(const SendOne& send_one, int status) {
    constexpr int kWarming = 100;
    for (int i = 0; i < kWarming; ++i) EXPECT_EQ(send_one().status, status);
    g_allocations = 0;
    for (int i = 0; i < 10; ++i) EXPECT_EQ(send_one().status, status);
    return g_allocations;
  }

 private:
  std::optional<Http2Connection> http2_;
};

TEST_P(Allocations, AreCounted) {
  g_allocations = 0;
  std::jthread([] { delete new int; }).join();
  EXPECT_GT(g_allocations, 0u);
}

TEST_P(Allocations, OfASingleRead) {
  TestServer server;
  const std::string token = server.reader();
  EXPECT_EQ(count([&] { return send(server, "GET", kAnaPath, token); }, 200), 0u);
}

TEST_P(Allocations, OfReadsWithOtherTargetsAndRequestIds) {
  TestServer server;
  const std::string token = server.reader();
  int sent = 0;
  const auto send_one = [&] {
    const Guid& user = ++sent % 2 == 0 ? kAna : kBen;
    const std::string id = "5f2a2d0e-7d6c-4b8e-9a53-" + std::to_string(100'000'000'000 + sent);
    return send(server, "GET", "/v1.0/users/" + to_string(user) + "/presence", token,
                {{"client-request-id", id}});
  };
  EXPECT_EQ(count(send_one, 200), 0u);
}

TEST_P(Allocations, OfABulkRead) {
  TestServer server;
  const std::string token = server.reader();
  std::string body = R"({"ids":[")" + to_string(kAna) + '"';
  for (int i = 1; i < 650; ++i)
    body += ",\"a1000000-0000-4000-8000-" + std::to_string(100'000'000'000 + i) + '"';
  body += "]}";
  const auto send_one = [&] {
    return send(server, "POST", "/v1.0/communications/getPresencesByUserId", token,
                {{"content-type", "application/json"}}, body);
  };
  EXPECT_EQ(count(send_one, 200), 0u);
}

TEST_P(Allocations, OfAReadThatIsNotModified) {
  TestServer server;
  const std::string token = server.reader();
  const std::string tag(send(server, "GET", kAnaPath, token).header("etag"));
  EXPECT_EQ(count([&] { return send(server, "GET", kAnaPath, token, {{"if-none-match", tag}}); }, 304), 0u);
}

TEST_P(Allocations, OfAReadWithoutAToken) {
  TestServer server;
  EXPECT_EQ(count([&] { return send(server, "GET", kAnaPath, ""); }, 401), 0u);
}

TEST_P(Allocations, OfAReadBeyondTheBudget) {
  TestServer server(
      {{1, std::chrono::seconds(30)}, {0, std::chrono::seconds(30)}, {0, std::chrono::seconds(10)}});
  const std::string token = server.reader();
  send(server, "GET", kAnaPath, token);
  EXPECT_EQ(count([&] { return send(server, "GET", kAnaPath, token); }, 429), 0u);
}

INSTANTIATE_TEST_SUITE_P(Over, Allocations, testing::Values(Protocol::kHttp1, Protocol::kHttp2),
                         [](const auto& tested) {
                           return tested.param == Protocol::kHttp1 ? "Http1" : "Http2";
                         });

}  // namespace
}  // namespace porchlight::graph
