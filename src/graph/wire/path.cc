// Splitting comes before decoding, so an escaped slash cannot make a segment; it is rejected instead. Keys are read
// here only, so every route, batch step and subscription resource takes the same spellings of them.
#include "graph/wire/path.h"

#include <simdjson.h>

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
  const std::string_view text = decoded(segment);
  if (text == "." || text == "..") return false;
  segments_[size_++] = segment;
  return true;
}

// The key is split off the decoded text, so an escaped quote or parenthesis delimits it too.
bool RequestPath::add(std::string_view raw) {
  Segment segment{.raw = raw};
  if (raw.find('%') != std::string_view::npos) {
    segment.escaped = true;
    segment.offset = decoded_.size();
    if (!percent_decode(raw, false, decoded_)) return false;
    segment.length = decoded_.size() - segment.offset;
    const std::string_view text = decoded(segment);
    if (text.find_first_of("/\\") != std::string_view::npos) return false;
    if (!simdjson::validate_utf8(text.data(), text.size())) return false;
  }
  const std::string_view text = decoded(segment);
  const auto keyed = split_key(text);
  if (!keyed) return push(segment);
  Segment name = segment;
  name.raw = raw.substr(0, std::min(keyed->name_length, raw.size()));
  name.length = keyed->name_length;
  const Segment key{
      .raw = {}, .offset = decoded_.size(), .length = keyed->key.size(), .escaped = true, .is_key = true};
  decoded_ += keyed->key;
  return push(name) && push(key);
}

std::optional<RequestPath> RequestPath::parse(std::string_view path) {
  RequestPath parsed;
  if (path.empty() || path.front() != '/') return std::nullopt;
  if (path.find('\\') != std::string_view::npos || path.find('\0') != std::string_view::npos)
    return std::nullopt;
  path.remove_prefix(1);
  for (const std::string_view segment : split(path, '/')) {
    // Scripts join a base that ends with a slash and a path that begins with one; Graph serves the result.
    if (!segment.empty() && !parsed.add(segment)) return std::nullopt;
  }
  return parsed;
}

}  // namespace porchlight::graph
