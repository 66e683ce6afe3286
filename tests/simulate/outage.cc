#include "simulate/outage.h"

#include <fmt/format.h>

#include "presence/rules.h"
#include "simulate/checks.h"
#include "state/writer_fixture.h"

namespace porchlight::simulate {
namespace {

using std::chrono::minutes;
using std::chrono::seconds;

// Of the documentation of the hold: a disk that is full for so long shows no client Offline that tries to renew.
constexpr Duration kOutageMax = minutes(20);
// The life of a session that names none.
constexpr Duration kSessionLife = minutes(5);
// How long a client waits after it was refused.
constexpr Duration kTryAgainAfter = seconds(10);

class Outage {
 public:
  explicit Outage(const HistoryOptions& options)
      : options_(options),
        random_(options.seed),
        log_(schedule_, random_, faults_),
        network_(schedule_),
        clock_(schedule_),
        checks_(schedule_, log_, options.trace) {
    faults_.delay_max = Duration(5 + pick(100));
    node_.emplace(Cell{schedule_, log_, network_}, "n0", 0, clock_, std::vector<std::uint64_t>{},
                  [](const Notification&) {});
    node_->view().hold().enable([this](const state::HoldChange& change) {
      if (options_.trace)
        fmt::print("{:>8} ms  a hold {}: shard {}\n", schedule_.now().time_since_epoch().count(),
                   change.begins ? "begins" : "ends", change.shard);
    });
    for (unsigned i = 0; i < kClients; ++i) add_client(i);
  }

  HistoryResult run() {
    const Duration begin = minutes(10) + Duration(pick(600'000));
    const Duration length = Duration(pick(static_cast<unsigned>(kOutageMax.count())));
    const SteadyTime full_from{begin}, full_to{begin + length};
    schedule_.after(full_from - schedule_.now(), [this] { set_full(true); });
    schedule_.after(full_to - schedule_.now(), [this] { set_full(false); });
    while (schedule_.now() < full_to + minutes(15)) {
      schedule_.run_for(seconds(5));
      check(schedule_.now() >= full_to + seconds(5) + state::kHoldAfterSuccess);
    }
    HistoryResult result;
    result.broken = checks_.broken();
    result.written = written_;
    result.unavailable = refused_;
    node_->crash();
    schedule_.run_for(seconds(10));
    return result;
  }

 private:
  static constexpr unsigned kClients = 8;
  struct Client {
    state::UserKey user;
    Duration renews_each;
    SteadyTime leaves{};  // from then on it renews nothing
  };

  unsigned pick(unsigned below) { return static_cast<unsigned>(random_() % below); }

  void add_client(unsigned number) {
    Client& client = clients_[number];
    client.user = {log::id_of(1), log::id_of(100 + number)};
    client.renews_each = minutes(1) + Duration(pick(180'000));
    // Half of them stay to the end.
    client.leaves = SteadyTime(number % 2 == 0 ? minutes(120) : minutes(1 + pick(45)));
    node_->writer().submit(
        {{client.user.tenant, client.user.user, directory::UserPut{"u" + to_string(client.user.user), "U"}}},
        clock_.wall(), [](const state::Outcome&) {});
    schedule_.after(seconds(3), [this, &client] { renew(client); });
  }

  // Sets the client's session, and again when it is time: soon, if it was refused.
  void renew(Client& client) {
    if (node_->has_crashed() || schedule_.now() >= client.leaves) return;
    node_->writer().submit(client.user, log::id_of(next_id_++), state::busy(1), clock_.wall(),
                           [this, &client](const state::Outcome& outcome) {
                             ++(outcome ? written_ : refused_);
                             schedule_.after(outcome ? client.renews_each : kTryAgainAfter,
                                             [this, &client] { renew(client); });
                           });
  }

  void set_full(bool is_full) {
    if (options_.trace)
      fmt::print("{:>8} ms  the disk is {}\n", schedule_.now().time_since_epoch().count(),
                 is_full ? "full" : "not full");
    log_.set_full(is_full);
  }

  // What readers see of each client.
  void check(bool is_over) {
    if (schedule_.now() < SteadyTime(seconds(10))) return;
    const Time now = clock_.wall();
    for (const Client& client : clients_) {
      const auto person = node_->view().copy(client.user);
      CHECK(person.has_value());
      Time seen = node_->view().seen_at(client.user, person->record, now);
      if (options_.plant == Plant::kNoHold) seen = now;
      if (options_.plant == Plant::kEndlessHold) seen = held_for_ever(client.user, seen, now);
      const presence::State shown = presence::effective(person->record, seen);
      if (schedule_.now() < client.leaves && shown.availability() == "Offline")
        checks_.fail("a client that tries to renew its session is not shown Offline");
      if (is_over && shown != presence::effective(person->record, now))
        checks_.fail("5 minutes after the outage, presence is as without it");
      if (is_over && schedule_.now() > client.leaves + kSessionLife && shown.availability() != "Offline")
        checks_.fail("a client that has left is shown Offline in the end");
    }
  }

  // As if no hold ended.
  Time held_for_ever(const state::UserKey& user, Time seen, Time now) {
    Time& first = endless_.try_emplace(user.user, Time::max()).first->second;
    if (seen != now) first = std::min(first, seen);
    return std::min(first, seen);
  }

  const HistoryOptions options_;
  std::mt19937_64 random_;
  Schedule schedule_;
  Faults faults_;
  SharedLog log_;
  cluster::FakeNetwork network_;
  NodeClock clock_;
  Checks checks_;
  std::optional<SimulatedNode> node_;
  std::array<Client, kClients> clients_;
  std::map<Guid, Time> endless_;  // as of when a user is held, with Plant::kEndlessHold
  std::uint64_t next_id_ = 1'000'000;
  std::size_t written_ = 0, refused_ = 0;
};

}  // namespace

HistoryResult run_outage(const HistoryOptions& options) { return Outage(options).run(); }

}  // namespace porchlight::simulate
