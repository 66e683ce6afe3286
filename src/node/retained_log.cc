#include "node/retained_log.h"

#include <algorithm>

#include "node/log_order.h"

namespace porchlight::node {

void RetainedLog::append(const log::Batch& batch, std::uint64_t expected_last, AppendCallback done) {
  events_count_.fetch_add(batch.events.size(), std::memory_order_relaxed);
  inner_.append(batch, expected_last, std::move(done));
}

std::expected<void, log::Unavailable> RetainedLog::trim(std::uint64_t upto) {
  const auto first_young = first_batch_at(inner_, std::max(clock_.wall() - retention_, keep_from_.load()));
  if (!first_young) return std::unexpected(first_young.error());
  const std::uint64_t old = std::min({upto, *first_young - 1, read_upto_()});
  if (old == 0) return {};
  return inner_.trim(old);
}

}  // namespace porchlight::node
