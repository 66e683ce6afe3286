#include "cluster/heartbeats.h"

#include <xxhash.h>

#include <algorithm>

#include "base/bytes.h"

namespace porchlight::cluster {
namespace {

constexpr std::uint8_t kFormat = 1;
constexpr std::string_view kSubject = "beat";
// The numbers of a node's heartbeats begin with the time of its start in ms, shifted by this: they ascend over its
// starts.
constexpr int kBeatsPerMsLog2 = 16;

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
  out.varint(beat.number);
  out.fixed(static_cast<std::uint8_t>(beat.is_current));
  out.fixed(static_cast<std::int64_t>(beat.wall.time_since_epoch().count()));
  for (const std::uint64_t seq : beat.positions) out.varint(seq);
  out.varint(beat.received.size());
  for (const auto& [node, number] : beat.received) {
    out.text(node);
    out.varint(number);
  }
  return bytes;
}

std::optional<Heartbeat> decode_heartbeat(std::string_view bytes) {
  ByteReader in(bytes);
  if (in.fixed<std::uint8_t>() != kFormat) return std::nullopt;
  Heartbeat beat;
  beat.node = in.text(kNodeNameBytesMax);
  beat.number = in.varint();
  const auto current = in.fixed<std::uint8_t>();
  beat.is_current = current == 1;
  beat.wall = Time(Duration(in.fixed<std::int64_t>()));
  for (std::uint64_t& seq : beat.positions) seq = in.varint();
  const std::uint64_t count = in.varint();
  if (current > 1 || count > kNodesMax || !is_node_name(beat.node)) return std::nullopt;
  for (std::uint64_t i = 0; i < count; ++i) {
    NodeName node(in.text(kNodeNameBytesMax));
    if (!is_node_name(node)) return std::nullopt;
    beat.received[std::move(node)] = in.varint();
  }
  if (!in.ok() || !in.at_end()) return std::nullopt;
  return beat;
}

Heartbeats::Heartbeats(NodeName self, const state::View& view, Messages& messages, const Clock& clock,
                       HeartbeatListener& listener)
    : self_(std::move(self)),
      view_(view),
      messages_(messages),
      clock_(clock),
      listener_(listener),
      connected_at_(clock.steady()),
      number_(static_cast<std::uint64_t>(clock.wall().time_since_epoch().count()) << kBeatsPerMsLog2),
      connected_since_(clock.steady()) {
  messages_.listen(kSubject, [this](Message& message) { receive(message.bytes); });
}

void Heartbeats::beat() {
  const bool current = is_current();
  const SteadyTime now = clock_.steady();
  Heartbeat beat;
  beat.node = self_;
  beat.is_current = current;
  beat.wall = clock_.wall();
  for (std::uint32_t shard = 0; shard < state::kShards; ++shard)
    beat.positions[shard] = view_.position(shard).seq;
  std::size_t gone = 0;
  {
    const MutexLock lock(mutex_);
    if (messages_.connected()) {
      if (now - connected_at_ >= kUnconnectedMax) connected_since_ = now;
      connected_at_ = now;
    }
    // The analysis does not see in a lambda that the mutex is held.
    const SteadyTime connected = connected_at_;
    gone = std::erase_if(peers_, [&](const auto& each) { return !is_counted(each.second, connected); });
    for (std::uint32_t shard = 0; shard < state::kShards; ++shard)
      if (beat.positions[shard] >= behind_[shard].seq) behind_[shard].since = {};
    for (const auto& [node, peer] : peers_) beat.received[node] = peer.number;
    beat.number = ++number_;
    sent_.push_back(now);
    while (sent_.front() < now - kCountedFor) sent_.pop_front();
  }
  messages_.publish(kSubject, encode_heartbeat(beat));
  if (gone > 0) listener_.on_gone();
}

// When the heartbeat of this number was sent; the smallest time if that was too long ago to matter.
SteadyTime Heartbeats::sent_at(std::uint64_t number) const {
  const std::uint64_t later = number_ - number;  // sent after it
  return number <= number_ && later < sent_.size() ? sent_[sent_.size() - 1 - later] : SteadyTime::min();
}

void Heartbeats::receive(std::string_view bytes) {
  const auto beat = decode_heartbeat(bytes);
  if (!beat || beat->node == self_) return;
  for (const log::Position& position : note(*beat)) listener_.on_behind(beat->node, position);
}

// Remembers what a heartbeat says. Returns the positions that this node lacks.
std::vector<log::Position> Heartbeats::note(const Heartbeat& beat) {
  const SteadyTime now = clock_.steady();
  const MutexLock lock(mutex_);
  if (peers_.size() >= kNodesMax - 1 && !peers_.contains(beat.node)) return {};
  KnownNode& peer = peers_[beat.node];
  // Messages may overtake each other.
  if (beat.number < peer.number && is_live(peer, now)) return {};
  const auto received = beat.received.find(self_);
  const SteadyTime counted = received == beat.received.end() ? SteadyTime::min() : sent_at(received->second);
  const bool begins_to_count_us = counted != SteadyTime::min() && peer.counts_us_until <= now;
  peer.arrived = now;
  peer.number = beat.number;
  peer.is_current = beat.is_current;
  peer.clock_ahead = beat.wall - clock_.wall();
  peer.positions = beat.positions;
  if (counted != SteadyTime::min()) peer.counts_us_until = counted + kCountedFor;
  std::vector<log::Position> missing;
  for (std::uint32_t shard = 0; shard < state::kShards; ++shard) {
    const std::uint64_t shown = view_.position(shard).seq;
    if (begins_to_count_us) required_[shard] = std::max(required_[shard], beat.positions[shard]);
    Behind& behind = behind_[shard];
    behind.seq = std::max(behind.seq, beat.positions[shard]);
    if (shown >= behind.seq) continue;
    if (behind.since == SteadyTime{}) behind.since = now;
    if (beat.positions[shard] > shown) missing.push_back({shard, beat.positions[shard]});
  }
  return missing;
}

bool Heartbeats::is_current() const {
  const SteadyTime now = clock_.steady();
  if (!has_read_logs_) return false;
  const MutexLock lock(mutex_);
  if (now - connected_at_ >= kUnconnectedMax || connected_at_ - connected_since_ < kCountedFor) return false;
  // Those that were live when this node was last connected: since then it may not have received what they sent.
  for (const auto& [node, peer] : peers_)
    if (is_live(peer, connected_at_) && peer.is_current && now >= peer.counts_us_until) return false;
  for (std::uint32_t shard = 0; shard < state::kShards; ++shard) {
    const std::uint64_t shown = view_.position(shard).seq;
    const Behind& behind = behind_[shard];
    if (shown < required_[shard]) return false;
    if (shown < behind.seq && behind.since != SteadyTime{} && now - behind.since >= kBehindMax) return false;
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
  if (!is_current() || view_.position(position.shard).seq < position.seq) return false;
  const SteadyTime now = clock_.steady();
  const MutexLock lock(mutex_);
  return std::ranges::all_of(peers_, [&](const auto& each) {
    return !is_counted(each.second, now) || each.second.positions[position.shard] >= position.seq;
  });
}

NodeName Heartbeats::owner(std::uint32_t shard) const {
  const std::vector<NodeName> nodes = live();
  return *std::ranges::max_element(nodes, {}, [shard](const NodeName& node) { return weight(node, shard); });
}

}  // namespace porchlight::cluster
