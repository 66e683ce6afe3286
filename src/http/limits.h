// The limits of a connection and their defaults (spec security §5), in bytes and as durations.
#pragma once

#include <cstddef>

#include "base/time.h"

namespace porchlight::http {

// A number of three digits is the status of the refusal. "close" means that the connection is closed.
struct Limits {
  std::size_t request_line_bytes = 8 * 1024;  // beyond: 414
  std::size_t header_bytes = 16 * 1024;       // one header; beyond: 431
  std::size_t headers_bytes = 32 * 1024;      // all headers; beyond: 431
  std::size_t headers_count = 100;            // beyond: 431
  std::size_t body_bytes = 4 * 1024 * 1024;   // beyond: 413, before reading it, but for ...
  std::size_t admitted_body_bytes = 0;  // ... bodies up to this size that the handler admits (Admission)
  std::size_t chunk_extension_bytes = 16 * 1024;  // of a request in total; beyond: 400
  std::size_t drain_bytes = 64 * 1024;            // of a body that is discarded; beyond: close
  std::size_t output_bytes = 256 * 1024;  // responses that wait for a slow reader; beyond: no request is read
  std::size_t app_output_bytes =
      64 * 1024 * 1024;  // that wait on all connections of one application of a tenant; beyond: close
  std::size_t stream_queue_bytes = 64 * 1024;  // of a stream, waiting for a slow reader; beyond: close
  Duration tls_handshake = std::chrono::seconds(10);
  Duration all_headers = std::chrono::seconds(10);
  Duration whole_body = std::chrono::seconds(30);
  Duration idle = std::chrono::seconds(30);
  Duration whole_request = std::chrono::seconds(60);
  Duration held_request = std::chrono::minutes(15);  // of a request that its handler holds (Exchange::hold)
  std::size_t rate_bytes_per_s = 1024;  // the least that a body or a reader must move per second ...
  Duration rate_grace = std::chrono::seconds(10);  // ... after this time
  std::size_t connections = 0;                     // in the process; 0: from RLIMIT_NOFILE
  std::size_t unauthenticated_per_address = 100;   // connections of one address that have not authenticated
  friend bool operator==(const Limits&, const Limits&) = default;
};

// In this time, a reader must take all that waits: so the more waits, the faster it must be.
inline constexpr std::size_t kReadWaitingInS = 60;

// The bytes per second that a reader must take while up to `waiting` bytes wait for it.
constexpr std::size_t reader_rate(const Limits& limits, std::size_t waiting) {
  return waiting / kReadWaitingInS > limits.rate_bytes_per_s ? waiting / kReadWaitingInS
                                                             : limits.rate_bytes_per_s;
}

}  // namespace porchlight::http
