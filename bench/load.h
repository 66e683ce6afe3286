// A load generator: one thread, one epoll, keep-alive connections to a local port. It is a closed loop: each connection
// sends its next requests when the answers to the previous ones have arrived.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace porchlight::bench {

// What to send.
struct Plan {
  // Appends one complete request.
  std::function<void(std::string&)> append_request;
  std::size_t depth = 1;       // requests sent together on each connection
  std::uint64_t requests = 0;  // total, rounded up to whole depths; 0: until `seconds`
  double seconds = 0;          // 0: until `requests`
};

// What was answered.
struct Outcome {
  std::uint64_t answers = 0;
  double seconds = 0;
  double per_second() const { return static_cast<double>(answers) / seconds; }
};

class Load {
 public:
  // Connects. Throws if the port does not answer.
  Load(int port, std::size_t connections);
  ~Load();
  Load(const Load&) = delete;
  Load& operator=(const Load&) = delete;

  // Sends the requests of the plan and reads all answers. Throws if an answer is not 200, with its status line, or if a
  // connection ends. May be called repeatedly.
  Outcome run(const Plan& plan);

  // Sends one request and returns the whole answer. ask() throws if it is not 200; ask_any() does not.
  std::string ask(std::string_view request);
  std::string ask_any(std::string_view request);

 private:
  struct Connection {
    int fd = -1;
    std::size_t awaited = 0;
    std::string begun;  // an incomplete answer
  };
  void send_next(Connection& connection, const Plan& plan);
  void on_readable(Connection& connection);
  void take_answers(Connection& connection, std::string_view bytes);

  int epoll_;
  std::vector<Connection> connections_;
  std::vector<char> input_;
  std::string output_;
  std::uint64_t sent_ = 0;
  std::uint64_t answered_ = 0;
};

}  // namespace porchlight::bench
