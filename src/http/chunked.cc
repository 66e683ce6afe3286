#include "http/chunked.h"

#include <algorithm>

#include "base/text.h"
#include "http/characters.h"

namespace porchlight::http {
namespace {

using characters::is;

constexpr Fault kBadChunk{400, "The chunked body is malformed."};
constexpr Fault kBadTrailer{400, "The trailer of the chunked body is malformed."};
constexpr Fault kTooMuchExtension{400, "The chunk extensions are too large."};
constexpr Fault kTrailersTooLarge{431, "The trailer fields are too large or too many."};

bool is_quotable(char c) { return is(c, characters::kVisible) || c == ' ' || c == '\t'; }

}  // namespace

std::expected<void, Fault> ChunkGuard::walk(std::string_view bytes) {
  passed_ = 0;
  while (passed_ < bytes.size() && state_ != State::kDone) {
    if (state_ == State::kData) {
      const std::size_t data = std::min(chunk_, bytes.size() - passed_);
      chunk_ -= data;
      passed_ += data;
      if (chunk_ == 0) state_ = State::kDataCr;
      continue;
    }
    if (auto good = step(bytes[passed_]); !good) return good;
    ++passed_;
  }
  return {};
}

std::expected<void, Fault> ChunkGuard::expect(char c, char wanted, State next) {
  if (c != wanted) return std::unexpected(kBadChunk);
  state_ = next;
  return {};
}

std::expected<void, Fault> ChunkGuard::step(char c) {
  switch (state_) {
    case State::kSize:
      return size_step(c);
    case State::kSizeLf:
      if (c != '\n') return std::unexpected(kBadChunk);
      return begin_chunk();
    case State::kDataCr:
      return expect(c, '\r', State::kDataLf);
    case State::kDataLf:
      digits_ = 0;
      return expect(c, '\n', State::kSize);
    case State::kTrailerStart:
    case State::kTrailer:
      return trailer_step(c);
    case State::kTrailerLf:
      trailer_line_ = 0;
      return expect(c, '\n', State::kTrailerStart);
    case State::kEndLf:
      return expect(c, '\n', State::kDone);
    default:
      return extension_step(c);
  }
}

std::expected<void, Fault> ChunkGuard::size_step(char c) {
  if (is(c, characters::kHex)) {
    if (++digits_ > 8) return std::unexpected(kBadChunk);
    chunk_ = (digits_ == 1 ? 0 : chunk_ << 4) | static_cast<unsigned>(hex_value(c));
    return {};
  }
  if (digits_ == 0) return std::unexpected(kBadChunk);
  if (c == ';') return extension_step(c);
  return expect(c, '\r', State::kSizeLf);
}

// The size line is whole: refuse at once what would grow too large, before reading it.
std::expected<void, Fault> ChunkGuard::begin_chunk() {
  body_ += chunk_;
  if (body_ > limits_->body_bytes) return std::unexpected(kBodyTooLarge);
  state_ = chunk_ == 0 ? State::kTrailerStart : State::kData;
  return {};
}

std::expected<void, Fault> ChunkGuard::extension_step(char c) {
  if (c != '\r' && ++extensions_ > limits_->chunk_extension_bytes) return std::unexpected(kTooMuchExtension);
  const auto next = after_extension(c);
  if (!next) return std::unexpected(kBadChunk);
  state_ = *next;
  return {};
}

// Where `c` leads from here, if it may stand here.
std::optional<ChunkGuard::State> ChunkGuard::after_extension(char c) const {
  const bool token = is(c, characters::kToken);
  switch (state_) {
    case State::kExtensionStart:
      return token ? std::optional(State::kExtensionName) : std::nullopt;
    case State::kExtensionValue:
      if (c == '"') return State::kExtensionQuoted;
      return token ? std::optional(State::kExtensionToken) : std::nullopt;
    case State::kExtensionQuoted:
      if (c == '\\') return State::kExtensionEscaped;
      if (c == '"') return State::kExtensionEnd;
      [[fallthrough]];
    case State::kExtensionEscaped:
      return is_quotable(c) ? std::optional(State::kExtensionQuoted) : std::nullopt;
    case State::kExtensionName:
      if (c == '=') return State::kExtensionValue;
      [[fallthrough]];
    case State::kExtensionToken:
      if (token) return state_;
      [[fallthrough]];
    default:  // the end of a size or of an extension
      if (c == ';') return State::kExtensionStart;
      return c == '\r' ? std::optional(State::kSizeLf) : std::nullopt;
  }
}

// Names and values are llhttp's to check; here the line ends, folding, names that are not there, and the
// sizes.
std::expected<void, Fault> ChunkGuard::trailer_step(char c) {
  const bool at_start = state_ == State::kTrailerStart;
  if (c == '\r') {
    state_ = at_start ? State::kEndLf : State::kTrailerLf;
    return {};
  }
  if (c == '\n' || (at_start && (c == ' ' || c == '\t' || c == ':'))) return std::unexpected(kBadTrailer);
  if (at_start && ++trailers_count_ > limits_->headers_count) return std::unexpected(kTrailersTooLarge);
  if (++trailer_line_ > limits_->header_bytes || ++trailers_ > limits_->headers_bytes)
    return std::unexpected(kTrailersTooLarge);
  state_ = State::kTrailer;
  return {};
}

ChunkedBody::ChunkedBody(std::string_view head, const Limits& limits) : guard_(limits) {
  llhttp_init(&parser_, HTTP_REQUEST, &settings());
  parser_.data = this;
  llhttp_execute(&parser_, head.data(), head.size());
}

int ChunkedBody::on_head(llhttp_t* parser) {
  parser->upgrade = 0;  // not offered: the body is a body
  return 0;
}

int ChunkedBody::on_body(llhttp_t* parser, const char* at, std::size_t length) {
  static_cast<ChunkedBody*>(parser->data)->out_->append(at, length);
  return 0;
}

int ChunkedBody::on_done(llhttp_t* parser) {
  static_cast<ChunkedBody*>(parser->data)->done_ = true;
  return 0;
}

const llhttp_settings_t& ChunkedBody::settings() {
  static const llhttp_settings_t kSettings = [] {
    llhttp_settings_t made;
    llhttp_settings_init(&made);
    made.on_headers_complete = on_head;
    made.on_body = on_body;
    made.on_message_complete = on_done;
    return made;
  }();
  return kSettings;
}

std::expected<std::size_t, Fault> ChunkedBody::take(std::string_view bytes, std::string& body) {
  const auto verdict = guard_.walk(bytes);
  out_ = &body;
  // llhttp sees what the guard passed, and its objection comes first: the same verdict wherever the cuts are.
  const llhttp_errno_t error = llhttp_execute(&parser_, bytes.data(), guard_.passed());
  if (error != HPE_OK || done_ != guard_.is_done()) return std::unexpected(kBadChunk);
  if (!verdict) return std::unexpected(verdict.error());
  return guard_.passed();
}

}  // namespace porchlight::http
