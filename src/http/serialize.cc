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

constexpr std::string_view kLineEnd = "\r\n";
constexpr std::string_view kLengthName = "Content-Length: ";
constexpr std::size_t kDigitsMax = 20;
constexpr std::size_t kLengthLineMax = kLengthName.size() + kDigitsMax + kLineEnd.size();

// Copies the text to `to`, and returns the position after it.
inline char* put(char* to, std::string_view text) { return to + text.copy(to, text.size()); }

char* put_length_line(char* to, std::size_t bytes) {
  to = put(to, kLengthName);
  to = std::to_chars(to, to + kDigitsMax, bytes).ptr;
  return put(to, kLineEnd);
}

// RFC 9110 §8.6: no Content-Length if there can be no content.
bool has_content(int status) { return status >= 200 && status != 204 && status != 304; }

}  // namespace

void append_response(std::string& out, const Response& response, const Framing& framing) {
  append_status_line(out, response.status);
  const bool has_body = has_content(response.status);
  const std::string_view connection = framing.close             ? "Connection: close\r\n"
                                      : framing.says_keep_alive ? "Connection: keep-alive\r\n"
                                                                : std::string_view();
  const std::string_view body = has_body && !framing.head_only ? std::string_view(response.body) : "";
  const std::size_t from = out.size();
  const std::size_t bytes_max = framing.standing_lines.size() + kLengthLineMax + connection.size() +
                                response.lines().size() + kLineEnd.size() + body.size();
  out.resize_and_overwrite(from + bytes_max, [&](char* begin, std::size_t) {
    char* to = put(begin + from, framing.standing_lines);
    if (has_body) to = put_length_line(to, response.body.size());
    to = put(put(to, connection), response.lines());
    return put(put(to, kLineEnd), body) - begin;
  });
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
