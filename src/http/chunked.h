// Chunked request bodies. llhttp decodes them; a validator reads the same bytes first and refuses what llhttp
// lets through: sizes other than 1 to 8 hex digits, bare CR or LF, folded trailers, and anything over a limit
// (spec security §5).
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

// Checks the framing of one body, which may arrive in any number of pieces.
class ChunkValidator {
 public:
  // `limits` must outlive the validator.
  explicit ChunkValidator(const Limits& limits) : limits_(&limits) {}

  // Checks the next `bytes`. Returns the first error.
  std::expected<void, RequestError> validate(std::string_view bytes);
  // How many bytes of the last call are valid: all of them, or those up to the end of the body or up to the
  // error.
  std::size_t consumed() const { return consumed_; }
  // Whether the body has ended.
  bool is_done() const { return state_ == ChunkState::kDone; }

 private:
  // The part of the grammar that comes next.
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
  std::size_t chunk_ = 0;         // the size while it is read, then the bytes that remain
  std::size_t body_ = 0;          // the sizes of all chunks so far
  std::size_t extensions_ = 0;    // bytes of all extensions
  std::size_t trailers_ = 0;      // bytes of all trailers
  std::size_t trailer_line_ = 0;  // bytes of the current trailer
  std::size_t trailers_count_ = 0;
  std::size_t consumed_ = 0;  // of the last call
};

// Validates and decodes one body. Pinned: llhttp's parser points back to it.
class ChunkedBody {
 public:
  // `head`: the bytes of the request's head, from which llhttp takes the framing.
  ChunkedBody(std::string_view head, const Limits& limits);
  ChunkedBody(const ChunkedBody&) = delete;
  ChunkedBody& operator=(const ChunkedBody&) = delete;

  // Reads the part of the body in `bytes` and appends its data to `body`. Returns how many bytes were used.
  std::expected<std::size_t, RequestError> feed(std::string_view bytes, std::string& body);
  // Whether the body has ended.
  bool is_done() const { return done_; }

 private:
  // llhttp's callbacks.
  static int on_head(llhttp_t* parser);
  static int on_body(llhttp_t* parser, const char* at, std::size_t length);
  static int on_done(llhttp_t* parser);
  static const llhttp_settings_t& settings();

  ChunkValidator validator_;
  llhttp_t parser_;
  std::string* out_ = nullptr;  // where the data goes during feed()
  bool done_ = false;
};

}  // namespace porchlight::http
