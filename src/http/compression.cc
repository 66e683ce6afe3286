// The state of deflate is reset and not freed between two responses: allocating it costs as much as compressing 20 KB.
#include "http/compression.h"

#include <zlib.h>

#include <algorithm>
#include <optional>

#include "base/split.h"
#include "base/text.h"
#include "http/weight.h"

namespace porchlight::http {
namespace {

constexpr std::string_view kAcceptEncoding = "Accept-Encoding";
// windowBits of zlib: the largest window, 32 KiB, and 16 for the format of gzip instead of zlib's own.
constexpr int kGzipWindow = 15 + 16;

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

GzipCompressor::GzipCompressor() = default;

GzipCompressor::~GzipCompressor() {
  if (stream_) ::deflateEnd(stream_.get());
}

void GzipCompressor::compress(Response& response) {
  if (!deflate_body(response.body)) return;
  response.body.swap(compressed_);
  response.add("Content-Encoding", "gzip");
  response.prefix_value("ETag", kWeakTag);
}

// Compresses into compressed_, in one call of deflate: deflateBound() is enough for any input.
bool GzipCompressor::deflate_body(std::string_view body) {
  if (!stream_) {
    auto stream = std::make_unique<z_stream_s>();
    if (::deflateInit2(stream.get(), kGzipLevel, Z_DEFLATED, kGzipWindow, kGzipMemoryLevel,
                       Z_DEFAULT_STRATEGY) != Z_OK)
      return false;
    stream_ = std::move(stream);
  }
  ::deflateReset(stream_.get());
  stream_->next_in = reinterpret_cast<Bytef*>(const_cast<char*>(body.data()));
  stream_->avail_in = static_cast<uInt>(body.size());
  int outcome = Z_OK;
  compressed_.resize_and_overwrite(::deflateBound(stream_.get(), body.size()),
                                   [&](char* out, std::size_t size) {
                                     stream_->next_out = reinterpret_cast<Bytef*>(out);
                                     stream_->avail_out = static_cast<uInt>(size);
                                     outcome = ::deflate(stream_.get(), Z_FINISH);
                                     return size - stream_->avail_out;
                                   });
  return outcome == Z_STREAM_END;
}

void GzipCompressor::shrink(std::size_t retained_bytes) {
  if (compressed_.capacity() > retained_bytes) std::string().swap(compressed_);
}

}  // namespace porchlight::http
