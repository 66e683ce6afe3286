// HTTP/1.1 bytes -> requests. Pure: no sockets, no time. One per connection; what is read does not depend on
// where the bytes were cut.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "http/chunked.h"
#include "http/head.h"
#include "http/head_scan.h"
#include "http/limits.h"
#include "http/request_error.h"

namespace porchlight::http {

class Http1Parser {
 public:
  enum class ParseStep : std::uint8_t {
    kNeedMore,  // needs more bytes
    kHead,      // head() is here, its body is not yet: go on, or skip_body()
    kComplete,  // head() is here, with its whole body
    kSkipped,   // the body nobody wanted is over
    kError,     // fault() says why; nothing that follows may be read
  };

  // `reader` is shared by the connections of a loop: what it holds is gone once another parser advances.
  Http1Parser(HeadReader& reader, const Limits& limits) : reader_(&reader), limits_(&limits) {}

  // Looks at `input`, which begins where the last call's used() bytes ended, and makes the next step.
  ParseStep advance(std::string_view input);
  // How many bytes of that input are done with. They must stay in place while the request is used.
  std::size_t used() const { return used_; }
  // After kHead and kWhole.
  Head& head() { return reader_->head(); }
  // After kWhole: lets go of the request.
  void next();
  const RequestError& error() const { return error_; }
  // Whether the request that was refused asked with HEAD, as far as could be seen.
  bool is_head_only() const { return head_only_; }

  // After kHead: reads the body without keeping it. False where it is surely longer than the drain limit.
  bool skip_body();

  // Whether a request is under way whose head was taken in.
  bool is_in_body() const { return phase_ == Phase::kBody || phase_ == Phase::kSkip; }
  bool is_skipping() const { return phase_ == Phase::kSkip; }
  // Bytes of the current body so far, framing included.
  std::uint64_t body_received() const { return received_; }

 private:
  enum class Phase : std::uint8_t { kHead, kBody, kSkip, kError };
  // A request whose body came in pieces: the input is let go, so the request lives here.
  struct Pending {
    std::string head;
    std::string body;
    std::unique_ptr<ChunkedBody> chunked;
  };

  ParseStep read_head(std::string_view input);
  ParseStep begin_body(std::string_view head, std::string_view rest);
  ParseStep read_body(std::string_view input);
  std::expected<bool, RequestError> read_body_bytes(std::string_view input);
  ParseStep fail(const RequestError& error);

  HeadReader* reader_;
  const Limits* limits_;
  Phase phase_ = Phase::kHead;
  bool head_only_ = false;
  HeadScan scan_;
  std::size_t used_ = 0;
  std::uint64_t received_ = 0;
  std::int64_t body_left_ = 0;
  RequestError error_{};
  std::unique_ptr<Pending> pending_;
};

}  // namespace porchlight::http
