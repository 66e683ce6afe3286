// Frames of HTTP/2 as a client sends and reads them, valid or not: the tests build each byte themselves.
#pragma once

#include <nghttp2/nghttp2.h>

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace porchlight::http {

enum class FrameType : std::uint8_t {
  kData = 0,
  kHeaders = 1,
  kPriority = 2,
  kRstStream = 3,
  kSettings = 4,
  kPushPromise = 5,
  kPing = 6,
  kGoAway = 7,
  kWindowUpdate = 8,
  kContinuation = 9,
};

inline constexpr std::uint8_t kEndStream = 1, kAck = 1, kEndHeaders = 4, kPadded = 8, kPriorityFlag = 0x20;
inline constexpr std::string_view kPreface = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

// A number in so many bytes, the highest first.
inline std::string number(std::uint64_t value, int bytes) {
  std::string out;
  for (int shift = 8 * (bytes - 1); shift >= 0; shift -= 8) out += static_cast<char>(value >> shift);
  return out;
}

inline std::string frame(FrameType type, std::uint8_t flags, std::uint32_t stream, std::string_view payload) {
  return number(payload.size(), 3) + static_cast<char>(type) + static_cast<char>(flags) + number(stream, 4) +
         std::string(payload);
}

inline std::string settings(std::string_view payload = "") {
  return frame(FrameType::kSettings, 0, 0, payload);
}
inline std::string setting(unsigned id, std::uint32_t value) { return number(id, 2) + number(value, 4); }
inline std::string ping(std::string_view payload = "12345678") {
  return frame(FrameType::kPing, 0, 0, payload);
}
inline std::string window_update(std::uint32_t stream, std::uint32_t bytes) {
  return frame(FrameType::kWindowUpdate, 0, stream, number(bytes, 4));
}
inline std::string rst_stream(std::uint32_t stream, std::uint32_t error = 8) {
  return frame(FrameType::kRstStream, 0, stream, number(error, 4));
}
inline std::string data(std::uint32_t stream, std::string_view bytes, std::uint8_t flags = 0) {
  return frame(FrameType::kData, flags, stream, bytes);
}

// An integer of HPACK with a prefix of seven bits (RFC 7541 §5.1).
inline std::string hpack_length(std::size_t length) {
  if (length < 127) return std::string(1, static_cast<char>(length));
  std::string out(1, '\x7f');
  for (length -= 127; length >= 128; length >>= 7) out += static_cast<char>(0x80 | (length & 0x7f));
  return out + static_cast<char>(length);
}

using Fields = std::vector<std::pair<std::string, std::string>>;

// A block of literal fields that are not indexed (RFC 7541 §6.2.2).
inline std::string block(const Fields& fields) {
  std::string out;
  for (const auto& [name, value] : fields)
    out += std::string(1, '\0') + hpack_length(name.size()) + name + hpack_length(value.size()) + value;
  return out;
}

inline Fields request_fields(std::string_view path, std::string_view method = "GET",
                             const Fields& more = {}) {
  Fields fields{{":method", std::string(method)},
                {":scheme", "http"},
                {":authority", "a"},
                {":path", std::string(path)}};
  fields.insert(fields.end(), more.begin(), more.end());
  return fields;
}

inline std::string headers(std::uint32_t stream, const Fields& fields,
                           std::uint8_t flags = kEndHeaders | kEndStream) {
  return frame(FrameType::kHeaders, flags, stream, block(fields));
}

// A whole request without a body.
inline std::string get2(std::uint32_t stream, std::string_view path, const Fields& more = {}) {
  return headers(stream, request_fields(path, "GET", more));
}
// The head of a request whose body follows.
inline std::string post2(std::uint32_t stream, std::string_view path, const Fields& more = {}) {
  return headers(stream, request_fields(path, "POST", more), kEndHeaders);
}

// A frame of the server.
struct ReceivedFrame {
  FrameType type;
  std::uint8_t flags = 0;
  std::uint32_t stream = 0;
  std::string payload;
  Fields fields;  // of HEADERS

  bool is(FrameType what, std::uint32_t on) const { return type == what && stream == on; }
  bool ends_stream() const { return (flags & kEndStream) != 0; }
  // The last four bytes of a RST_STREAM, or of what is before the text of a GOAWAY.
  std::uint32_t error() const {
    std::uint32_t code = 0;
    for (std::size_t i = type == FrameType::kGoAway ? 4 : 0, end = i + 4; i < end; ++i)
      code = code << 8 | static_cast<std::uint8_t>(payload.at(i));
    return code;
  }
  std::string field(std::string_view name) const {
    for (const auto& [key, value] : fields)
      if (key == name) return value;
    return "";
  }
};

// Splits what the server sent into frames, and decodes their fields.
class FrameReader {
 public:
  FrameReader() { nghttp2_hd_inflate_new(&inflater_); }
  ~FrameReader() {
    if (inflater_) nghttp2_hd_inflate_del(inflater_);
  }
  FrameReader(FrameReader&& other) noexcept
      : inflater_(std::exchange(other.inflater_, nullptr)), bytes_(std::move(other.bytes_)) {}
  FrameReader(const FrameReader&) = delete;
  FrameReader& operator=(const FrameReader&) = delete;

  void add(std::string_view bytes) { bytes_ += bytes; }
  // Whether there is a complete frame, which `out` then is.
  bool next(ReceivedFrame& out) {
    if (bytes_.size() < 9) return false;
    auto byte = [this](std::size_t at) {
      return static_cast<std::uint32_t>(static_cast<std::uint8_t>(bytes_[at]));
    };
    const std::size_t size = byte(0) << 16 | byte(1) << 8 | byte(2);
    if (bytes_.size() < 9 + size) return false;
    out = {static_cast<FrameType>(byte(3)),
           static_cast<std::uint8_t>(byte(4)),
           byte(5) << 24 | byte(6) << 16 | byte(7) << 8 | byte(8),
           bytes_.substr(9, size),
           {}};
    bytes_.erase(0, 9 + size);
    if (out.type == FrameType::kHeaders) out.fields = decode(out.payload);
    return true;
  }

 private:
  Fields decode(std::string_view bytes) {
    Fields fields;
    for (;;) {
      nghttp2_nv pair;
      int flags = 0;
      const ssize_t used = nghttp2_hd_inflate_hd2(
          inflater_, &pair, &flags, reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size(), 1);
      if (used < 0) return {};
      bytes.remove_prefix(static_cast<std::size_t>(used));
      if (flags & NGHTTP2_HD_INFLATE_EMIT)
        fields.emplace_back(std::string(reinterpret_cast<char*>(pair.name), pair.namelen),
                            std::string(reinterpret_cast<char*>(pair.value), pair.valuelen));
      if (flags & NGHTTP2_HD_INFLATE_FINAL) break;
    }
    nghttp2_hd_inflate_end_headers(inflater_);
    return fields;
  }

  nghttp2_hd_inflater* inflater_ = nullptr;
  std::string bytes_;
};

}  // namespace porchlight::http
