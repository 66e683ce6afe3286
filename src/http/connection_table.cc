#include "http/connection_table.h"

#include <algorithm>
#include <utility>

#include "base/check.h"

namespace porchlight::http {
namespace {

// How many connections are examined to close one of them.
constexpr std::size_t kEvictionCandidates = 256;

// The least is evicted first. A client that sends a request slowly or reads a response slowly has no right to a
// connection that another one needs, but an idle connection costs its client less.
auto eviction_rank(const Connection& connection) {
  return std::pair(!connection.is_idle(), connection.awaits_client_since());
}

}  // namespace

Connection& ConnectionTable::add(LoopContext& context, int fd, const Peer& peer, TlsContext* tls,
                                 bool proxy_header) {
  if (free_.empty()) {
    free_.push_back(static_cast<std::uint32_t>(slots_.size()));
    slots_.emplace_back();
  }
  const std::uint32_t index = free_.back();
  free_.pop_back();
  ConnectionSlot& slot = slots_[index];
  const std::uint64_t id = std::uint64_t{slot.generation} << 32 | index;
  slot.connection = std::make_unique<Connection>(context, id, fd, peer, tls, proxy_header);
  ++size_;
  return *slot.connection;
}

void ConnectionTable::remove(Connection& connection) {
  const auto index = static_cast<std::uint32_t>(connection.id());
  ConnectionSlot& slot = slots_[index];
  CHECK(slot.connection.get() == &connection);
  CHECK(size_ > 0u);
  slot.connection.reset();
  if (++slot.generation == 0) slot.generation = 1;
  free_.push_back(index);
  --size_;
}

Connection* ConnectionTable::find(std::uint64_t id) const {
  const std::uint64_t index = id & 0xFFFF'FFFF;
  if (index >= slots_.size() || slots_[index].generation != id >> 32) return nullptr;
  return slots_[index].connection.get();
}

// The hand goes round, so an attempt costs little, and the next one examines others.
Connection* ConnectionTable::best_to_evict() {
  Connection* best = nullptr;
  for (std::size_t n = std::min(slots_.size(), kEvictionCandidates); n > 0; --n) {
    Connection* const candidate = slots_[hand_++ % slots_.size()].connection.get();
    if (candidate == nullptr || candidate->awaits_client_since() == kNever) continue;
    if (best == nullptr || eviction_rank(*candidate) < eviction_rank(*best)) best = candidate;
  }
  return best;
}

}  // namespace porchlight::http
