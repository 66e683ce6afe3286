// Support for the tests of the loop: a loop on a thread of its own, a handler that does what the path says,
// and clients on real loopback sockets.
#pragma once

#include <gtest/gtest.h>

#include <chrono>
#include <condition_variable>
#include <functional>
#include <latch>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "base/clock.h"
#include "http/loop.h"

namespace porchlight::http {

inline constexpr Time kStart{std::chrono::milliseconds(1'893'456'000'000)};  // 2030-01-01

inline constexpr Duration kHeld = std::chrono::minutes(3);

inline constexpr Duration kBeat = std::chrono::seconds(15);

// Records the calls for one streaming response.
class TestStreamObserver final : public StreamObserver {
 public:
  void on_drained() override { ++drains; }
  void on_stalled() override { ++stalls; }
  void on_received(std::string_view bytes) override {
    const std::lock_guard lock(mutex_);
    received_ += bytes;
  }
  void on_disconnected() override { ++losses; }
  std::string received() {
    const std::lock_guard lock(mutex_);
    return received_;
  }
  std::atomic<int> drains = 0, stalls = 0, losses = 0;

 private:
  std::mutex mutex_;
  std::string received_;
};

// Responds by path: /stream, /upgrade and /parts (finite) with a streaming response, /echo with the body, /later when
// finish() is called, /hold likewise but with kHeld of time, /big with a large body (for the application that the query
// names), /login authenticates (for the tenant that the query names), /handled with the number of requests so far,
// /field with the field that the query names, and so on.
class TestHandler final : public Handler {
 public:
  Admission admit(const Request& head, std::int64_t body_bytes, Response& response) override;
  HandleResult handle(const Request& request, Response& response, Exchange exchange) override;
  void refuse(int status, std::string_view reason, Response& response) override;

  // Waits until that many requests, in all, were left for later.
  void await_waiting(std::size_t count);
  // The n-th streaming response, once its head has been written.
  struct StreamingExchange {
    Exchange exchange;
    std::shared_ptr<TestStreamObserver> observer;
    void push(std::string_view text) const { exchange.push(std::make_shared<const std::string>(text)); }
    void end(std::string_view text) const { exchange.end(std::make_shared<const std::string>(text)); }
  };
  StreamingExchange stream(std::size_t n = 0);
  // Answers all waiting requests in order, from the calling thread.
  void finish();

  std::atomic<int> handled = 0;
  std::atomic<int> admitted = 0;
  std::atomic<int> abandoned = 0;  // held requests whose client went away

 private:
  struct Waiting {
    Exchange exchange;
    std::string text;
  };
  std::mutex mutex_;
  std::condition_variable more_;
  std::vector<Waiting> waiting_;
  std::size_t waited_ = 0;
  std::vector<StreamingExchange> streams_;
};

class Client;

class TestServer {
 public:
  // `listener`: its kind and options; its descriptor is ignored.
  explicit TestServer(const Limits& limits = {}, std::shared_ptr<TlsContext> tls = nullptr,
                      Listener listener = {-1, ListenerKind::kPlain},
                      std::vector<IpRange> trusted_proxies = {});
  ~TestServer();

  Client connect();
  int port() const { return port_; }
  // Advances the clock, and waits until the loop has seen it.
  void advance(Duration step);
  // Returns once the loop has handled what had arrived.
  void settle();
  // Runs the task on the loop's thread.
  void post(std::move_only_function<void()> task) { loop_->post(std::move(task)); }
  void drain(Duration grace) { loop_->drain(grace); }
  // Waits for run() to return.
  void join() { thread_.join(); }

  TestHandler handler;
  ManualClock clock{kStart};

 private:
  int listener_;
  int port_;
  std::unique_ptr<Loop> loop_;
  std::thread thread_;
};

// Keeps the loop from running: construct it, and wait until the loop has come to it.
class Pause {
 public:
  explicit Pause(TestServer& server) {
    server.post([this] {
      reached_.count_down();
      ended_.wait();
    });
  }
  void await() { reached_.wait(); }
  void end() { ended_.count_down(); }

 private:
  std::latch reached_{1}, ended_{1};
};

// A blocking client that fails after five seconds without data.
class Client {
 public:
  explicit Client(int fd) : fd_(fd) {}
  Client(Client&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  ~Client();

  Client& send(std::string_view bytes);
  // Reads until the received text contains `text` that often. Returns and clears everything received.
  std::string read_until(std::string_view text, int times = 1);
  // Reads one response with a Content-Length and returns it.
  std::string answer(bool head_only = false);
  // Reads until the server closes the connection.
  std::string read_to_end();
  // Whether the server closed the connection without sending anything.
  bool is_ended() { return read_to_end().empty(); }
  // What arrives within a moment; used to show that nothing does.
  std::string peek();
  void end_writing();
  void reset();  // closes at once
  int fd() const { return fd_; }

 private:
  bool read_more();

  int fd_;
  std::string buffer_;
};

inline std::string get(std::string_view path, std::string_view fields = "") {
  return std::string("GET ").append(path).append(" HTTP/1.1\r\nHost: a\r\n").append(fields) + "\r\n";
}

inline std::string post(std::string_view path, std::string_view body, std::string_view fields = "") {
  return std::string("POST ").append(path).append(" HTTP/1.1\r\nHost: a\r\n").append(fields) +
         "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + std::string(body);
}

}  // namespace porchlight::http
