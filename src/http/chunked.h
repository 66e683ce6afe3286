// A chunked body: llhttp decodes it, and a guard that walks the same bytes first vetoes what security asks to
// be refused: sizes other than 1 to 8 hex digits, bare CR or LF, folded trailers, too much of anything.
//
//   chunk   = 1*8HEXDIG *( ";" token [ "=" ( token / quoted-string ) ] ) CRLF data CRLF
//   body    = *chunk last-chunk *( trailer-line CRLF ) CRLF
#pragma once

#include <llhttp.h>

#include <cstdint>
#include <expected>
#include <optional>
#include <string>
#include <string_view>

#include "http/limits.h"
#include "http/request_error.h"

namespace porchlight::http {

class ChunkValidator {
 public:
  explicit ChunkValidator(const Limits& limits) : limits_(&limits) {}

  // Walks `bytes`. passed() tells how many of them are good: all, or up to the end of the body, or up to
  // where the fault is.
  std::expected<void, RequestError> validate(std::string_view bytes);
  std::size_t consumed() const { return consumed_; }
  bool is_done() const { return state_ == ChunkState::kDone; }

 private:
  enum class ChunkState : std::uint8_t {
    kSize,
    kExtensionStart,
    kExtensionName,
    kExtensionValue,
    kExtensionToken,
    kExtensionQuoted,
    kExtensionEscaped,
    kExtensionEnd,
    kSizeLf,
    kData,
    kDataCr,
    kDataLf,
    kTrailerStart,
    kTrailer,
    kTrailerLf,
    kEndLf,
    kDone,
  };

  std::expected<void, RequestError> step(char c);
  std::expected<void, RequestError> size_step(char c);
  std::expected<void, RequestError> extension_step(char c);
  std::optional<ChunkState> after_extension(char c) const;
  std::expected<void, RequestError> trailer_step(char c);
  std::expected<void, RequestError> begin_chunk();
  std::expected<void, RequestError> expect(char c, char wanted, ChunkState next);

  const Limits* limits_;
  ChunkState state_ = ChunkState::kSize;
  std::uint8_t digits_ = 0;
  std::size_t chunk_ = 0;  // the size being read; then what is left of the data
  std::size_t body_ = 0;
  std::size_t extensions_ = 0;
  std::size_t trailers_ = 0;
  std::size_t trailer_line_ = 0;
  std::size_t trailers_count_ = 0;
  std::size_t consumed_ = 0;
};

class ChunkedBody {
 public:
  // `head`: the head this body belongs to, from which llhttp learns what to expect.
  ChunkedBody(std::string_view head, const Limits& limits);
  ChunkedBody(const ChunkedBody&) = delete;
  ChunkedBody& operator=(const ChunkedBody&) = delete;

  // Takes in what `bytes` hold of the body, appends the data to `body`, and gives how many bytes it was.
  std::expected<std::size_t, RequestError> feed(std::string_view bytes, std::string& body);
  bool is_done() const { return done_; }

 private:
  static int on_head(llhttp_t* parser);
  static int on_body(llhttp_t* parser, const char* at, std::size_t length);
  static int on_done(llhttp_t* parser);
  static const llhttp_settings_t& settings();

  ChunkValidator validator_;
  llhttp_t parser_;
  std::string* out_ = nullptr;
  bool done_ = false;
};

}  // namespace porchlight::http
