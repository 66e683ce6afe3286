#include "cluster/heartbeats.h"

#include <xxhash.h>

#include <algorithm>

#include "base/bytes.h"

namespace porchlight::cluster {
namespace {

constexpr std::uint8_t kFormat = 1;
constexpr std::size_t kNameBytesMax = 64;
constexpr std::string_view kSubject = "beat";

// The weight of a node for a shard: the owner is the live node with the greatest (rendezvous hashing), so that a node
// which comes or goes moves only its own shards.
std::uint64_t weight(const NodeName& node, std::uint32_t shard) {
  return XXH64(node.data(), node.size(), shard);
}

}  // namespace

std::string encode_heartbeat(const Heartbeat& beat) {
  std::string bytes;
  ByteWriter out(bytes);
  out.fixed(kFormat);
  out.text(beat.node);
  out.fixed(static_cast<std::int64_t>(beat.wall.time_since_epoch().count()));
  for (const std::uint64_t seq : beat.positions) out.varint(seq);
  return bytes;
}

std::optional<Heartbeat> decode_heartbeat(std::string_view bytes) {
  ByteReader in(bytes);
  if (in.fixed<std::uint8_t>() != kFormat) return std::nullopt;
  Heartbeat beat;
  beat.node = in.text(kNameBytesMax);
  beat.wall = Time(Duration(in.fixed<std::int64_t>()));
  for (std::uint64_t& seq : beat.positions) seq = in.varint();
  if (!in.at_end() || beat.node.empty()) return std::nullopt;
  return beat;
}

Heartbeats::Heartbeats(NodeName self, const state::View& view, Messages& messages, const Clock& clock,
                       HeartbeatListener& listener)
    : self_(std::move(self)),
      view_(view),
      messages_(messages),
      clock_(clock),
      listener_(listener),
      connected_at_(clock.steady()) {
  messages_.listen(kSubject, [this](Message& message) { receive(message.bytes); });
}

void Heartbeats::beat() {
  const SteadyTime now = clock_.steady();
  Heartbeat beat{self_, clock_.wall(), {}};
  for (std::uint32_t shard = 0; shard < state::kShards; ++shard)
    beat.positions[shard] = view_.position(shard).seq;
  std::size_t gone = 0;
  {
    const MutexLock lock(mutex_);
    if (messages_.connected()) connected_at_ = now;
    gone = std::erase_if(peers_, [&](const auto& each) { return !is_live(each.second, now); });
    for (std::uint32_t shard = 0; shard < state::kShards; ++shard)
      if (beat.positions[shard] >= behind_[shard].seq) behind_[shard].since = {};
  }
  messages_.publish(kSubject, encode_heartbeat(beat));
  if (gone > 0) listener_.on_gone();
}

void Heartbeats::receive(std::string_view bytes) {
  const auto beat = decode_heartbeat(bytes);
  if (!beat || beat->node == self_) return;
  const SteadyTime now = clock_.steady();
  std::vector<log::Position> missing;
  {
    const MutexLock lock(mutex_);
    peers_[beat->node] = {now, beat->wall - clock_.wall(), beat->positions};
    for (std::uint32_t shard = 0; shard < state::kShards; ++shard) {
      const std::uint64_t shown = view_.position(shard).seq;
      Behind& behind = behind_[shard];
      behind.seq = std::max(behind.seq, beat->positions[shard]);
      if (shown >= behind.seq) continue;
      if (behind.since == SteadyTime{}) behind.since = now;
      if (beat->positions[shard] > shown) missing.push_back({shard, beat->positions[shard]});
    }
  }
  for (const log::Position& position : missing) listener_.on_behind(beat->node, position);
}

bool Heartbeats::is_current() const {
  const SteadyTime now = clock_.steady();
  const MutexLock lock(mutex_);
  if (now - connected_at_ >= kUnconnectedMax) return false;
  for (std::uint32_t shard = 0; shard < state::kShards; ++shard) {
    const Behind& behind = behind_[shard];
    if (behind.since == SteadyTime{} || now - behind.since < kBehindMax) continue;
    if (view_.position(shard).seq < behind.seq) return false;
  }
  return true;
}

Duration Heartbeats::clock_distance() const {
  const SteadyTime now = clock_.steady();
  const MutexLock lock(mutex_);
  Duration greatest{};
  for (const auto& [name, peer] : peers_)
    if (is_live(peer, now)) greatest = std::max(greatest, std::chrono::abs(peer.clock_ahead));
  return greatest;
}

std::vector<NodeName> Heartbeats::live() const {
  const SteadyTime now = clock_.steady();
  std::vector<NodeName> names = {self_};
  {
    const MutexLock lock(mutex_);
    for (const auto& [name, peer] : peers_)
      if (is_live(peer, now)) names.push_back(name);
  }
  std::ranges::sort(names);
  return names;
}

std::optional<std::uint64_t> Heartbeats::position_of(const NodeName& node, std::uint32_t shard) const {
  if (node == self_) return view_.position(shard).seq;
  const SteadyTime now = clock_.steady();
  const MutexLock lock(mutex_);
  const auto found = peers_.find(node);
  if (found == peers_.end() || !is_live(found->second, now)) return std::nullopt;
  return found->second.positions[shard];
}

bool Heartbeats::shown_by_all(const log::Position& position) const {
  if (view_.position(position.shard).seq < position.seq) return false;
  const SteadyTime now = clock_.steady();
  const MutexLock lock(mutex_);
  return std::ranges::all_of(peers_, [&](const auto& each) {
    return !is_live(each.second, now) || each.second.positions[position.shard] >= position.seq;
  });
}

NodeName Heartbeats::owner(std::uint32_t shard) const {
  const std::vector<NodeName> nodes = live();
  return *std::ranges::max_element(nodes, {}, [shard](const NodeName& node) { return weight(node, shard); });
}

}  // namespace porchlight::cluster
