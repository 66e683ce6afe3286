// A request and its response, whatever the framing (HTTP/1.1 now; HTTP/2 hands up and takes down the same).
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "http/streaming_body.h"

namespace porchlight::http {

enum class Method : std::uint8_t { kGet, kHead, kPost, kPut, kPatch, kDelete, kOptions, kOther };

struct HeaderField {
  std::string_view name;  // as sent; compare with same_name()
  std::string_view value;
};

// Whether two header names are the same, in any ASCII letter case.
bool same_name(std::string_view a, std::string_view b);

// Where a connection came in.
enum class ListenerKind : std::uint8_t {
  kPlain,
  kTls,
  kAdmin
};  // kAdmin: the Unix socket of the data folder

// Views into the connection's buffer: valid only while the handler runs.
struct Request {
  Method method = Method::kOther;
  std::string_view target;  // as sent: path, and '?' and query if there is one
  std::string_view path;    // still percent-encoded
  std::string_view query;   // without '?'
  std::string_view host;
  std::span<const HeaderField> headers;
  std::string_view body;
  std::string_view peer;  // the address, as text; empty on the admin door
  ListenerKind listener_kind = ListenerKind::kPlain;

  // The value of the first header of that name; null data() where there is none.
  std::string_view header(std::string_view name) const;
  std::size_t count(std::string_view name) const;
};

// Filled by the handler. The framing adds Date, Content-Length and, as needed, Connection.
class Response {
 public:
  int status = 200;
  std::string body;
  bool authenticated = false;  // the caller proved who they are: the connection is no stranger's any more
  bool close = false;          // end the connection after this answer
  std::optional<StreamingBody> streaming;  // the body is but the beginning: more is pushed to the exchange

  // Adds one field. Neither part may hold CR or LF (checked).
  void add(std::string_view name, std::string_view value);
  // Adds ready-made field lines, each "Name: value\r\n": a constant block in one go.
  void add_lines(std::string_view lines) { lines_.append(lines); }
  std::string_view lines() const { return lines_; }
  // Makes it a fresh 200 without fields or body; keeps the memory.
  void clear();

 private:
  std::string lines_;
};

}  // namespace porchlight::http
