#include "simulate/history.h"

#include <fmt/format.h>

#include <array>
#include <cstring>
#include <set>

#include "log/batch_codec.h"
#include "presence/rules.h"
#include "simulate/checks.h"
#include "simulate/delta_reader.h"
#include "state/dump.h"
#include "state/writer_fixture.h"
#include "support/temp_folder.h"

namespace porchlight::simulate {
namespace {

constexpr int kNodes = 3;
constexpr int kSteps = 120;
// In one history of so many the nodes have history databases: real ones, which cost most of the time.
constexpr std::uint64_t kWithDatabasesEach = 20;
// After this time of peace, all nodes must have the same view, and all commands must be answered.
constexpr Duration kPeace = std::chrono::seconds(6);

// The number that id_of() made the id of.
std::uint64_t number_of(const Guid& id) {
  std::uint64_t number = 0;
  std::memcpy(&number, id.bytes.data(), sizeof number);
  return number;
}

class History {
 public:
  explicit History(const HistoryOptions& options)
      : options_(options),
        random_(options.seed),
        log_(schedule_, random_, faults_),
        network_(schedule_),
        checks_(schedule_, log_, options.trace) {
    faults_.plant = options.plant;
    faults_.delay_max = Duration(5 + pick(200));
    faults_.lost_percent = pick(4) == 0 ? 0 : pick(40);
    faults_.repeated_percent = pick(30);
    network_.set_plan(
        [this](int from, int to, std::string_view subject) { return delivery(from, to, subject); });
    for (auto& slot : slots_) slot.clock.emplace(schedule_);
    for (std::uint64_t i = 0; i < 3; ++i) people_.push_back({log::id_of(1), log::id_of(100 + i)});
    people_.push_back(state::neighbour_of(people_.front(), 2));
    if (options.seed % kWithDatabasesEach == 0) {
      databases_.emplace();
      delta_reader_.emplace(people_.front().tenant, log_, checks_, options.plant == Plant::kEarlyLink);
    }
  }

  HistoryResult run() {
    for (int slot = 0; slot < kNodes; ++slot) start(slot, {});
    add_people();
    for (int step = 0; step < kSteps; ++step) {
      schedule_.run_for(Duration(1 + pick(120)));
      one_step();
      check_nodes();
    }
    make_peace();
    finish();
    result_.broken = checks_.broken();
    return result_;
  }

 private:
  struct Slot {
    std::optional<NodeClock> clock;
    std::unique_ptr<SimulatedNode> node;
    int number = 0;
    bool is_cut = false;
    std::vector<std::uint64_t> snapshot;  // positions of the newest one on its disk
  };

  unsigned pick(unsigned below) { return static_cast<unsigned>(random_() % below); }
  template <typename... T>
  void trace(fmt::format_string<T...> text, T&&... values) {
    if (options_.trace)
      fmt::print("{:>6} ms  {}\n", schedule_.now().time_since_epoch().count(),
                 fmt::format(text, std::forward<T>(values)...));
  }

  cluster::FakeNetwork::Delivery delivery(int from, int to, std::string_view subject);
  Slot* slot_of(int number);
  void start(int slot, const std::vector<std::uint64_t>& positions);
  void crash(int slot);
  void set_cut(Slot& slot, bool cut);
  void add_people();
  void one_step();
  void command();
  void delta_round(Slot& slot);
  void submit(int slot, const state::UserKey& key, const Guid& id, const presence::Command& command,
              bool is_repeated);
  presence::Command random_command();
  void check_nodes();
  void make_peace();
  void finish();

