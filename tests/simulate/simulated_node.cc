#include "simulate/simulated_node.h"

#include <deque>

#include "base/check.h"

namespace porchlight::simulate {
namespace {

constexpr Time kStart = Time(Duration(1'900'000'000'000));
constexpr Duration kHistoryKept = std::chrono::days(30);

}  // namespace

Time NodeClock::wall() const { return kStart + schedule_.now().time_since_epoch() + ahead_; }

class SimulatedNode::Notifier final : public state::ChangeListener {
 public:
  Notifier(SimulatedNode& node, Post post) : node_(node), post_(std::move(post)) {}

  void on_applying(log::Position position, const log::Batch& batch) override {
    for (const log::Event& event : batch.events)
      if (std::holds_alternative<presence::Event>(event.body))
        waiting_.push_back({{event.tenant, event.subject}, position, event.version});
  }
  // Posts what all live nodes show.
  void post_shown() {
    std::deque<Notification> rest;
    for (Notification& notification : std::exchange(waiting_, {})) {
      if (node_.heartbeats().shown_by_all(notification.position))
        post_(notification);
      else
        rest.push_back(notification);
    }
    waiting_ = std::move(rest);
  }

 private:
  SimulatedNode& node_;
  const Post post_;
  std::deque<Notification> waiting_;
};

SimulatedNode::SimulatedNode(const Cell& cell, std::string name, int number, NodeClock& clock,
                             const std::vector<std::uint64_t>& positions, Post post,
                             const std::filesystem::path& history)
    : cell_(cell), name_(std::move(name)), number_(number), clock_(clock), messages_(cell.network, number) {
  std::vector<log::ShardLog*> logs;
  for (std::uint32_t shard = 0; shard < state::kShards; ++shard)
    logs.push_back(logs_.emplace_back(cell.log.open(number, shard)).get());
  replay(positions);
  notifier_ = std::make_unique<Notifier>(*this, std::move(post));
  view_.add_listener(*notifier_);
  if (!history.empty()) {
    view_.add_listener(recent_);
    history_ = std::make_unique<history::HistoryReader>(history, kHistoryKept, clock_, view_, logs, recent_);
  }
  writer_ = std::make_unique<state::Writer>(view_, logs);
  CHECK(writer_->recall_outcomes().has_value());
  follower_ = std::make_unique<cluster::Follower>(name_, *writer_, view_, messages_, clock_);
  heartbeats_ = std::make_unique<cluster::Heartbeats>(name_, view_, messages_, clock_, *follower_);
  router_ = std::make_unique<cluster::Router>(*writer_, view_, messages_, *heartbeats_, clock_);
  view_.add_listener(*router_);
  for (std::uint32_t shard = 0; shard < state::kShards; ++shard) read_to_the_end(shard);
  tick();
}

void SimulatedNode::read_to_the_end(std::uint32_t shard) {
  writer_->follow(shard, [this, shard](const state::Outcome& outcome) {
    if (outcome && --unread_ == 0)
      heartbeats_->set_logs_read();
    else if (!outcome && !has_crashed_)
      read_to_the_end(shard);
  });
}

SimulatedNode::~SimulatedNode() = default;

void SimulatedNode::crash() {
  has_crashed_ = true;
  history_.reset();
  cell_.network.remove(number_);
  cell_.log.crash(number_);
}

void SimulatedNode::stall(Duration time) {
  stalled_until_ = cell_.schedule.now() + time;
  cell_.log.stall(number_, stalled_until_);
}

void SimulatedNode::replay(const std::vector<std::uint64_t>& positions) {
  for (std::uint32_t shard = 0; shard < positions.size(); ++shard) {
    const auto batches = logs_[shard]->read(1, positions[shard]).value();
    for (const log::StoredBatch& stored : batches) view_.apply({shard, stored.seq}, stored.batch);
  }
}

void SimulatedNode::tick() {
  cell_.schedule.after(cluster::kBeatEvery, [this] {
    if (has_crashed_) return;
    if (!is_stalled()) {
      heartbeats_->beat();
      writer_->settle(clock_.wall());
      router_->tick(cell_.schedule.now());
      notifier_->post_shown();
    }
    tick();
  });
}

std::vector<std::uint64_t> SimulatedNode::positions() const {
  std::vector<std::uint64_t> positions;
  for (std::uint32_t shard = 0; shard < state::kShards; ++shard)
    positions.push_back(view_.position(shard).seq);
  return positions;
}

}  // namespace porchlight::simulate
