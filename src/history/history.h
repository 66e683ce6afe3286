// What the log says of the past: what a person's record was at any time within the retention. One thread of
// its own reads the logs into a database (archive.h) and answers from it.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <deque>
#include <expected>
#include <filesystem>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <thread>
#include <vector>

#include "base/clock.h"
#include "history/fault.h"
#include "history/past.h"
#include "log/shard_log.h"
#include "state/view.h"

namespace porchlight::history {

class Archive;

// Questions that may wait before new ones are refused.
inline constexpr std::size_t kQuestionsMax = 256;
// Changes that one answer of past() holds; fewer where they are large.
inline constexpr std::size_t kChangesMax = 5000;

class History {
 public:
  template <typename T>
  using Answer = std::move_only_function<void(std::expected<T, Fault>)>;
  using Records = std::vector<std::optional<presence::Record>>;

  // Keeps what is younger than `retention` in `dir`, which it makes. `logs` has one log per shard. All must
  // outlive it.
  History(std::filesystem::path dir, Duration retention, const Clock& clock, const state::View& view,
          std::vector<log::ShardLog*> logs);
  // Refuses what waits. Nothing may be asked any more.
  ~History();

  // The record of each person as a read at `at` would have found it, by all that happened until then and was
  // acknowledged before the question; nothing for those who were not there. `answer` is called once, on any
  // thread.
  void records_at(std::vector<state::UserKey> people, Time at, Answer<Records> answer);
  // A person's past in [from, until), or the beginning of it where it is long.
  void past(const state::UserKey& person, Time from, Time until, Answer<Past> answer);

  // Who of the tenant changed after the change with number `known` of that generation, by all that was
  // acknowledged before the question. kForgotten where that cannot be told any more: read everybody again.
  void changes_after(const Guid& tenant, std::uint64_t generation, std::uint64_t known,
                     Answer<Changes> answer);

  // Up to where a shard's log was read: what comes after it must not be forgotten.
  std::uint64_t indexed(std::uint32_t shard) const;

 private:
  // Called with the archive, or with nothing where the question is refused.
  using Question = std::move_only_function<void(Archive*, Refusal)>;

  void ask(Question question);
  void run();
  bool wait_for_question(std::chrono::steady_clock::time_point until, std::optional<Question>& question);

  const std::unique_ptr<Archive> archive_;  // the thread's own, except indexed()
  std::mutex mutex_;
  std::condition_variable asked_;
  std::deque<Question> questions_;  // guarded by mutex_
  bool is_stopping_ = false;        // guarded by mutex_
  std::thread thread_;
};

}  // namespace porchlight::history
