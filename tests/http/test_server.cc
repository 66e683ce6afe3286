#include "http/test_server.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <future>

#include "http/listen.h"

namespace porchlight::http {

Admission TestHandler::admit(const Request& head, std::int64_t body_bytes, Response& response) {
  ++admitted;
  response.add("X-Body", std::to_string(body_bytes));
  if (head.path != "/no") return true;
  response.status = 401;
  response.body = "no";
  return false;
}

HandleResult TestHandler::handle(const Request& request, Response& response, Exchange exchange) {
  ++handled;
  if (request.path == "/later" || request.path == "/hold") {
    if (request.path == "/hold") {
      response.authenticated = true;
      exchange.hold(kHeld, [this] { ++abandoned; });
    }
    std::lock_guard lock(mutex_);
    waiting_.push_back({exchange, std::string(request.query)});
    ++waited_;
    more_.notify_all();
    return HandleResult::kLater;
  }
  if (request.path == "/stream" || request.path == "/upgrade" || request.path == "/parts") {
    auto observer = std::make_shared<TestStreamObserver>();
    response.authenticated = true;
    response.body = "first";
    response.streaming = {observer, ":beat\n", kBeat, request.path == "/upgrade", request.path == "/parts"};
    if (request.path == "/upgrade") response.status = 101;
    const std::lock_guard lock(mutex_);
    streams_.push_back({exchange, std::move(observer)});
    more_.notify_all();
    return HandleResult::kNow;
  }
  if (request.path == "/throw") throw std::runtime_error("on purpose");
  if (request.path == "/none") response.status = 204;
  if (request.path == "/close") response.close = true;
  if (request.path == "/login") {
    response.authenticated = true;
    if (!request.query.empty()) {
      response.caller.tenant.bytes[0] = static_cast<std::uint8_t>(request.query[0]);
      response.caller.app.bytes[0] = 1;
    }
  }
  if (request.path == "/big" || request.path == "/big-text") {
    response.authenticated = true;
    response.compressible = request.path == "/big-text";
    if (!request.query.empty()) response.caller.app.bytes[0] = static_cast<std::uint8_t>(request.query[0]);
    response.body.assign(100'000, 'x');
  } else if (request.path == "/handled") {
    response.body = std::to_string(handled);
  } else if (request.path == "/peer") {
    response.body = request.client ? to_string(*request.client) : "";
  } else if (request.path == "/client") {
    response.body.append(to_string(*request.client))
        .append(" ")
        .append(request.scheme())
        .append(" ")
        .append(request.host);
  } else if (request.path == "/field") {
    response.body = request.header(request.query);
  } else if (request.path == "/echo") {
    response.body = request.body;
  } else if (request.path != "/none") {
    response.body = request.target;
  }
  response.add("X-Test", "yes");
  return HandleResult::kNow;
}

void TestHandler::refuse(int status, std::string_view reason, Response& response) {
  response.status = status;
  response.body = reason;
}

void TestHandler::await_waiting(std::size_t count) {
  std::unique_lock lock(mutex_);
  ASSERT_TRUE(more_.wait_for(lock, std::chrono::seconds(5), [&] { return waited_ >= count; }));
}

TestHandler::StreamingExchange TestHandler::stream(std::size_t n) {
  std::unique_lock lock(mutex_);
  EXPECT_TRUE(more_.wait_for(lock, std::chrono::seconds(5), [&] { return streams_.size() > n; }));
  return streams_.at(n);
}

void TestHandler::finish() {
  std::lock_guard lock(mutex_);
  for (const Waiting& waiting : waiting_)
    waiting.exchange.answer([text = waiting.text](Response& response) {
      response.body = "later " + text;
      response.compressible = true;
    });
  waiting_.clear();
}

TestServer::TestServer(const Limits& limits, std::shared_ptr<TlsContext> tls, Listener listener,
                       std::vector<IpRange> trusted_proxies)
    : listener_(listen_tcp("127.0.0.1:0").value()),
      port_(port_of(listener_)),
      loop_(std::make_unique<Loop>(handler, clock, limits, make_connection_limiter(limits), std::move(tls),
                                   std::vector<Listener>{{listener_, listener.kind, listener.proxy_protocol}},
                                   std::move(trusted_proxies))),
      thread_([this] { loop_->run(); }) {}

TestServer::~TestServer() {
  if (thread_.joinable()) {
    loop_->drain(Duration(0));
    thread_.join();
  }
  loop_.reset();
  ::close(listener_);
}

Client TestServer::connect() {
  const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const timeval patience{5, 0};
  ::setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
  // Otherwise the kernel holds a small packet back for 40 ms while the one before it is not acknowledged.
  const int on = 1;
  ::setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<std::uint16_t>(port_));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  EXPECT_EQ(::connect(fd, reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
  settle();  // by now the connection is accepted
  return Client(fd);
}

void TestServer::settle() {
  // At least two iterations: the first may have begun before the event that must be seen. More while requests are
  // handled, because an iteration handles a share of them.
  for (int seen = -1, turn = 0; turn < 2 || seen != handler.handled; ++turn) {
    seen = handler.handled;
    auto done = std::make_shared<std::promise<void>>();
    loop_->post([done] { done->set_value(); });
    ASSERT_EQ(done->get_future().wait_for(std::chrono::seconds(5)), std::future_status::ready);
  }
}

void TestServer::advance(Duration step) {
  clock.advance(step);
  loop_->wake();
  settle();
}

Client::~Client() {
  if (fd_ >= 0) ::close(fd_);
}

Client& Client::send(std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t sent = ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent <= 0) break;
    bytes.remove_prefix(static_cast<std::size_t>(sent));
  }
  return *this;
}

bool Client::read_more() {
  char bytes[65536];
  const ssize_t got = ::recv(fd_, bytes, sizeof bytes, 0);
  EXPECT_FALSE(got < 0 && errno == EAGAIN) << "timed out; received so far: " << buffer_;
  if (got > 0) buffer_.append(bytes, static_cast<std::size_t>(got));
  return got > 0;
}

std::string Client::read_until(std::string_view text, int times) {
  for (;;) {
    int seen = 0;
    for (std::size_t at = 0; (at = buffer_.find(text, at)) != std::string::npos; at += text.size()) ++seen;
    if (seen >= times || !read_more()) return std::exchange(buffer_, {});
  }
}

std::string Client::answer(bool head_only) {
  std::size_t head = std::string::npos;
  while ((head = buffer_.find("\r\n\r\n")) == std::string::npos)
    if (!read_more()) return std::exchange(buffer_, {});
  std::size_t whole = head + 4;
  const std::size_t length = buffer_.find("Content-Length: ");
  if (!head_only && length < head) whole += std::stoul(buffer_.substr(length + 16));
  while (buffer_.size() < whole)
    if (!read_more()) break;
  std::string answer = buffer_.substr(0, whole);
  buffer_.erase(0, whole);
  buffer_.shrink_to_fit();  // tests of memory measure the server alone
  return answer;
}

std::string Client::read_to_end() {
  while (read_more()) {
  }
  return std::exchange(buffer_, {});
}

std::string Client::peek() {
  pollfd ready{fd_, POLLIN, 0};
  if (buffer_.empty() && ::poll(&ready, 1, 0) > 0) read_more();
  return buffer_;
}

void Client::end_writing() { ::shutdown(fd_, SHUT_WR); }

void Client::reset() {
  const linger now{1, 0};
  ::setsockopt(fd_, SOL_SOCKET, SO_LINGER, &now, sizeof now);
  ::close(std::exchange(fd_, -1));
}

}  // namespace porchlight::http
