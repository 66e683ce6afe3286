// The byte stream of one connection, plain or TLS. Non-blocking, and never raises SIGPIPE.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "http/tls.h"

struct ssl_st;

namespace porchlight::http {

// The outcome of an operation.
enum class IoStatus : std::uint8_t {
  kDone,    // bytes were moved, or the handshake is complete
  kAgain,   // the socket is not ready
  kEnd,     // the peer closed its side properly
  kBroken,  // the connection failed
};

// Status and bytes moved.
struct IoResult {
  IoStatus status;
  std::size_t bytes = 0;
  bool drained = false;  // after a read: the socket has no more input
};

// A non-blocking socket, and its TLS state if it has one.
class Transport {
 public:
  // Owns `fd`. `tls`: null for a plain connection.
  Transport(int fd, TlsContext* tls);
  ~Transport();
  Transport(const Transport&) = delete;
  Transport& operator=(const Transport&) = delete;

  int fd() const { return fd_; }
  bool is_tls() const { return ssl_ != nullptr; }
  // Copies raw bytes that have arrived and leaves them to be read.
  IoResult peek(std::span<char> into) const;
  // Continues the TLS handshake. Only for TLS connections.
  IoStatus handshake();
  // Whether the TLS handshake agreed on HTTP/2 (ALPN). Only for TLS connections.
  bool agreed_on_http2() const;
  // Reads into `into`.
  IoResult read(std::span<char> into);
  // Writes what the socket accepts. The rest must be passed again, from the same byte on.
  IoResult write(std::string_view bytes);
  // Closes the writing side.
  void end_writing();
  // Reads and discards raw bytes: what peek() has shown, or what comes after end_writing().
  IoResult discard(std::span<char> scratch);

 private:
  friend struct SocketBio;
  IoResult read_tls(std::span<char> into);
  IoResult write_tls(std::string_view bytes);
  IoResult receive(std::span<char> into);

  int fd_;
  bool drained_ = false;  // the last receive emptied the socket
  ssl_st* ssl_ = nullptr;
};

}  // namespace porchlight::http
