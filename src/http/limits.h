// Every limit of a connection, with its default (spec security §5). Bytes and ms.
#pragma once

#include <cstddef>

#include "base/time.h"

namespace porchlight::http {

struct Limits {
  std::size_t request_line_bytes = 8 * 1024;      // beyond: 414
  std::size_t header_bytes = 16 * 1024;           // one header; beyond: 431
  std::size_t headers_bytes = 32 * 1024;          // all headers; beyond: 431
  std::size_t headers_count = 100;                // beyond: 431
  std::size_t body_bytes = 4 * 1024 * 1024;       // beyond: 413, before reading it
  std::size_t chunk_extension_bytes = 16 * 1024;  // a request in total; beyond: 400
  std::size_t drain_bytes = 64 * 1024;            // of a body nobody wants; beyond: close
  std::size_t output_bytes =
      256 * 1024;  // answers waiting for a peer that does not read; beyond: stop reading requests
  std::size_t stream_queue_bytes =
      64 * 1024;  // of an answer that goes on, waiting for a peer that reads slowly; beyond: close
  Duration tls_handshake = std::chrono::seconds(10);
  Duration all_headers = std::chrono::seconds(10);
  Duration whole_body = std::chrono::seconds(30);
  Duration idle = std::chrono::seconds(30);
  Duration whole_request = std::chrono::seconds(60);
  Duration held_request = std::chrono::minutes(15);  // one that its handler holds (Exchange::hold)
  std::size_t rate_bytes_per_s = 1024;               // the least a body or a reader must move ...
  Duration rate_grace = std::chrono::seconds(10);    // ... after this long
  std::size_t connections = 0;  // per process; 0: from the descriptors the process may have
  std::size_t unauthenticated_per_address =
      100;  // connections of one address before a request proved who it is
};

}  // namespace porchlight::http
