// Writes a response as HTTP/1.1 bytes.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "http/message.h"

namespace porchlight::http {

// What the connection adds to a response.
struct Framing {
  std::string_view standing_lines;  // the fields of every response, each "Name: value\r\n"
  bool head_only = false;           // the response to HEAD: Content-Length, but no body
  bool close = false;               // the last response of the connection
  bool says_keep_alive = false;     // HTTP/1.0 clients expect the field
};

// How the end of a streaming response is marked.
enum class BodyFraming : std::uint8_t {
  kChunked,
  kUntilClose,  // by the end of the connection
  kUpgraded,    // there is no body: both sides use another protocol
};
// The head of a streaming response, up to the blank line.
void append_stream_head(std::string& out, const Response& response, std::string_view standing_lines,
                        BodyFraming framing);
// A part of its body, and its end.
void append_chunk(std::string& out, std::string_view bytes, BodyFraming framing);
void append_last_chunk(std::string& out, BodyFraming framing);

// A whole response:
//   HTTP/1.1 200 OK | Date | Vary | Content-Length | [Connection] | the handler's fields | blank line | body
void append_response(std::string& out, const Response& response, const Framing& framing);

}  // namespace porchlight::http
