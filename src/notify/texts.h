// Texts that many have in common: each is kept once, for as long as somebody has it.
#pragma once

#include <absl/container/btree_map.h>

#include <algorithm>
#include <cstddef>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>

namespace porchlight::notify {

using Text = std::shared_ptr<const std::string>;

// Any thread.
class Texts {
 public:
  Text keep(std::string_view text) {
    const std::scoped_lock lock(mutex_);
    const auto found = kept_.find(text);
    if (found != kept_.end()) {
      if (Text kept = found->second.lock()) return kept;
      kept_.erase(found);
    }
    if (kept_.size() >= sweep_at_) sweep();
    const auto made = std::make_shared<const std::string>(text);
    kept_.emplace(std::string(text), made);
    return made;
  }

 private:
  static constexpr std::size_t kSweepMin = 64;

  // Forgets what nobody has any more; each time half of what there is may have come since the last.
  void sweep() {
    absl::erase_if(kept_, [](const auto& kept) { return kept.second.expired(); });
    sweep_at_ = std::max(kSweepMin, 2 * kept_.size());
  }

  std::mutex mutex_;
  absl::btree_map<std::string, std::weak_ptr<const std::string>, std::less<>> kept_;  // guarded by mutex_
  std::size_t sweep_at_ = kSweepMin;                                                  // guarded by mutex_
};

}  // namespace porchlight::notify
