// How much a connection does before the others have their turn, and the loop before it looks for new events. Work is
// counted in bytes of responses and not in time, so that what a request meets does not depend on the machine.
#pragma once

#include <cstddef>

namespace porchlight::http {

// A share ends with the request that uses it up: that takes a fraction of a millisecond.
inline constexpr std::size_t kWorkShare = 32 * 1024;
// What a request, a message or a ready socket counts for besides the body of its response.
inline constexpr std::size_t kWorkOfRequest = 1024;
// What a step of a TLS handshake counts for: the private key is used in one of them.
inline constexpr std::size_t kWorkOfHandshake = 16 * 1024;

// Counts the work since begin().
class WorkShare {
 public:
  void begin() { done_ = 0; }
  void add(std::size_t work) { done_ += work; }
  std::size_t done() const { return done_; }
  bool is_over() const { return done_ >= kWorkShare; }

 private:
  std::size_t done_ = 0;
};

}  // namespace porchlight::http
