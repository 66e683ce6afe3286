// The commands of a cell: each is sent to the owner of its shard, which decides all commands of the shard in batches of
// its own, so that writers of the shard's log seldom conflict.
//
// That is all that an owner is for. Any node may decide any command, because the log refuses an append of a writer that
// has not seen its end, and because every node remembers the event ids of the last batches: a command that two nodes
// carry out has one event, and the outcome of the first (state/shard_feed.h). So a node need not know whether an owner
// that gives no answer has carried out a command.
#pragma once

#include <expected>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/counter.h"
#include "base/mutex.h"
#include "cluster/command_codec.h"
#include "cluster/messages.h"
#include "cluster/peers.h"
#include "state/commands.h"
#include "state/shard_feed.h"
#include "state/view.h"

namespace porchlight::cluster {

// How long a command that was sent to its owner may take, from submit() on, until its outcome is returned: as long as a
// writer decides one again.
inline constexpr Duration kForwardedFor = std::chrono::seconds(2);
// How long the owner has for its reply, and how often a command is sent to it at most.
inline constexpr Duration kReplyWithin = std::chrono::seconds(1);
inline constexpr int kSentMax = kForwardedFor / kReplyWithin;
// The age of the oldest command that is carried out for another node, by the clocks of both. The clocks of nodes that
// are ready differ by 5 s at most, so the command is not older than kOutcomesKept: if it was carried out before, its
// id is still remembered.
inline constexpr Duration kSentAgeMax = std::chrono::seconds(5);
static_assert(kSentAgeMax + std::chrono::seconds(5) <= state::kOutcomesKept);

// What routers count for metrics.
struct RouterCounters {
  SharedCounter forwarded;   // commands that were sent to the owner of their shard
  SharedCounter taken_over;  // of these, carried out here, because the owner did not listen or is not live
  SharedCounter repeated;    // requests that were sent again
  SharedCounter malformed;   // commands and replies that could not be decoded
  SharedCounter late;  // commands of other nodes that were older than kSentAgeMax, or as far in the future
  SharedCounter timed_out;  // of the forwarded: no usable reply, or its batch not shown here in time
};

// May be used from any thread. No callback is called with a lock held.
class Router final : public state::Commands, public state::ChangeListener {
 public:
  // `local` carries out commands on this node; `view` is what this node shows. The router listens from now on, and is
  // to be added to the listeners of the view. All must outlive the router, and the messages must call nothing more
  // when it is destroyed.
  Router(state::Commands& local, const state::View& view, Messages& messages, const Peers& peers,
         const Clock& clock);
  // Answers what still waits with kUnavailable.
  ~Router() override;

  // Carries out the command here if this node owns its shard, and otherwise sends it to the owner.
  //
  // If no node listens there, the command is carried out here at once. If no usable reply comes within kReplyWithin, it
  // depends on the owner. An owner that is not live any more has no more say: the command is carried out here, with the
  // same event id, as the owner may have carried it out. An owner that is live is slow: the command is sent again, and
  // after kSentMax times is kUnavailable (it may have taken effect). It is not carried out here, because its append
  // would conflict with those of the owner, and an overload would feed itself.
  //
  // A position is returned once this node shows it, so that the caller can read here what was written; if that takes
  // longer than kForwardedFor, the outcome is kUnavailable. `now` is the time of the decision only if this node
  // decides.
  void submit(const state::UserKey& key, const Guid& event_id, const presence::Command& command, Time now,
              state::WriteCallback done) override;

  // Ends the waits for batches that have taken too long. To be called about ten times a second.
  void tick(SteadyTime now);

  // Ends the waits for what the view shows now. A batch that the view did not get by apply(), as at a restore, ends
  // them at the next tick.
  void on_applied(const log::Batch&) override { answer_shown(); }

  const RouterCounters& counters() const { return counters_; }

 private:
  // A command that was sent to the owner of its shard.
  struct Forwarded {
    SentCommand sent;
    NodeName owner;
    int sent_count = 0;
    SteadyTime deadline;  // of the outcome
    state::WriteCallback done;
  };
  // One whose batch may not be shown here yet.
  struct OutcomeWait {
    SteadyTime deadline;
    state::WriteCallback done;
  };
  using OutcomeWaits = std::multimap<log::Position, OutcomeWait>;
  using CommandReply = std::expected<std::string, NoReply>;

  void send(std::unique_ptr<Forwarded> command);
  void on_reply(std::unique_ptr<Forwarded> command, const CommandReply& reply);
  void take_over(Forwarded& command);
  void give_up(state::WriteCallback& done);
  std::optional<state::Outcome> outcome_of(const SentCommand& sent, std::string_view reply);
  void answer(Forwarded& command, const state::Outcome& outcome);
  void answer_shown();
  void receive(Message& message);

  state::Commands& local_;
  const state::View& view_;
  Messages& messages_;
  const Peers& peers_;
  const Clock& clock_;
  RouterCounters counters_;

  Mutex mutex_;
  OutcomeWaits waits_ ABSL_GUARDED_BY(mutex_);  // by the position of the outcome
};

}  // namespace porchlight::cluster
