// A response -> HTTP/1.1 bytes.
#pragma once

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

//   HTTP/1.1 200 OK | Date | Content-Length | [Connection] | the handler's fields | blank line | body
void append_response(std::string& out, const Response& response, const Framing& framing);

}  // namespace porchlight::http
