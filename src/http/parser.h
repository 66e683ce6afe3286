// Parses HTTP/1.1 bytes into requests. Pure: no sockets, no time. The result does not depend on how the bytes
// were split.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "http/chunked.h"
#include "http/head.h"
#include "http/head_scan.h"
#include "http/limits.h"
#include "http/remembered_head.h"
#include "http/request_error.h"

namespace porchlight::http {

// The parser of one connection.
class Http1Parser {
 public:
  // What advance() found.
  enum class ParseStep : std::uint8_t {
    kNeedMore,  // the input is used up
    kHead,      // head() is complete, its body is not: call advance() again, or skip_body()
    kComplete,  // head() is complete, with its body
    kSkipped,   // the end of a skipped body
    kError,     // see error(); nothing may be parsed after it
  };

  // `reader` is shared by the connections of a loop: head() is invalid once another parser advances.
  Http1Parser(HeadReader& reader, const Limits& limits)
      : reader_(&reader), head_(&reader.head()), limits_(&limits) {}

  // Parses `input`, which begins after the used() bytes of the last call, up to the next step.
  ParseStep advance(std::string_view input);
  // How many bytes of the input were used. They must stay unchanged while the request is in use.
  std::size_t used() const { return used_; }
  // After kHead and kComplete.
  Head& head() { return *head_; }
  // After kComplete: releases the request.
  void next();
  // After kError.
  const RequestError& error() const { return error_; }
  // Whether the refused request was a HEAD, as far as it was parsed.
  bool is_head_only() const { return head_only_; }

  // After kHead: the limit of this body in place of Limits::body_bytes, and the error of a longer one. Returns false if
  // the body is known to be longer; it is then not to be read.
  bool limit_body(std::size_t most, const RequestError& too_large);
  // After kHead: discards the body. Returns false if it is known to be longer than the drain limit.
  bool skip_body();

  // Whether the body of a request is being read, or being discarded.
  bool is_in_body() const { return phase_ == Phase::kBody || phase_ == Phase::kSkip; }
  bool is_skipping() const { return phase_ == Phase::kSkip; }
  // Bytes of the current body so far, with its framing.
  std::uint64_t body_received() const { return received_; }

 private:
  enum class Phase : std::uint8_t { kHead, kBody, kSkip, kError };
  // A request whose body arrives in pieces. It owns its bytes.
  struct Pending {
    std::string head;
    std::string body;
    std::unique_ptr<ChunkedBody> chunked;
  };

  ParseStep read_head(std::string_view input);
  std::expected<std::size_t, RequestError> parse_head(std::string_view input);
  ParseStep begin_body(std::string_view head, std::string_view rest);
  ParseStep read_body(std::string_view input);
  std::expected<bool, RequestError> read_body_bytes(std::string_view input);
  ParseStep fail(const RequestError& error);

  std::expected<void, RequestError> read_with_reader(std::string_view bytes);
  std::size_t recall(std::string_view input);

  HeadReader* reader_;
  Head* head_;  // of reader_ or remembered_
  const Limits* limits_;
  Phase phase_ = Phase::kHead;
  bool head_only_ = false;
  HeadScan scan_;
  std::size_t used_ = 0;
  std::uint64_t received_ = 0;
  std::int64_t body_left_ = 0;  // negative for a chunked body
  std::size_t body_max_ = 0;    // of the current body
  RequestError too_large_ = kBodyTooLarge;
  RequestError error_{};
  std::unique_ptr<Pending> pending_;
  std::unique_ptr<RememberedHead> remembered_;
};

}  // namespace porchlight::http
