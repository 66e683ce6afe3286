// Splitting comes before decoding, so an escaped slash cannot make a segment; it is rejected instead.
#include "graph/wire/path.h"

#include <simdjson.h>

#include "base/percent.h"

namespace porchlight::graph {
namespace {

// The position of `('` in `users('id')`; npos if the segment has no key. Quotes inside a key are written twice
// (OData 4.01, part 2 §5.1); they are not joined here.
std::size_t key_start(std::string_view segment) {
  if (!segment.ends_with("')")) return std::string_view::npos;
  const std::size_t open = segment.find("('");
  return open == 0 || open + 4 > segment.size() ? std::string_view::npos : open;
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
  if (text.empty()) return false;
  const std::size_t open = key_start(text);
  if (open == std::string_view::npos) return push(segment);
  Segment name = segment, key = segment;
  name.raw = raw.substr(0, std::min(open, raw.size()));
  name.length = open;
  const std::size_t key_length = text.size() - open - 4;
  if (!segment.escaped) key.raw = raw.substr(open + 2, key_length);
  key.offset += open + 2;
  key.length = key_length;
  return push(name) && push(key);
}

std::optional<RequestPath> RequestPath::parse(std::string_view path) {
  RequestPath parsed;
  if (path.empty() || path.front() != '/') return std::nullopt;
  if (path.find('\\') != std::string_view::npos || path.find('\0') != std::string_view::npos)
    return std::nullopt;
  path.remove_prefix(1);
  while (!path.empty()) {
    const std::size_t slash = path.find('/');
    if (!parsed.add(path.substr(0, slash))) return std::nullopt;
    if (slash == std::string_view::npos) break;
    path.remove_prefix(slash + 1);
  }
  return parsed;
}

}  // namespace porchlight::graph
