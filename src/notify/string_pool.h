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

using InternedString = std::shared_ptr<const std::string>;

// Any thread.
class StringPool {
 public:
  InternedString intern(std::string_view text) {
    const std::scoped_lock lock(mutex_);
    const auto found = strings_.find(text);
    if (found != strings_.end()) {
      if (InternedString kept = found->second.lock()) return kept;
      strings_.erase(found);
    }
    if (strings_.size() >= sweep_at_) sweep();
    const auto made = std::make_shared<const std::string>(text);
    strings_.emplace(std::string(text), made);
    return made;
  }

 private:
  static constexpr std::size_t kSweepMin = 64;

  // Forgets what nobody has any more; each time half of what there is may have come since the last.
  void sweep() {
    absl::erase_if(strings_, [](const auto& kept) { return kept.second.expired(); });
    sweep_at_ = std::max(kSweepMin, 2 * strings_.size());
  }

  std::mutex mutex_;
  absl::btree_map<std::string, std::weak_ptr<const std::string>, std::less<>> strings_;  // guarded by mutex_
  std::size_t sweep_at_ = kSweepMin;                                                     // guarded by mutex_
};

}  // namespace porchlight::notify
