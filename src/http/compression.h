// Compression of responses: what a client accepts (RFC 9110 §12.5.3), and gzip itself (RFC 1952).
//
// Only responses that their handler marked are compressed (Response::compressible), because the size of a compressed
// text tells which of its parts repeat: a secret in the same body as text of an attacker's choice could be guessed
// (spec security §5). Streams are never compressed.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "http/message.h"

namespace porchlight::http {

// A body of at most so many bytes is sent as it is: it fits into one packet either way.
inline constexpr std::size_t kPlainBytesMax = 1024;

// How a client wants the body of a response.
enum class ContentCoding : std::uint8_t {
  kIdentity,    // as it is
  kGzip,        // gzip is preferred, or as welcome as the plain body
  kGzipAlways,  // gzip, also for a small body: the client refuses the plain one (`identity;q=0`)
};

// The coding that the Accept-Encoding fields ask for: gzip if it has a weight above 0 that is not below an explicit
// weight of identity. Without the field the body is sent as it is, and so it is if neither coding is acceptable, as
// RFC 9110 permits.
ContentCoding negotiate_coding(std::span<const HeaderField> fields);

// Negotiates with the last single field remembered: most clients send the same few values, and comparing one costs a
// fraction of parsing it.
class CodingNegotiator {
 public:
  // The longest value that is remembered.
  static constexpr std::size_t kRememberedBytesMax = 128;

  // The coding for the only Accept-Encoding field of a request.
  ContentCoding coding(std::string_view value);

 private:
  std::string value_;
  ContentCoding coding_ = ContentCoding::kIdentity;  // of value_
};

// Whether a compressible response with a body of so many bytes is sent compressed.
inline bool is_compressed(ContentCoding coding, std::size_t body_bytes) {
  return body_bytes > (coding == ContentCoding::kGzip ? kPlainBytesMax : 0) &&
         coding != ContentCoding::kIdentity;
}

// Begins the entity tag of a compressed response. It and the plain response are one resource but not the same bytes,
// which a strong tag would promise (RFC 9110 §8.8.3.3). If-None-Match compares weakly, so either tag matches.
inline constexpr std::string_view kWeakTag = "W/";

// Compresses the responses of a loop, one after the other, with one state of about 360 KiB. It is allocated for the
// first response and reused, so a connection costs nothing.
class GzipCompressor {
 public:
  GzipCompressor();
  ~GzipCompressor();
  GzipCompressor(const GzipCompressor&) = delete;
  GzipCompressor& operator=(const GzipCompressor&) = delete;

  // Replaces the body by its compressed form, adds Content-Encoding, and makes an ETag weak.
  void compress(Response& response);

  // Gives the memory of the last body back if it is more than so many bytes.
  void shrink(std::size_t retained_bytes);

 private:
  struct State;

  void compress_body(std::string_view body);

  std::unique_ptr<State> state_;  // null until the first response
  std::string compressed_;        // of the last response
};

}  // namespace porchlight::http
