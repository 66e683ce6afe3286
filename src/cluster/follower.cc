#include "cluster/follower.h"

#include <fmt/format.h>

#include <optional>
#include <utility>

#include "base/bytes.h"
#include "log/batch_codec.h"

namespace porchlight::cluster {
namespace {

// A batch is closed at state::kBatchBytesMax, but its last command may be large.
constexpr std::size_t kMessageBytesMax = 16 * 1024 * 1024;

std::string log_subject(std::uint32_t shard) { return fmt::format("log.{}", shard); }
std::string have_subject(const NodeName& node) { return "have." + node; }

}  // namespace

Follower::Follower(NodeName self, state::Writer& writer, const state::View& view, Messages& messages,
                   const Clock& clock)
    : self_(std::move(self)), writer_(writer), view_(view), messages_(messages), clock_(clock) {
  writer_.set_listener(*this);
  for (std::uint32_t shard = 0; shard < state::kShards; ++shard)
    messages_.listen(log_subject(shard), [this, shard](Message& message) { receive(shard, message.bytes); });
  messages_.listen(have_subject(self_), [this](Message& message) { reply(message); });
}

void Follower::on_written(const log::Position& position, const log::Batch& batch, std::uint64_t chain) {
  std::string message =
      log::encode_batch(log::header_of(batch), log::encode_events(batch), position.seq, chain);
  std::string bytes;
  ByteWriter out(bytes);
  out.text(self_);
  out.raw(message);
  {
    const MutexLock lock(mutex_);
    keep({clock_.steady(), position, std::move(message)});
  }
  messages_.publish(log_subject(position.shard), std::move(bytes));
}

void Follower::keep(Kept kept) {
  const SteadyTime oldest = kept.at - kBatchesKept;
  kept_bytes_ += kept.message.size();
  kept_.push_back(std::move(kept));
  while (kept_.front().at < oldest || kept_bytes_ > kBatchBytesKept) {
    kept_bytes_ -= kept_.front().message.size();
    kept_.pop_front();
    if (kept_.empty()) return;
  }
}

void Follower::receive(std::uint32_t shard, std::string_view bytes) {
  ByteReader in(bytes);
  NodeName node(in.text(kNodeNameBytesMax));
  if (!in.ok() || !is_node_name(node)) {
    counters_.malformed.add();
    return;
  }
  std::string message(in.rest());
  writer_.offer(shard, std::move(message), [this, shard, node = std::move(node)](state::Taken taken) {
    if (taken == state::Taken::kGap) fetch(shard, node);
    if (taken == state::Taken::kUnknownEnd) read_log(shard);
  });
}

void Follower::on_behind(const NodeName& node, const log::Position& position) { fetch(position.shard, node); }

void Follower::on_gone() {
  for (std::uint32_t shard = 0; shard < state::kShards; ++shard) read_log(shard);
}

// Asks the node for the batches that the view lacks. One request for a shard at a time: heartbeats repeat the reason.
void Follower::fetch(std::uint32_t shard, const NodeName& node) {
  {
    const MutexLock lock(mutex_);
    if (std::exchange(is_fetching_[shard], true)) return;
  }
  counters_.asked_peers.add();
  std::string bytes;
  ByteWriter out(bytes);
  out.varint(shard);
  out.varint(view_.position(shard).seq);
  messages_.request(have_subject(node), std::move(bytes), clock_.steady() + kBatchesWithin,
                    [this, shard](std::expected<std::string, NoReply> reply) {
                      if (reply && !reply->empty()) return take(shard, *reply);
                      end_fetch(shard);
                      read_log(shard);
                    });
}

// Offers the batches of a reply in order. If the first one is not the next, the log is read.
void Follower::take(std::uint32_t shard, std::string_view reply) {
  ByteReader in(reply);
  while (!in.at_end()) {
    std::string message(in.text(kMessageBytesMax));
    if (!in.ok()) {
      counters_.malformed.add();
      break;
    }
    writer_.offer(shard, std::move(message), [this, shard](state::Taken taken) {
      if (taken != state::Taken::kApplied && taken != state::Taken::kKnown) read_log(shard);
    });
  }
  end_fetch(shard);
}

void Follower::end_fetch(std::uint32_t shard) {
  const MutexLock lock(mutex_);
  is_fetching_[shard] = false;
}

// A failure is found again by the next heartbeat.
void Follower::read_log(std::uint32_t shard) {
  counters_.read_log.add();
  writer_.follow(shard, [](const state::Outcome&) {});
}

// Replies with the kept batches of a shard behind a number, without gaps; with nothing if the first one is not kept.
void Follower::reply(Message& request) {
  ByteReader in(request.bytes);
  const std::uint64_t shard = in.varint(), after = in.varint();
  if (!in.ok() || !in.at_end() || shard >= state::kShards || !request.reply) {
    counters_.malformed.add();
    return;
  }
  std::string bytes;
  ByteWriter out(bytes);
  std::uint64_t next = after + 1;
  {
    const MutexLock lock(mutex_);
    for (const Kept& kept : kept_) {
      if (kept.position.shard != shard || kept.position.seq < next) continue;
      if (kept.position.seq > next || bytes.size() >= kReplyBytesMax) break;
      out.text(kept.message);
      ++next;
    }
  }
  request.reply(std::move(bytes));
}

}  // namespace porchlight::cluster
