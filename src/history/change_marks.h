// From which batches on the history has all changes of users, and how far it was at some times since. What was indexed
// before one of those times is forgotten by position, not by the times of events: these do not always ascend, and a
// position says exactly which delta links are still answered.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/time.h"
#include "history/timeline.h"

namespace porchlight::history {

// A value; for one thread.
class ChangeMarks {
 public:
  // All changes are known, from the first batch of each shard on.
  ChangeMarks() : marks_(1) {}
  // The changes after these batches are known.
  explicit ChangeMarks(const Positions& known_from) : marks_{{Time::min(), known_from}} {}

  // All changes after these batches are in the database.
  const Positions& known_from() const { return marks_.front().indexed; }
  // Notes how far the shards are indexed at `now`, if the last note is older than `every`. Returns whether it did.
  bool add(Time now, const Positions& indexed, Duration every);
  // Gives up the changes that were indexed before a noted time that is not after `time`. Returns whether it did.
  bool forget_before(Time time);
  // The changes of a shard are known after this batch only.
  void begin_at(std::uint32_t shard, std::uint64_t known_from);

  friend bool operator==(const ChangeMarks&, const ChangeMarks&) = default;

 private:
  struct Mark {
    Time at = Time::min();
    Positions indexed{};
    friend bool operator==(const Mark&, const Mark&) = default;
  };
  friend std::string encode_change_marks(const ChangeMarks& marks);
  friend std::optional<ChangeMarks> decode_change_marks(std::string_view bytes);

  std::vector<Mark> marks_;  // at least one; ascending
};

// nullopt if the bytes are malformed.
std::string encode_change_marks(const ChangeMarks& marks);
std::optional<ChangeMarks> decode_change_marks(std::string_view bytes);

}  // namespace porchlight::history
