// The chunked coding. ChunkValidator is a state machine over single bytes, except in chunk data, which it
// skips in one step. Its errors are fixed texts: nothing that the client sent is repeated to it.
#include "http/chunked.h"

#include <algorithm>

#include "base/text.h"
#include "http/characters.h"

namespace porchlight::http {
namespace {

using characters::is;

constexpr RequestError kBadChunk{400, "The chunked body is malformed."};
constexpr RequestError kBadTrailer{400, "The trailer of the chunked body is malformed."};
constexpr RequestError kTooMuchExtension{
    400, "The chunk extensions are larger than the setting http.chunk_extension_bytes allows."};
constexpr RequestError kTrailersTooLarge{431,
                                         "The trailer fields are more than the settings http.header_bytes, "
                                         "http.headers_bytes and http.headers_count allow."};

// A character of a quoted string in an extension.
bool is_quotable(char c) { return is(c, characters::kVisible) || c == ' ' || c == '\t'; }

}  // namespace

std::expected<void, RequestError> ChunkValidator::validate(std::string_view bytes) {
  consumed_ = 0;
  while (consumed_ < bytes.size() && state_ != ChunkState::kDone) {
    if (state_ == ChunkState::kData) {
      const std::size_t data = std::min(chunk_, bytes.size() - consumed_);
      chunk_ -= data;
      consumed_ += data;
      if (chunk_ == 0) state_ = ChunkState::kDataCr;
      continue;
    }
    if (auto good = step(bytes[consumed_]); !good) return good;
    ++consumed_;
  }
  return {};
}

std::expected<void, RequestError> ChunkValidator::expect(char c, char wanted, ChunkState next) {
  if (c != wanted) return std::unexpected(kBadChunk);
  state_ = next;
  return {};
}

// One byte outside chunk data.
std::expected<void, RequestError> ChunkValidator::step(char c) {
  switch (state_) {
    case ChunkState::kSize:
      return size_step(c);
    case ChunkState::kSizeLf:
      if (c != '\n') return std::unexpected(kBadChunk);
      return begin_chunk();
    case ChunkState::kDataCr:
      return expect(c, '\r', ChunkState::kDataLf);
    case ChunkState::kDataLf:
      digits_ = 0;
      return expect(c, '\n', ChunkState::kSize);
    case ChunkState::kTrailerStart:
    case ChunkState::kTrailer:
      return trailer_step(c);
    case ChunkState::kTrailerLf:
      trailer_line_ = 0;
      return expect(c, '\n', ChunkState::kTrailerStart);
    case ChunkState::kEndLf:
      return expect(c, '\n', ChunkState::kDone);
    default:
      return extension_step(c);
  }
}

// A digit of the size, or what ends it.
std::expected<void, RequestError> ChunkValidator::size_step(char c) {
  if (is(c, characters::kHex)) {
    if (++digits_ > 8) return std::unexpected(kBadChunk);
    chunk_ = (digits_ == 1 ? 0 : chunk_ << 4) | static_cast<unsigned>(hex_value(c));
    return {};
  }
  if (digits_ == 0) return std::unexpected(kBadChunk);
  if (c == ';') return extension_step(c);
  return expect(c, '\r', ChunkState::kSizeLf);
}

// The size line is complete: refuses a body that would become too large before reading it.
std::expected<void, RequestError> ChunkValidator::begin_chunk() {
  body_ += chunk_;
  if (body_ > std::max(limits_->body_bytes, limits_->admitted_body_bytes))
    return std::unexpected(kBodyTooLarge);
  state_ = chunk_ == 0 ? ChunkState::kTrailerStart : ChunkState::kData;
  return {};
}

std::expected<void, RequestError> ChunkValidator::extension_step(char c) {
  if (c != '\r' && ++extensions_ > limits_->chunk_extension_bytes) return std::unexpected(kTooMuchExtension);
  const auto next = after_extension(c);
  if (!next) return std::unexpected(kBadChunk);
  state_ = *next;
  return {};
}

// The state after `c`, or nullopt if `c` may not follow here.
std::optional<ChunkValidator::ChunkState> ChunkValidator::after_extension(char c) const {
  const bool token = is(c, characters::kToken);
  switch (state_) {
    case ChunkState::kExtensionStart:
      return token ? std::optional(ChunkState::kExtensionName) : std::nullopt;
    case ChunkState::kExtensionValue:
      if (c == '"') return ChunkState::kExtensionQuoted;
      return token ? std::optional(ChunkState::kExtensionToken) : std::nullopt;
    case ChunkState::kExtensionQuoted:
      if (c == '\\') return ChunkState::kExtensionEscaped;
      if (c == '"') return ChunkState::kExtensionEnd;
      [[fallthrough]];
    case ChunkState::kExtensionEscaped:
      return is_quotable(c) ? std::optional(ChunkState::kExtensionQuoted) : std::nullopt;
    case ChunkState::kExtensionName:
      if (c == '=') return ChunkState::kExtensionValue;
      [[fallthrough]];
    case ChunkState::kExtensionToken:
      if (token) return state_;
      [[fallthrough]];
    default:  // after a size, or after an extension
      if (c == ';') return ChunkState::kExtensionStart;
      return c == '\r' ? std::optional(ChunkState::kSizeLf) : std::nullopt;
  }
}

// Checks line ends, folding, missing names and sizes of the trailer. llhttp checks names and values.
std::expected<void, RequestError> ChunkValidator::trailer_step(char c) {
  const bool at_start = state_ == ChunkState::kTrailerStart;
  if (c == '\r') {
    state_ = at_start ? ChunkState::kEndLf : ChunkState::kTrailerLf;
    return {};
  }
  if (c == '\n' || (at_start && (c == ' ' || c == '\t' || c == ':'))) return std::unexpected(kBadTrailer);
  if (at_start && ++trailers_count_ > limits_->headers_count) return std::unexpected(kTrailersTooLarge);
  if (++trailer_line_ > limits_->header_bytes || ++trailers_ > limits_->headers_bytes)
    return std::unexpected(kTrailersTooLarge);
  state_ = ChunkState::kTrailer;
  return {};
}

ChunkedBody::ChunkedBody(std::string_view head, const Limits& limits) : validator_(limits) {
  llhttp_init(&parser_, HTTP_REQUEST, &settings());
  parser_.data = this;
  llhttp_execute(&parser_, head.data(), head.size());
}

int ChunkedBody::on_head(llhttp_t* parser) {
  parser->upgrade = 0;  // no upgrade for a request with a body: read the body
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

std::expected<std::size_t, RequestError> ChunkedBody::feed(std::string_view bytes, std::string& body) {
  const auto validated = validator_.validate(bytes);
  out_ = &body;
  // llhttp gets only the validated bytes, and its error wins: so the result does not depend on how the bytes
  // were split.
  const llhttp_errno_t error = llhttp_execute(&parser_, bytes.data(), validator_.consumed());
  if (error != HPE_OK || done_ != validator_.is_done()) return std::unexpected(kBadChunk);
  if (!validated) return std::unexpected(validated.error());
  return validator_.consumed();
}

}  // namespace porchlight::http
