// The parser of one connection. A request that is complete in the input is handled in place, without a copy.
// Otherwise its head and the body so far move to pending_, because the loop's buffer is needed by other
// connections. A head that differs from the last one in its target only is not parsed again.
#include "http/parser.h"

#include <algorithm>

namespace porchlight::http {
namespace {

constexpr RequestError kTooMuchToDrain{413, "The rest of the body is not read."};

}  // namespace

Http1Parser::ParseStep Http1Parser::advance(std::string_view input) {
  used_ = 0;
  switch (phase_) {
    case Phase::kHead:
      return read_head(input);
    case Phase::kBody:
    case Phase::kSkip:
      return read_body(input);
    case Phase::kError:
      break;
  }
  return ParseStep::kError;
}

Http1Parser::ParseStep Http1Parser::read_head(std::string_view input) {
  std::expected<std::size_t, RequestError> end = 0;
  if (remembered_ && !scan_.has_begun()) end = recall(input);
  if (*end == 0) end = parse_head(input);
  if (!end) return fail(end.error());
  if (*end == 0) return ParseStep::kNeedMore;
  head_only_ = head().request.method == Method::kHead;
  used_ = *end;
  scan_ = {};
  if (head().body_bytes == 0) return ParseStep::kComplete;
  // If a handler may admit more, it is asked first, and can say in the refusal what the limit is.
  const bool is_asked = limits_->admitted_body_bytes > 0;
  if (!is_asked && head().body_bytes > static_cast<std::int64_t>(limits_->body_bytes))
    return fail(kBodyTooLarge);
  return begin_body(input.substr(0, *end), input.substr(*end));
}

// Waits for the whole head, then parses it in one call and remembers it. Returns its length, or 0 while it is
// incomplete.
std::expected<std::size_t, RequestError> Http1Parser::parse_head(std::string_view input) {
  const auto end = scan_.find_end(input, *limits_);
  if (!end || *end == 0) return end;
  const std::string_view bytes = input.substr(0, *end);
  const auto good = read_with_reader(bytes);
  head_only_ = head().request.method == Method::kHead;
  if (!good) return std::unexpected(good.error());
  head_ = &remember_head(bytes, *reader_, *limits_, remembered_);
  return end;
}

std::expected<void, RequestError> Http1Parser::read_with_reader(std::string_view bytes) {
  head_ = &reader_->head();
  return reader_->read(bytes);
}

// Returns the length of the head if it is the remembered one, or 0.
std::size_t Http1Parser::recall(std::string_view input) {
  const std::size_t length = remembered_->recall(input, *limits_);
  if (length != 0) head_ = &remembered_->head();
  return length;
}

// Returns the request if its body is in the input already; the common case copies nothing. A body that may be over the
// limit waits for the handler, which may admit more.
Http1Parser::ParseStep Http1Parser::begin_body(std::string_view head_bytes, std::string_view rest) {
  const std::int64_t length = head().body_bytes;
  body_max_ = limits_->body_bytes;
  too_large_ = kBodyTooLarge;
  const bool is_within = length >= 0 && static_cast<std::size_t>(length) <= body_max_;
  if (is_within && rest.size() >= static_cast<std::size_t>(length)) {
    head().request.body = rest.substr(0, static_cast<std::size_t>(length));
    used_ += static_cast<std::size_t>(length);
    return ParseStep::kComplete;
  }
  pending_ = std::make_unique<Pending>();
  pending_->head = head_bytes;
  if (length < 0) pending_->chunked = std::make_unique<ChunkedBody>(head_bytes, *limits_);
  body_left_ = length;
  received_ = 0;
  phase_ = Phase::kBody;
  if (!is_within) return ParseStep::kHead;
  const auto done = read_body_bytes(rest);
  if (!done) return fail(done.error());
  if (!*done) return ParseStep::kHead;
  head().request.body = pending_->body;
  return ParseStep::kComplete;
}

Http1Parser::ParseStep Http1Parser::read_body(std::string_view input) {
  const auto done = read_body_bytes(input);
  if (!done) return fail(done.error());
  if (phase_ == Phase::kSkip) {
    if (received_ > limits_->drain_bytes) return fail(kTooMuchToDrain);
    if (!*done) return ParseStep::kNeedMore;
    next();
    return ParseStep::kSkipped;
  }
  if (!*done) return ParseStep::kNeedMore;
  // Other connections have used the reader since: parse the head again.
  if (const auto good = read_with_reader(pending_->head); !good) return fail(good.error());
  head().request.body = pending_->body;
  return ParseStep::kComplete;
}

// Reads what the input has of the body. Returns whether the body is complete.
std::expected<bool, RequestError> Http1Parser::read_body_bytes(std::string_view input) {
  if (pending_->chunked) {
    const auto taken = pending_->chunked->feed(input, pending_->body);
    if (!taken) return std::unexpected(taken.error() == kBodyTooLarge ? too_large_ : taken.error());
    if (phase_ == Phase::kSkip) pending_->body.clear();
    if (pending_->body.size() > body_max_) return std::unexpected(too_large_);
    used_ += *taken;
    received_ += *taken;
    return pending_->chunked->is_done();
  }
  const std::size_t taken = std::min(input.size(), static_cast<std::size_t>(body_left_));
  if (phase_ != Phase::kSkip) pending_->body.append(input.substr(0, taken));
  body_left_ -= static_cast<std::int64_t>(taken);
  used_ += taken;
  received_ += taken;
  return body_left_ == 0;
}

bool Http1Parser::limit_body(std::size_t most, const RequestError& too_large) {
  body_max_ = most;
  too_large_ = too_large;
  return body_left_ <= static_cast<std::int64_t>(most);
}

bool Http1Parser::skip_body() {
  phase_ = Phase::kSkip;
  pending_->body = {};
  pending_->head = {};
  return received_ + static_cast<std::uint64_t>(std::max<std::int64_t>(body_left_, 0)) <=
         limits_->drain_bytes;
}

void Http1Parser::next() {
  phase_ = Phase::kHead;
  pending_.reset();
}

// A skipped body stays marked as skipped: its request has had a response.
Http1Parser::ParseStep Http1Parser::fail(const RequestError& error) {
  if (phase_ != Phase::kSkip) phase_ = Phase::kError;
  error_ = error;
  pending_.reset();
  return ParseStep::kError;
}

}  // namespace porchlight::http
