// Says on stderr how far a long start is.
#pragma once

#include <condition_variable>
#include <mutex>
#include <thread>

#include "state/view.h"

namespace porchlight::node {

// From its making to its end, every two seconds: nothing is said of a quick start.
class StartProgress {
 public:
  explicit StartProgress(const state::View& view);
  ~StartProgress();

 private:
  void run();

  const state::View& view_;
  std::mutex mutex_;
  std::condition_variable end_;
  bool ended_ = false;  // guarded by mutex_
  std::thread thread_;
};

}  // namespace porchlight::node
