#include "server/request_log.h"

#include <algorithm>
#include <utility>

namespace porchlight::server {

void RequestLog::add(RequestEntry entry) {
  const MutexLock lock(mutex_);
  remove_ended();
  entry.at = clock_.wall();
  for (auto& [tenant, watch] : watches_) {
    if (!tenant.is_nil() && tenant != entry.tenant) continue;
    if (watch.entries.size() == kRequestsKept) watch.entries.pop_front();
    watch.entries.push_back(entry);
  }
}

std::vector<RequestEntry> RequestLog::look(const Guid& tenant) {
  const MutexLock lock(mutex_);
  remove_ended();
  if (watches_.size() == kRequestWatchesMax && !watches_.contains(tenant))
    watches_.erase(
        std::ranges::min_element(watches_, {}, [](const auto& watch) { return watch.second.until; }));
  RequestWatch& watch = watches_[tenant];
  watch.until = clock_.steady() + kRequestsWatched;
  is_on_.store(true, std::memory_order_relaxed);
  return {watch.entries.rbegin(), watch.entries.rend()};
}

void RequestLog::remove_ended() {
  const SteadyTime now = clock_.steady();
  std::erase_if(watches_, [&](const auto& watch) { return watch.second.until <= now; });
  if (watches_.empty()) is_on_.store(false, std::memory_order_relaxed);
}

}  // namespace porchlight::server
