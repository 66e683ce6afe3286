// A load generator: one thread, one epoll, keep-alive connections to a local port.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace porchlight::bench {

// What to send.
struct Plan {
  std::function<void(std::string&)> append_request;  // appends one complete request
  std::size_t depth = 1;                             // requests sent together on each connection
  std::uint64_t requests = 0;                        // total, rounded up to whole depths; 0: until `seconds`
  double seconds = 0;                                // 0: until `requests`
  // Times at which requests are sent, per second. Latency then counts from the time at which a request was due. 0: each
  // connection sends its next requests when the answers to the previous ones have arrived (a closed loop).
  double rate = 0;
};

// What was answered.
struct Outcome {
  std::uint64_t answers = 0;
  double seconds = 0;
  std::vector<float> latency_us;  // of the requests sent together, in order of their last answer
};

// Throws if an answer is not 200, with its status line, and if a connection ends.
class Load {
 public:
  // Opens the connections one after the other. Each sends one request and reads the answer, because a server may limit
  // the connections of callers that it does not know.
  Load(int port, std::size_t connections, const std::function<void(std::string&)>& append_request);
  ~Load();
  Load(const Load&) = delete;
  Load& operator=(const Load&) = delete;

  // Sends the requests of the plan and reads all answers. May be called repeatedly.
  Outcome run(const Plan& plan);

  // Sends one request on the first connection and returns the whole answer.
  std::string ask(std::string_view request);

 private:
  using Clock = std::chrono::steady_clock;
  struct Connection {
    int fd = -1;
    std::size_t awaited = 0;
    Clock::time_point sent{};
    std::string begun;  // an incomplete answer
  };
  // The state of run().
  struct Progress {
    Clock::time_point begin;
    std::uint64_t sent = 0;
    std::uint64_t answered = 0;
    std::vector<float> latency_us;
  };
  Clock::time_point next_due(const Plan& plan) const;
  bool has_more(const Plan& plan, Clock::time_point now) const;
  void send_due(const Plan& plan);
  void wait_and_receive(const Plan& plan);
  void send_next(Connection& connection, const Plan& plan, Clock::time_point due);
  void on_readable(Connection& connection);
  void take_answers(Connection& connection, std::string_view bytes);

  const int epoll_;
  std::vector<Connection> connections_;
  std::vector<std::size_t> idle_;  // indexes of connections
  std::vector<char> input_;
  std::string output_;
  Progress progress_{};
};

}  // namespace porchlight::bench
