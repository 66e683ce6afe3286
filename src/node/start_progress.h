// Logs how far a long start has come, as a warning: commands log nothing below that.
#pragma once

#include <thread>

#include "base/mutex.h"
#include "state/view.h"

namespace porchlight::node {

// Writes a line every two seconds while it exists, from a thread of its own; a quick start writes none.
class StartProgress {
 public:
  // `view` must outlive it.
  explicit StartProgress(const state::View& view);
  ~StartProgress();

 private:
  void run();

  const state::View& view_;
  Mutex mutex_;
  CondVar end_;
  bool ended_ ABSL_GUARDED_BY(mutex_) = false;
  std::thread thread_;
};

}  // namespace porchlight::node
