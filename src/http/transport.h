// The bytes of one accepted connection, plain or under TLS: non-blocking, and never a SIGPIPE.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "http/tls.h"

struct ssl_st;

namespace porchlight::http {

enum class IoStatus : std::uint8_t {
  kDone,   // bytes moved, or the handshake is over
  kAgain,  // the socket is not ready
  kEnd,    // the peer ended its side in good order
  kBroken,
};

struct IoResult {
  IoStatus status;
  std::size_t bytes = 0;
  bool drained = false;  // of a read: the socket held no more than this
};

class Transport {
 public:
  // Owns `fd`. `tls` may be null: plain.
  Transport(int fd, TlsContext* tls);
  ~Transport();
  Transport(const Transport&) = delete;
  Transport& operator=(const Transport&) = delete;

  int fd() const { return fd_; }
  IoStatus handshake();
  IoResult read(std::span<char> into);
  // Writes what the socket takes. What was not taken must be offered again, from the same byte on.
  IoResult write(std::string_view bytes);
  // Says that nothing more will be written.
  void end_writing();
  // Reads raw bytes and drops them: for the time after end_writing().
  IoResult discard(std::span<char> scratch);

 private:
  friend struct SocketBio;
  IoResult read_tls(std::span<char> into);
  IoResult write_tls(std::string_view bytes);
  IoResult receive(std::span<char> into);

  int fd_;
  bool drained_ = false;  // the last receive took all there was
  ssl_st* ssl_ = nullptr;
};

}  // namespace porchlight::http
