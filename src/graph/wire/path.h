// A request path as segments. Percent-encoding is decoded exactly once, keys in parentheses become segments of their
// own (`users('id')` is `users`, `id`; a quote in a key is written twice), several slashes count as one, and ambiguous
// spellings are rejected.
#pragma once

#include <array>
#include <cstdint>
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
  std::string_view operator[](std::size_t i) const { return text(segments_[i]); }
  // Whether the segment was a key in parentheses. A key never names a resource: `users('$count')` is a user.
  bool is_key(std::size_t i) const { return segments_[i].is_key; }

 private:
  // A part of path_, or of decoded_ if it has escapes or is a key. Without initializers, so that those which are not
  // used cost nothing.
  struct Segment {
    std::uint32_t begin;
    std::uint32_t length;
    bool is_decoded;
    bool is_key;
  };
  std::string_view text(const Segment& segment) const {
    return {(segment.is_decoded ? decoded_.data() : path_.data()) + segment.begin, segment.length};
  }
  // Reads a path; see parse(). Returns false if it is malformed.
  bool read(std::string_view path);
  // Adds the text between two slashes: one segment, or two if it has a key. Returns false if it is malformed.
  bool add(std::string_view raw);
  // The same for a text without escape and key.
  bool add_plain(std::string_view raw) { return push({begin_of(raw), length_of(raw), false, false}); }
  // Adds a segment. Returns false for a dot segment or one too many.
  bool push(const Segment& segment);
  // The place in path_ of a view into it, and the length of any text.
  std::uint32_t begin_of(std::string_view raw) const {
    return static_cast<std::uint32_t>(raw.data() - path_.data());
  }
  static std::uint32_t length_of(std::string_view text) { return static_cast<std::uint32_t>(text.size()); }

  std::string_view path_;
  std::array<Segment, kSegmentsMax> segments_;
  std::size_t size_ = 0;
  std::string decoded_;
};

}  // namespace porchlight::graph
