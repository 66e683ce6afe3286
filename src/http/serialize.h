// A response -> HTTP/1.1 bytes.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "http/message.h"

namespace porchlight::http {

struct Framing {
  std::string_view date_line;    // "Date: ...\r\n"
  bool head_only = false;        // the answer to HEAD: the length, but no body
  bool close = false;            // the last answer of the connection
  bool says_keep_alive = false;  // HTTP/1.0 clients need to be told
};

// How the body of an answer that goes on is told apart from what is none of it.
enum class BodyFraming : std::uint8_t {
  kChunked,
  kUntilClose,  // of the connection
  kUpgraded,    // there is no body: both sides send what they like
};
// The head of an answer that goes on, up to the blank line.
void append_stream_head(std::string& out, const Response& response, std::string_view date_line,
                        BodyFraming framing);
// Some bytes of its body, and its end.
void append_chunk(std::string& out, std::string_view bytes, BodyFraming framing);
void append_last_chunk(std::string& out, BodyFraming framing);

//   HTTP/1.1 200 OK | Date | Content-Length | [Connection] | the handler's fields | blank line | body
void append_response(std::string& out, const Response& response, const Framing& framing);

}  // namespace porchlight::http
