// Logs how far a long start has come, as a warning: commands log nothing below that.
#pragma once

#include <cstdint>
#include <functional>
#include <thread>

#include "base/mutex.h"
#include "state/view.h"

namespace porchlight::node {

// Called on a thread of its own.
using StartObserver = std::function<void(std::uint32_t shards_begun)>;

// Writes a line every two seconds while it exists, from a thread of its own; a quick start writes none.
class StartProgress {
 public:
  // `view` must outlive it. `observe`, if it is not empty, is called before each line, with the number of shards that
  // have been started or done, of state::kShards.
  explicit StartProgress(const state::View& view, StartObserver observe);
  ~StartProgress();

 private:
  void run();

  const state::View& view_;
  const StartObserver observe_;
  Mutex mutex_;
  CondVar end_;
  bool ended_ ABSL_GUARDED_BY(mutex_) = false;
  std::thread thread_;
};

}  // namespace porchlight::node
