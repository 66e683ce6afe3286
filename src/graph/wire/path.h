// A request path as segments: decoded once, keys in parentheses split off, hostile spellings refused.
#pragma once

#include <array>
#include <optional>
#include <string>
#include <string_view>

namespace porchlight::graph {

// The deepest path of the dialect has seven: communications('x') forms count as two.
inline constexpr std::size_t kSegmentsMax = 12;

// Views into the path, or into `decoded` where an escape had to be undone.
class RequestPath {
 public:
  // Nothing where the path is malformed: a broken escape, %00, an escaped '/' or '\', a dot segment, text
  // that is not UTF-8, an empty segment before the last, or more than kSegmentsMax segments (spec security
  // §3).
  static std::optional<RequestPath> parse(std::string_view path);

  std::size_t size() const { return size_; }
  std::string_view operator[](std::size_t i) const { return decoded(segments_[i]); }

 private:
  // A segment lies in the path itself, or, where an escape had to be undone, in decoded_ (which may move).
  struct Segment {
    std::string_view raw;
    std::size_t offset = 0;
    std::size_t length = 0;
    bool escaped = false;
  };
  std::string_view decoded(const Segment& segment) const {
    return segment.escaped ? std::string_view(decoded_).substr(segment.offset, segment.length) : segment.raw;
  }
  bool add(std::string_view raw);
  bool push(const Segment& segment);
  std::array<Segment, kSegmentsMax> segments_;
  std::size_t size_ = 0;
  std::string decoded_;
};

}  // namespace porchlight::graph
