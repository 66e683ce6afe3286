#include "history/change_marks.h"

#include <algorithm>

#include "log/event_codec.h"

namespace porchlight::history {

// If the clock went back, a mark of a time to come counts as one of now: it was reached by now.
bool ChangeMarks::add(Time now, const Positions& indexed, Duration every) {
  for (Mark& mark : marks_) mark.at = std::min(mark.at, now);
  if (now < marks_.back().at + every) return false;
  marks_.push_back({now, indexed});
  return true;
}

bool ChangeMarks::forget_before(Time time) {
  const auto kept = std::ranges::upper_bound(marks_, time, {}, &Mark::at);
  if (kept - marks_.begin() < 2) return false;
  marks_.erase(marks_.begin(), kept - 1);
  return true;
}

void ChangeMarks::begin_at(std::uint32_t shard, std::uint64_t known_from) {
  for (Mark& mark : marks_) mark.indexed[shard] = known_from;
}

std::string encode_change_marks(const ChangeMarks& marks) {
  std::string bytes;
  ByteWriter out(bytes);
  out.varint(marks.marks_.size());
  for (const ChangeMarks::Mark& mark : marks.marks_) {
    log::append_time(out, mark.at);
    for (const std::uint64_t seq : mark.indexed) out.varint(seq);
  }
  return bytes;
}

std::optional<ChangeMarks> decode_change_marks(std::string_view bytes) {
  ByteReader in(bytes);
  ChangeMarks marks;
  marks.marks_.clear();
  for (std::uint64_t left = in.varint(); left > 0 && in.ok(); --left) {
    ChangeMarks::Mark& mark = marks.marks_.emplace_back();
    mark.at = log::read_time(in);
    for (std::uint64_t& seq : mark.indexed) seq = in.varint();
  }
  if (!in.ok() || !in.at_end() || marks.marks_.empty()) return std::nullopt;
  return marks;
}

}  // namespace porchlight::history
