// A request path as segments. Percent-encoding is decoded exactly once, keys in parentheses become segments of their
// own (`users('id')` is `users`, `id`; a quote in a key is written twice), several slashes count as one, and ambiguous
// spellings are rejected.
#pragma once

#include <array>
#include <optional>
#include <string>
#include <string_view>

namespace porchlight::graph {

// Most segments of a path. The deepest route has seven; a segment with a key counts as two.
inline constexpr std::size_t kSegmentsMax = 12;

// Views into the path that was parsed, which must outlive it, or into its own buffer where an escape was decoded.
class RequestPath {
 public:
  // Returns nullopt if the path is malformed: a broken escape, %00, an escaped '/' or '\', a dot segment, text that
  // is not UTF-8, or more than kSegmentsMax segments (spec security §3).
  static std::optional<RequestPath> parse(std::string_view path);

  // Number of segments.
  std::size_t size() const { return size_; }
  // A decoded segment; valid until the path is moved or destroyed.
  std::string_view operator[](std::size_t i) const { return decoded(segments_[i]); }
  // Whether the segment was a key in parentheses. A key never names a resource: `users('$count')` is a user.
  bool is_key(std::size_t i) const { return segments_[i].is_key; }

 private:
  // A segment without escapes is a view into the path. One with escapes, or a key, is an offset into decoded_, since
  // decoded_ may reallocate while later segments are added.
  struct Segment {
    std::string_view raw;
    std::size_t offset = 0;
    std::size_t length = 0;
    bool escaped = false;
    bool is_key = false;
  };
  std::string_view decoded(const Segment& segment) const {
    return segment.escaped ? std::string_view(decoded_).substr(segment.offset, segment.length) : segment.raw;
  }
  // Adds the text between two slashes: one segment, or two if it has a key. Returns false if it is malformed.
  bool add(std::string_view raw);
  // Adds a segment. Returns false for a dot segment or one too many.
  bool push(const Segment& segment);
  std::array<Segment, kSegmentsMax> segments_;
  std::size_t size_ = 0;
  std::string decoded_;
};

}  // namespace porchlight::graph
