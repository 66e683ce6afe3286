// Writes responses. A response is one append to the loop's output buffer: no fields are stored in a map, and
// the fields that every response has are made once a second.
#include "http/serialize.h"

#include <charconv>

#include "base/text_writer.h"
#include "http/status.h"

namespace porchlight::http {
namespace {

std::string_view reason_of(int status) {
  const StatusName* known = find_status(status);
  return known ? known->reason : "Other";
}

// Status line without its reason, Content-Length and blank line.
constexpr std::size_t kFramingBytesMax = 64 + 2 * TextWriter::kDigitsMax;

void write_status_line(TextWriter& to, int status, std::string_view reason) {
  to.literal("HTTP/1.1 ").number(static_cast<unsigned>(status)).literal(" ").text(reason).literal("\r\n");
}

// RFC 9110 §8.6: no Content-Length if there can be no content.
bool has_content(int status) { return status >= 200 && status != 204 && status != 304; }

}  // namespace

void append_response(std::string& out, const Response& response, const Framing& framing) {
  const bool is_ok = response.status == 200;  // the usual line is one piece
  const std::string_view reason = is_ok ? std::string_view() : reason_of(response.status);
  const bool has_body = has_content(response.status);
  const std::string_view connection = framing.close             ? "Connection: close\r\n"
                                      : framing.says_keep_alive ? "Connection: keep-alive\r\n"
                                                                : std::string_view();
  const std::string_view body = has_body && !framing.head_only ? std::string_view(response.body) : "";
  const std::size_t bytes_max = kFramingBytesMax + reason.size() + framing.standing_lines.size() +
                                connection.size() + response.lines().size() + body.size();
  append_written(out, bytes_max, [&](TextWriter& to) {
    if (is_ok)
      to.literal("HTTP/1.1 200 OK\r\n");
    else
      write_status_line(to, response.status, reason);
    to.text(framing.standing_lines);
    if (has_body) to.literal("Content-Length: ").number(response.body.size()).literal("\r\n");
    to.text(connection).text(response.lines()).literal("\r\n").text(body);
  });
}

void append_stream_head(std::string& out, const Response& response, std::string_view standing_lines,
                        BodyFraming framing) {
  const std::string_view reason = reason_of(response.status);
  append_written(out, kFramingBytesMax + reason.size(),
                 [&](TextWriter& to) { write_status_line(to, response.status, reason); });
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
