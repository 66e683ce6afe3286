#include "simulate/simulated_log.h"

#include "base/check.h"
#include "log/batch_codec.h"

namespace porchlight::simulate {
namespace {

// When a node gives up waiting for the outcome of an append.
constexpr Duration kOutcomeWithin = std::chrono::milliseconds(500);
// The batches of one read.
constexpr std::size_t kReadBatches = 8;

}  // namespace

// The calls of one node to one shard.
class NodeLog final : public log::ShardLog {
 public:
  NodeLog(SharedLog& shared, int node, std::uint32_t shard) : shared_(shared), node_(node), shard_(shard) {}

  void run(LogTask task) override { after(Duration(0), std::move(task)); }
  bool accepts() const override { return accepts_ && !is_crashed(); }
  SteadyTime now() const override { return shared_.schedule_.now(); }

  void append(const log::Batch& batch, std::uint64_t expected_last, AppendCallback done) override;
  void read_on(std::uint64_t last, SteadyTime deadline, ReadCallback done) override;

  std::expected<log::Tail, log::Unavailable> tail() override { return shared_.tail(shard_); }
  std::expected<std::vector<log::StoredBatch>, log::Unavailable> read(std::uint64_t from,
                                                                      std::size_t limit) override;
  std::expected<std::optional<log::BatchStamp>, log::Unavailable> stamp(std::uint64_t from) override;
  std::expected<void, log::Unavailable> trim(std::uint64_t) override { return {}; }

 private:
  bool is_cut() const { return shared_.cut_.contains(node_); }
  bool is_crashed() const { return shared_.crashed_.contains(node_); }
  // Calls a task of the node, after the delay and not while it stalls.
  void after(Duration delay, LogTask task) {
    const Duration stalled = shared_.stalled_[node_] - shared_.schedule_.now();
    shared_.schedule_.after(std::max(delay, stalled), std::move(task));
  }

  SharedLog& shared_;
  const int node_;
  const std::uint32_t shard_;
  bool accepts_ = true;
};

SharedLog::SharedLog(Schedule& schedule, std::mt19937_64& random, const Faults& faults)
    : schedule_(schedule), random_(random), faults_(faults), shards_(state::kShards) {}

void SharedLog::set_cut(int node, bool cut) {
  if (cut)
    cut_.insert(node);
  else
    cut_.erase(node);
}

std::unique_ptr<log::ShardLog> SharedLog::open(int node, std::uint32_t shard) {
  return std::make_unique<NodeLog>(*this, node, shard);
}

// Makes a batch durable, unless another writer was first.
bool SharedLog::write(std::uint32_t number, const log::Batch& batch, std::uint64_t expected_last) {
  Shard& shard = shards_[number];
  if (shard.tail.seq != expected_last && faults_.plant != Plant::kNoFence) return false;
  const std::uint64_t chain = log::next_chain(shard.tail.chain, log::encode_events(batch));
  shard.tail = {shard.tail.seq + 1, batch.epoch, chain, batch.at};
  shard.batches.push_back({shard.tail.seq, batch, chain});
  return true;
}

// The batch arrives after a while, or is lost on its way; so is its outcome. What arrives after the node gave up is
// written all the same.
void NodeLog::append(const log::Batch& batch, std::uint64_t expected_last, AppendCallback done) {
  const auto pending = std::make_shared<AppendCallback>(std::move(done));
  const auto answer = [this, pending](log::Appended appended, const log::Tail& tail) {
    if (appended == log::Appended::kOk) accepts_ = true;
    if (*pending) std::exchange(*pending, {})(appended, tail);
  };
  after(kOutcomeWithin, [answer] { answer(log::Appended::kUnknown, {}); });
  if (shared_.is_full_) {
    accepts_ = false;
    after(shared_.delay(), [answer] { answer(log::Appended::kUnknown, {}); });
    return;
  }
  accepts_ = true;
  if (is_cut() || is_crashed()) return;
  if (shared_.faults_.plant == Plant::kEarlyOutcome) {
    const log::Tail& tail = shared_.tail(shard_);
    after(Duration(0), [answer, tail, expected_last, at = batch.at] {
      answer(log::Appended::kOk, {expected_last + 1, tail.epoch, tail.chain, at});
    });
  }
  if (shared_.is_lost()) return;
  const Duration late = shared_.is_lost() ? 2 * kOutcomeWithin : Duration(0);
  shared_.schedule_.after(shared_.delay() + late, [this, batch, expected_last, answer] {
    const bool is_written = shared_.write(shard_, batch, expected_last);
    if (shared_.is_lost()) return;
    after(shared_.delay(), [answer, is_written, tail = shared_.tail(shard_)] {
      answer(is_written ? log::Appended::kOk : log::Appended::kConflict, tail);
    });
  });
}

void NodeLog::read_on(std::uint64_t last, SteadyTime deadline, ReadCallback done) {
  if (is_crashed() || (is_cut() && now() >= deadline))
    return after(Duration(1),
                 [done = std::move(done)]() mutable { done(std::unexpected(log::Unavailable{"cut off"})); });
  // Tried again until the deadline: a reading that began during a cut may succeed after it.
  if (is_cut())
    return after(Duration(50), [this, last, deadline, done = std::move(done)]() mutable {
      read_on(last, deadline, std::move(done));
    });
  after(shared_.delay(), [this, last, done = std::move(done)]() mutable {
    done(log::NextBatches{read(last + 1, kReadBatches).value(), shared_.tail(shard_)});
  });
}

std::expected<std::vector<log::StoredBatch>, log::Unavailable> NodeLog::read(std::uint64_t from,
                                                                             std::size_t limit) {
  std::vector<log::StoredBatch> found;
  const auto& all = shared_.batches(shard_);
  for (std::uint64_t seq = std::max<std::uint64_t>(from, 1); seq <= all.size() && found.size() < limit; ++seq)
    found.push_back(all[seq - 1]);
  return found;
}

std::expected<std::optional<log::BatchStamp>, log::Unavailable> NodeLog::stamp(std::uint64_t from) {
  const auto next = read(from, 1);
  if (!next || next->empty()) return std::nullopt;
  return log::BatchStamp{next->front().seq, next->front().batch.at};
}

}  // namespace porchlight::simulate
