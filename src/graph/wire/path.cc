// Splitting comes before decoding, so an escaped slash cannot make a segment; it is rejected instead. Keys are read
// here only, so every route, batch step and subscription resource takes the same spellings of them.
#include "graph/wire/path.h"

#include <simdjson.h>

#include <limits>

#include "base/byte_blocks.h"
#include "base/filter_lexer.h"
#include "base/percent.h"
#include "base/split.h"

namespace porchlight::graph {
namespace {

// The parts of `users('o''brien@contoso.com')`.
struct KeyedSegment {
  std::size_t name_length;
  std::string key;  // without its quotes
};

// Returns nullopt if the segment has no key, or if a quote in it is not written twice.
std::optional<KeyedSegment> split_key(std::string_view segment) {
  std::size_t at = segment.find("('");
  if (at == 0 || at == std::string_view::npos) return std::nullopt;
  KeyedSegment keyed{at, {}};
  at += 2;
  auto key = read_odata_string(segment, at);
  if (!key || segment.substr(at) != ")") return std::nullopt;
  keyed.key = *std::move(key);
  return keyed;
}

}  // namespace

bool RequestPath::push(const Segment& segment) {
  if (size_ == kSegmentsMax) return false;
  const std::string_view added = text(segment);
  if (added.size() <= 2 && (added == "." || added == "..")) return false;
  segments_[size_++] = segment;
  return true;
}

// The key is split off the decoded text, so an escaped quote or parenthesis delimits it too.
bool RequestPath::add(std::string_view raw) {
  Segment segment{begin_of(raw), length_of(raw), false, false};
  if (raw.find('%') != std::string_view::npos) {
    segment = {length_of(decoded_), 0, true, false};
    if (!percent_decode(raw, false, decoded_)) return false;
    segment.length = length_of(decoded_) - segment.begin;
    const std::string_view decoded = text(segment);
    if (decoded.find_first_of("/\\") != std::string_view::npos) return false;
    if (!simdjson::validate_utf8(decoded.data(), decoded.size())) return false;
  }
  const auto keyed = split_key(text(segment));
  if (!keyed) return push(segment);
  segment.length = static_cast<std::uint32_t>(keyed->name_length);
  const Segment key{length_of(decoded_), length_of(keyed->key), true, true};
  decoded_ += keyed->key;
  return push(segment) && push(key);
}

bool RequestPath::read(std::string_view path) {
  if (path.empty() || path.front() != '/' || path.size() > std::numeric_limits<std::uint32_t>::max())
    return false;
  const bool is_special = any_byte(
      path, [](ByteBlock bytes) { return (bytes == '%') | (bytes == '(') | (bytes == '\\') | (bytes == 0); });
  if (is_special && path.find_first_of(std::string_view("\\\0", 2)) != path.npos) return false;
  path_ = path;
  path.remove_prefix(1);
  for (const std::string_view segment : split(path, '/')) {
    // Scripts join a base that ends with a slash and a path that begins with one; Graph serves the result.
    if (segment.empty()) continue;
    if (!(is_special ? add(segment) : add_plain(segment))) return false;
  }
  return true;
}

std::optional<RequestPath> RequestPath::parse(std::string_view path) {
  std::optional<RequestPath> parsed(std::in_place);
  if (!parsed->read(path)) parsed.reset();
  return parsed;
}

}  // namespace porchlight::graph
