// gzip by ISA-L's igzip: a fifth of zlib's time for the same bytes (docs/decisions/0010-compression.md).
#include "http/compression.h"

#include <isa-l/igzip_lib.h>

#include <array>
#include <optional>

#include "base/check.h"
#include "base/split.h"
#include "base/text.h"
#include "http/weight.h"

namespace porchlight::http {
namespace {

constexpr std::string_view kAcceptEncoding = "Accept-Encoding";
constexpr int kGzipLevel = 1;
// What a body that cannot be compressed takes beyond its own size: a header and a trailer, and a header for each
// stored block (RFC 1951 §3.2.4).
constexpr std::size_t kGzipFrameBytes = 10 + 8;
constexpr std::size_t kStoredBlockBytes = 65'535;
constexpr std::size_t kStoredHeaderBytes = 5;

// The weights of an Accept-Encoding, in thousandths; nullopt for a coding that it does not list.
struct AcceptedCodings {
  std::optional<int> gzip, identity, any;

  void add(std::string_view list) {
    for (const std::string_view entry : split(list, ',')) {
      const std::string_view name = trimmed(split_once(entry, ';').first);
      // x-gzip is the same coding (RFC 9110 §8.4.1.3).
      if (equals_ignore_case(name, "gzip") || equals_ignore_case(name, "x-gzip")) gzip = weight_of(entry);
      if (equals_ignore_case(name, "identity")) identity = weight_of(entry);
      if (name == "*") any = weight_of(entry);
    }
  }

  // `*` stands for the codings that are not listed.
  ContentCoding choice() const {
    const int gzip_weight = gzip.value_or(any.value_or(0));
    if (gzip_weight == 0) return ContentCoding::kIdentity;
    const std::optional<int> plain = identity ? identity : any;
    if (!plain) return ContentCoding::kGzip;
    if (*plain == 0) return ContentCoding::kGzipAlways;
    return gzip_weight >= *plain ? ContentCoding::kGzip : ContentCoding::kIdentity;
  }
};

}  // namespace

ContentCoding negotiate_coding(std::span<const HeaderField> fields) {
  AcceptedCodings accepted;
  for (const HeaderField& field : fields)
    if (same_name(field.name, kAcceptEncoding)) accepted.add(field.value);
  return accepted.choice();
}

ContentCoding CodingNegotiator::coding(std::string_view value) {
  if (value == value_) return coding_;
  const ContentCoding coding = negotiate_coding({{HeaderField{kAcceptEncoding, value}}});
  if (value.size() > kRememberedBytesMax) return coding;
  value_ = value;
  return coding_ = coding;
}

// The library initialises the stream for each body; what it needs beside is not read before it is written.
struct GzipCompressor::State {
  isal_zstream stream;
  std::array<std::uint8_t, ISAL_DEF_LVL1_DEFAULT> level_buffer;
};

GzipCompressor::GzipCompressor() = default;
GzipCompressor::~GzipCompressor() = default;

void GzipCompressor::compress(Response& response) {
  compress_body(response.body);
  response.body.swap(compressed_);
  response.add("Content-Encoding", "gzip");
  response.prefix_value("ETag", kWeakTag);
}

// Compresses into compressed_, in one call.
void GzipCompressor::compress_body(std::string_view body) {
  if (!state_) state_ = std::make_unique_for_overwrite<State>();
  isal_zstream& stream = state_->stream;
  ::isal_deflate_stateless_init(&stream);
  stream.level = kGzipLevel;
  stream.level_buf = state_->level_buffer.data();
  stream.level_buf_size = static_cast<std::uint32_t>(state_->level_buffer.size());
  stream.gzip_flag = IGZIP_GZIP;
  stream.end_of_stream = 1;
  stream.next_in = reinterpret_cast<std::uint8_t*>(const_cast<char*>(body.data()));
  stream.avail_in = static_cast<std::uint32_t>(body.size());
  const std::size_t blocks = body.size() / kStoredBlockBytes + 1;
  compressed_.resize_and_overwrite(body.size() + blocks * kStoredHeaderBytes + kGzipFrameBytes,
                                   [&](char* out, std::size_t size) {
                                     stream.next_out = reinterpret_cast<std::uint8_t*>(out);
                                     stream.avail_out = static_cast<std::uint32_t>(size);
                                     const int outcome = ::isal_deflate_stateless(&stream);
                                     CHECK(outcome == COMP_OK);
                                     return size - stream.avail_out;
                                   });
}

void GzipCompressor::shrink(std::size_t retained_bytes) {
  if (compressed_.capacity() > retained_bytes) std::string().swap(compressed_);
}

}  // namespace porchlight::http