  const HistoryOptions options_;
  std::mt19937_64 random_;
  Schedule schedule_;
  Faults faults_;
  SharedLog log_;
  cluster::FakeNetwork network_;
  Checks checks_;
  HistoryResult result_;
  std::optional<TempFolder> databases_;
  std::optional<DeltaReader> delta_reader_;
  std::array<Slot, kNodes> slots_;
  std::vector<std::unique_ptr<SimulatedNode>> crashed_;  // until their last calls are over
  std::vector<state::UserKey> people_;
  int next_number_ = 0;
  std::uint64_t next_id_ = 1'000'000;
};

// Heartbeats of connected nodes arrive: they travel on connections of their own. All other messages may be lost.
cluster::FakeNetwork::Delivery History::delivery(int from, int to, std::string_view subject) {
  const Slot* const sender = slot_of(from);
  const Slot* const receiver = slot_of(to);
  if (!sender || !receiver || sender->is_cut || receiver->is_cut) return {};
  const Duration stalled = std::max(Duration(0), receiver->node->stalled_until() - schedule_.now());
  const auto delay = [&] {
    return stalled + Duration(1 + pick(static_cast<unsigned>(faults_.delay_max.count())));
  };
  if (subject == "beat") return {delay()};
  if (pick(100) < faults_.lost_percent) return {};
  cluster::FakeNetwork::Delivery arrivals = {delay()};
  if (pick(100) < faults_.repeated_percent) arrivals.push_back(delay());
  return arrivals;
}

History::Slot* History::slot_of(int number) {
  for (Slot& slot : slots_)
    if (slot.node && slot.number == number) return &slot;
  return nullptr;
}

void History::start(int number, const std::vector<std::uint64_t>& positions) {
  Slot& slot = slots_[number];
  slot.number = next_number_++;
  slot.is_cut = false;
  const Cell cell{schedule_, log_, network_};
  const std::string name = fmt::format("n{}", number);
  const std::filesystem::path database = databases_ ? *databases_ / name : "";
  if (databases_ && pick(3) == 0) std::filesystem::remove_all(database);
  const auto post = [this, number](const Notification& posted) {
    for (const Slot& each : slots_)
      if (each.node && !each.node->is_stalled()) checks_.posted(posted, *slots_[number].node, *each.node);
  };
  slot.node =
      std::make_unique<SimulatedNode>(cell, name, slot.number, *slot.clock, positions, post, database);
  checks_.started(slot.number);
  trace("n{} starts", number);
}

void History::crash(int number) {
  Slot& slot = slots_[number];
  trace("n{} crashes", number);
  ++result_.crashes;
  slot.node->crash();
  crashed_.push_back(std::move(slot.node));
}

void History::set_cut(Slot& slot, bool cut) {
  slot.is_cut = cut;
  slot.node->messages().set_connected(!cut);
  log_.set_cut(slot.number, cut);
}

void History::add_people() {
  for (const state::UserKey& key : people_) {
    slots_[0].node->writer().submit(
        {{key.tenant, key.user, directory::UserPut{"u" + to_string(key.user), "U"}}}, slots_[0].clock->wall(),
        [](const state::Outcome&) {});
    schedule_.run_for(Duration(2000));
  }
}

void History::one_step() {
  const unsigned what = pick(100);
  const int number = static_cast<int>(pick(kNodes));
  Slot& slot = slots_[number];
  if (!slot.node) {
    if (what < 30) start(number, slot.snapshot);
    return;
  }
  if (what < 3) {
    crash(number);
  } else if (what < 6) {
    set_cut(slot, !slot.is_cut);
    trace("n{} is {}", number, slot.is_cut ? "cut off" : "connected");
  } else if (what < 8) {
    const Duration time(pick(4000));
    slot.node->stall(time);
    trace("n{} stalls for {} ms", number, time.count());
  } else if (what < 10) {
    // Commands of a node whose clock is more than 5 s wrong are refused by others.
    const Duration ahead = pick(4) == 0 ? Duration(std::chrono::minutes(pick(120)) - std::chrono::minutes(60))
                                        : Duration(pick(4000)) - Duration(2000);
    slot.clock->set_ahead(ahead);
    trace("n{}'s clock is {} ms ahead", number, ahead.count());
  } else if (what < 12) {
    const bool is_full = pick(2) == 0;
    log_.set_full(is_full);
    trace("the disks are {}", is_full ? "full" : "not full");
  } else if (what < 16) {
    slot.snapshot = slot.node->positions();
  } else if (what < 24) {
    delta_round(slot);
  } else {
    command();
  }
}

presence::Command History::random_command() {
  switch (pick(4)) {
    case 0:
      return state::clear(pick(3));
    case 1:
      return presence::SetMessage{.text = fmt::format("text {}", pick(1000))};
    default:
      return state::busy(pick(3));
  }
}

void History::delta_round(Slot& slot) {
  if (delta_reader_ && slot.node->heartbeats().is_current())
    delta_reader_->round(*slot.node, slot.clock->wall());
}

// A command to one node; some arrive again, at the same node or at another, as if the answer had been lost.
void History::command() {
  const state::UserKey key = people_[pick(static_cast<unsigned>(people_.size()))];
  const Guid id = log::id_of(next_id_++);
  const presence::Command command = random_command();
  const bool is_repeated = pick(4) == 0;
  const auto arrive = [this, key, id, command, is_repeated](int slot) {
    if (slots_[slot].node && !slots_[slot].node->is_stalled()) submit(slot, key, id, command, is_repeated);
  };
  arrive(static_cast<int>(pick(kNodes)));
  if (is_repeated) {
    const Duration late(pick(4000));
    schedule_.after(late, [arrive, again = static_cast<int>(pick(kNodes))] { arrive(again); });
  }
}

void History::submit(int number, const state::UserKey& key, const Guid& id, const presence::Command& command,
                     bool is_repeated) {
  Slot& slot = slots_[number];
  // Half of the commands arrive at a node that sends them to the owner of the shard, which may happen more than once.
  const bool is_routed = pick(2) == 0;
  const std::size_t submitted = checks_.submitted(id, slot.number, is_repeated || is_routed);
  trace("n{} gets {} for user {}, a command of kind {}", number, number_of(id), key.user.bytes[0],
        command.index());
  const std::uint32_t shard = state::shard_of(key.tenant, key.user);
  if (faults_.plant == Plant::kEarlyNotification)
    checks_.posted({key, {shard, log_.tail(shard).seq + 1}, 0}, *slot.node, *slot.node);
  state::Commands& commands =
      is_routed ? static_cast<state::Commands&>(slot.node->router()) : slot.node->writer();
  // A node that does not remember the id takes each arrival for another command.
  Guid arrival = id;
  if (faults_.plant == Plant::kForgottenIds) arrival.bytes[8] = static_cast<std::uint8_t>(pick(256));
  commands.submit(key, arrival, command, slot.clock->wall(),
                  [this, submitted, node = slot.node.get(), number, id](const state::Outcome& outcome) {
                    if (node->has_crashed()) return;
                    checks_.answered(submitted, outcome, node->view());
                    trace("n{} answers {}: {}", number, number_of(id),
                          outcome ? fmt::format("{}:{}", outcome->shard, outcome->seq)
                          : outcome.error() == std::variant<presence::Rejection, state::WriteError>(
                                                   state::WriteError::kUnavailable)
                              ? "unavailable"
                              : "refused");
                  });
}

void History::check_nodes() {
  for (const Slot& slot : slots_)
    if (slot.node && !slot.node->is_stalled())
      checks_.read(slot.number, *slot.node, people_, slot.clock->wall());
}

void History::make_peace() {
  trace("peace");
  log_.set_full(false);
  faults_.lost_percent = 0;
  for (int number = 0; number < kNodes; ++number) {
    Slot& slot = slots_[number];
    if (!slot.node) start(number, slot.snapshot);
    if (slot.is_cut) set_cut(slot, false);
    slot.clock->set_ahead(Duration(0));
  }
  schedule_.run_for(kPeace);
  // The batch of a node that crashed before it knew the outcome may have been written last, and is found by the next
  // append to its shard.
  for (const state::UserKey& key : people_) submit(0, key, log::id_of(next_id_++), state::busy(7), false);
  schedule_.run_for(kPeace);
}

void History::finish() {
  for (const Slot& slot : slots_) {
    checks_.at_the_end(*slot.node);
    const state::WriterCounters& counters = slot.node->writer().counters();
    result_.conflicts += counters.conflicts.value();
    result_.unknown += counters.unknown.value();
    result_.repeated += counters.repeated.value();
  }
  checks_.check_log();
  if (delta_reader_) {
    std::vector<SimulatedNode*> nodes;
    for (const Slot& slot : slots_) nodes.push_back(slot.node.get());
    delta_reader_->at_the_end(nodes, slots_.front().clock->wall());
    result_.delta_rounds = delta_reader_->rounds();
  }
  result_.written = checks_.count(AnswerKind::kWritten);
  result_.refused = checks_.count(AnswerKind::kRefused);
  result_.unavailable = checks_.count(AnswerKind::kUnavailable);
  for (Slot& slot : slots_) {
    const int number = static_cast<int>(&slot - slots_.data());
    crash(number);
  }
  result_.crashes -= kNodes;
  schedule_.run_for(std::chrono::seconds(10));  // their last calls
}

}  // namespace

HistoryResult run_history(const HistoryOptions& options) { return History(options).run(); }

}  // namespace porchlight::simulate
