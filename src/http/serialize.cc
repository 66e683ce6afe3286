// Writes responses. A response is one append to the loop's output buffer: no fields are stored in a map, and
// the fields that every response has are made once a second.
#include "http/serialize.h"

#include <charconv>

#include "http/status.h"

namespace porchlight::http {
namespace {

std::string_view reason_of(int status) {
  const StatusName* known = find_status(status);
  return known ? known->reason : "Other";
}

void append_number(std::string& out, std::size_t number) {
  char digits[20];
  const auto end = std::to_chars(digits, digits + sizeof digits, number).ptr;
  out.append(digits, end);
}

void append_status_line(std::string& out, int status) {
  if (status == 200) {
    out.append("HTTP/1.1 200 OK\r\n");
    return;
  }
  out.append("HTTP/1.1 ");
  append_number(out, static_cast<std::size_t>(status));
  out.append(" ").append(reason_of(status)).append("\r\n");
}

// RFC 9110 §8.6: no Content-Length if there can be no content.
bool has_content(int status) { return status >= 200 && status != 204 && status != 304; }

}  // namespace

void append_response(std::string& out, const Response& response, const Framing& framing) {
  append_status_line(out, response.status);
  out.append(framing.standing_lines);
  if (has_content(response.status)) {
    out.append("Content-Length: ");
    append_number(out, response.body.size());
    out.append("\r\n");
  }
  if (framing.close)
    out.append("Connection: close\r\n");
  else if (framing.says_keep_alive)
    out.append("Connection: keep-alive\r\n");
  out.append(response.lines()).append("\r\n");
  if (!framing.head_only && has_content(response.status)) out.append(response.body);
}

void append_stream_head(std::string& out, const Response& response, std::string_view standing_lines,
                        BodyFraming framing) {
  append_status_line(out, response.status);
  out.append(standing_lines);
  if (framing == BodyFraming::kChunked) out.append("Transfer-Encoding: chunked\r\n");
  out.append(framing == BodyFraming::kUpgraded ? "Connection: Upgrade\r\n" : "Connection: close\r\n");
  out.append(response.lines()).append("\r\n");
}

void append_chunk(std::string& out, std::string_view bytes, BodyFraming framing) {
  if (bytes.empty()) return;  // an empty chunk would end the body
  if (framing != BodyFraming::kChunked) {
    out.append(bytes);
    return;
  }
  char size[16];
  const auto end = std::to_chars(size, size + sizeof size, bytes.size(), 16).ptr;
  out.append(size, end).append("\r\n").append(bytes).append("\r\n");
}

void append_last_chunk(std::string& out, BodyFraming framing) {
  if (framing == BodyFraming::kChunked) out.append("0\r\n\r\n");
}

}  // namespace porchlight::http
