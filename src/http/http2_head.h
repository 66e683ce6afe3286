// The head of an HTTP/2 request as that of HTTP/1.1, and back. The text goes through the same HeadScan and HeadReader
// as the requests of HTTP/1.1, so sizes, forbidden bytes, Host and the target have one rule each. Pure.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory_resource>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "http/limits.h"

namespace porchlight::http {

// Collects the fields of one request. nghttp2 has checked their names and values (RFC 9113 §8.2) and which
// pseudo-fields there are (§8.3), so no field can contain a line end.
class Http2Head {
 public:
  // Each field counts for so many bytes more than it has (RFC 9113 §6.5.2).
  static constexpr std::size_t kFieldOverhead = 32;
  // The fields are at most so many times what the limits allow; beyond, the client means harm and gets no answer.
  static constexpr std::size_t kExcess = 4;

  // `memory` must outlive this, and the text.
  explicit Http2Head(std::pmr::memory_resource& memory);

  // Adds a field in the order of the block. Beyond Limits::headers_bytes or headers_count it is dropped. Returns false
  // if it is beyond kExcess of them.
  bool add(std::string_view name, std::string_view value, const Limits& limits);
  // Whether fields were dropped.
  bool is_too_large() const { return too_large_; }
  // Whether the request opens a tunnel (RFC 8441), and whether it is one for a WebSocket.
  bool is_tunnel() const { return !protocol_.empty(); }
  bool is_websocket() const { return protocol_ == "websocket"; }
  // The head in HTTP/1.1, blank line included. nullopt if the request is malformed: its scheme is not http or https, or
  // :authority and Host differ (RFC 9113 §8.3.1).
  std::optional<std::pmr::string> text() const;

 private:
  std::pmr::string method_, scheme_, authority_, path_, protocol_;
  std::optional<std::pmr::string> host_;
  std::pmr::string cookies_;  // one field, which HTTP/2 may split (RFC 9113 §8.2.3)
  std::pmr::string lines_;    // the other fields
  std::size_t bytes_ = 0;
  std::size_t count_ = 0;
  bool too_large_ = false;
};

// The fields of a response for HTTP/2: names in lower case, without the fields that belong to a connection.
class Http2Fields {
 public:
  // `head`: a status line and fields as HTTP/1.1 has them, whose names become lower case. A 101 becomes the 200 that
  // accepts a tunnel (RFC 8441 §5). Both must outlive this.
  Http2Fields(std::string& head, std::pmr::memory_resource& memory);
  Http2Fields(const Http2Fields&) = delete;
  Http2Fields& operator=(const Http2Fields&) = delete;

  // Names and values, `:status` first; views into the head.
  const std::pmr::vector<std::pair<std::string_view, std::string_view>>& fields() const { return fields_; }
  // Whether the response may have content.
  bool has_content() const { return has_content_; }

 private:
  void add_line(std::string_view name, std::string_view value, bool is_upgrade);

  std::pmr::vector<std::pair<std::string_view, std::string_view>> fields_;
  bool has_content_ = false;
};

}  // namespace porchlight::http
