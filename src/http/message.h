// A request and its response, independent of the framing that carries them (HTTP/1.1 now).
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>

#include "base/guid.h"
#include "base/ip_address.h"
#include "base/text_writer.h"
#include "base/trace_context.h"
#include "http/streaming_body.h"

namespace porchlight::http {

// The methods that handlers distinguish. kOther: a valid method without a route.
enum class Method : std::uint8_t { kGet, kHead, kPost, kPut, kPatch, kDelete, kOptions, kOther };

// "GET", "POST", …; "other" for kOther.
std::string_view method_name(Method method);

// A header field as received.
struct HeaderField {
  std::string_view name;  // as sent; compare with same_name()
  std::string_view value;
};

// Whether two field names are equal, ignoring ASCII case.
bool same_name(std::string_view a, std::string_view b);

// The listener of a connection. kAdmin: the Unix socket of the data folder. kMetrics: serves metrics alone.
enum class ListenerKind : std::uint8_t { kPlain, kTls, kAdmin, kMetrics };
inline constexpr std::size_t kListenerKinds = 4;

// A request. Its views point into the connection's buffers: valid only while the handler runs.
struct Request {
  Method method = Method::kOther;
  std::string_view target;  // as sent: the path, and '?' and the query if there is one
  std::string_view path;    // still percent-encoded
  std::string_view query;   // without '?'
  std::string_view host;    // as the client sent it, or as a trusted proxy says (http/forwarded.h)
  std::span<const HeaderField> headers;
  // Requests of a loop with the same number have the same fields, byte for byte, and views of the same bytes: what a
  // handler reads in them may be kept for the next. 0: not known to have been seen before.
  std::uint64_t fields_id = 0;
  std::string_view body;
  std::optional<IpAddress> client;  // the client's address; nullopt on the admin socket
  std::uint32_t uid = 0;            // of the client's process, on the admin socket
  ListenerKind listener_kind = ListenerKind::kPlain;
  bool is_https = false;  // the client used https: to this server, or to a trusted proxy before it
  const TraceContext* span = nullptr;  // of this request in a trace, if that is sampled

  // Assigns the target, in origin form, with its path and query.
  void set_target(std::string_view text) {
    const std::size_t mark = text.find('?');
    target = text;
    path = text.substr(0, mark);
    query = mark == std::string_view::npos ? std::string_view() : text.substr(mark + 1);
  }
  // The client's address as text; empty on the admin socket.
  std::string client_text() const { return client ? to_string(*client) : std::string(); }
  // The scheme of the URL that the client used.
  std::string_view scheme() const { return is_https ? "https" : "http"; }
  // The value of the first field with that name. data() is null if it is absent.
  std::string_view header(std::string_view name) const;
  // The values of all fields with that name as one comma-separated list (RFC 9110 §5.3).
  std::string joined(std::string_view name) const;
  // How many fields have that name.
  std::size_t count(std::string_view name) const;
  // Whether the word is in the comma-separated list that all fields with that name make (RFC 9110 §5.3), in any letter
  // case.
  bool lists(std::string_view name, std::string_view word) const;
};

// Who sent a request, for the log: ids of the tenant, the application and the user; nil if unknown.
struct CallerIds {
  Guid tenant, app, user;
};

// The numbers that Response::route may have are below this.
inline constexpr std::size_t kRoutesMax = 160;

// A response, filled by the handler. The framing adds Date, Content-Length and Connection.
class Response {
 public:
  int status = 200;
  std::string body;
  // The request proved its identity: the connection no longer counts as unauthenticated.
  bool authenticated = false;
  CallerIds caller;
  // For metrics: which path was asked for, by the handler's numbers, below kRoutesMax. 0: none that it knows.
  std::uint8_t route = 0;
  bool close = false;  // close the connection after this response
  // The body may be compressed. False for a body that may hold a secret beside text of a client's choice
  // (http/compression.h).
  bool compressible = false;
  std::optional<StreamingBody>
      streaming;  // set: `body` is only the beginning, more is pushed to the exchange

  // Adds a field. Throws std::invalid_argument if a part contains CR or LF.
  void add(std::string_view name, std::string_view value);
  // Adds complete field lines, each "Name: value\r\n".
  void add_lines(std::string_view lines) { lines_.append(lines); }
  // Adds the field lines that `write(TextWriter&)` writes: at most `bytes_max` bytes.
  template <typename Write>
  void write_lines(std::size_t bytes_max, Write&& write) {
    append_written(lines_, bytes_max, std::forward<Write>(write));
  }
  // Puts `prefix` before the value of the first field with that name, unless the value begins with it. No effect if
  // there is no such field.
  void prefix_value(std::string_view name, std::string_view prefix);
  // All fields, as they are sent.
  std::string_view lines() const { return lines_; }
  // Resets to a 200 without fields and body. Keeps the memory of the strings.
  void clear();

 private:
  std::string lines_;
};

}  // namespace porchlight::http
