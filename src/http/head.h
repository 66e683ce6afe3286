// Parses a complete request head with llhttp, and decides strictly where llhttp is lenient.
#pragma once

#include <llhttp.h>

#include <cstdint>
#include <expected>
#include <string_view>
#include <vector>

#include "http/limits.h"
#include "http/message.h"
#include "http/request_error.h"

namespace porchlight::http {

// A parsed head.
struct Head {
  Request request;                   // views into the parsed bytes and into the reader's table of fields
  std::int64_t body_bytes = 0;       // -1: chunked
  bool keep_alive = false;           // the connection may stay open after the response
  bool is_http10 = false;            // HTTP/1.0
  bool expects_continue = false;     // `Expect: 100-continue`
  unsigned accept_encodings = 0;     // how many Accept-Encoding fields there are
  std::string_view accept_encoding;  // the value of the last one
};

// Parses one head after the other. One for each loop, so that its table of fields is allocated once.
class HeadReader {
 public:
  explicit HeadReader(const Limits& limits);
  HeadReader(const HeadReader&) = delete;
  HeadReader& operator=(const HeadReader&) = delete;

  // Parses `bytes`, exactly one head that HeadScan accepted. head() is then valid until the next call.
  std::expected<void, RequestError> read(std::string_view bytes);
  Head& head() { return head_; }
  // A number that no request of the loop has had as its fields_id.
  std::uint64_t new_fields_id() { return ++fields_ids_; }

 private:
  struct Fields;
  // llhttp's callbacks.
  static int on_url(llhttp_t* parser, const char* at, std::size_t length);
  static int on_field(llhttp_t* parser, const char* at, std::size_t length);
  static int on_value(llhttp_t* parser, const char* at, std::size_t length);
  static int on_complete(llhttp_t* parser);
  static const llhttp_settings_t& settings();

  std::expected<Fields, RequestError> examine_fields();

  llhttp_t parser_;
  Head head_;
  std::uint64_t fields_ids_ = 0;
  std::string_view url_;
  std::vector<HeaderField> fields_;  // never grows beyond its initial capacity
  bool complete_ = false;
  bool chunked_ = false;
  bool keep_alive_ = false;
};

}  // namespace porchlight::http
