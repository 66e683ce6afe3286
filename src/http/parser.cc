#include "http/parser.h"

#include <algorithm>

namespace porchlight::http {
namespace {

constexpr Fault kTooMuchToDrain{413, "The rest of the body is not read."};

}  // namespace

Http1Parser::Step Http1Parser::advance(std::string_view input) {
  used_ = 0;
  switch (phase_) {
    case Phase::kHead:
      return read_head(input);
    case Phase::kBody:
    case Phase::kSkip:
      return take_body(input);
    case Phase::kFault:
      break;
  }
  return Step::kFault;
}

Http1Parser::Step Http1Parser::read_head(std::string_view input) {
  const auto end = scan_.find_end(input, *limits_);
  if (!end) return refuse(end.error());
  if (*end == 0) return Step::kMore;
  const auto good = reader_->read(input.substr(0, *end));
  head_only_ = head().request.method == Method::kHead;
  if (!good) return refuse(good.error());
  used_ = *end;
  scan_ = {};
  if (head().body_bytes == 0) return Step::kWhole;
  if (head().body_bytes > static_cast<std::int64_t>(limits_->body_bytes)) return refuse(kBodyTooLarge);
  return begin_body(input.substr(0, *end), input.substr(*end));
}

Http1Parser::Step Http1Parser::begin_body(std::string_view head_bytes, std::string_view rest) {
  const std::int64_t length = head().body_bytes;
  if (length >= 0 && rest.size() >= static_cast<std::size_t>(length)) {
    head().request.body = rest.substr(0, static_cast<std::size_t>(length));
    used_ += static_cast<std::size_t>(length);
    return Step::kWhole;
  }
  pending_ = std::make_unique<Pending>();
  pending_->head = head_bytes;
  if (length < 0) pending_->chunked = std::make_unique<ChunkedBody>(head_bytes, *limits_);
  body_left_ = length;
  received_ = 0;
  phase_ = Phase::kBody;
  const auto done = take(rest);
  if (!done) return refuse(done.error());
  if (!*done) return Step::kHead;
  head().request.body = pending_->body;
  return Step::kWhole;
}

Http1Parser::Step Http1Parser::take_body(std::string_view input) {
  const auto done = take(input);
  if (!done) return refuse(done.error());
  if (phase_ == Phase::kSkip) {
    if (received_ > limits_->drain_bytes) return refuse(kTooMuchToDrain);
    if (!*done) return Step::kMore;
    next();
    return Step::kSkipped;
  }
  if (!*done) return Step::kMore;
  // The table of fields served other connections meanwhile, so the head is split once more.
  if (const auto good = reader_->read(pending_->head); !good) return refuse(good.error());
  head().request.body = pending_->body;
  return Step::kWhole;
}

// Takes in what there is of the body; whether that was all of it.
std::expected<bool, Fault> Http1Parser::take(std::string_view input) {
  if (pending_->chunked) {
    const auto taken = pending_->chunked->take(input, pending_->body);
    if (!taken) return std::unexpected(taken.error());
    if (phase_ == Phase::kSkip) pending_->body.clear();
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

// A body being skipped stays marked as such: its request has had an answer.
Http1Parser::Step Http1Parser::refuse(const Fault& fault) {
  if (phase_ != Phase::kSkip) phase_ = Phase::kFault;
  fault_ = fault;
  pending_.reset();
  return Step::kFault;
}

}  // namespace porchlight::http
