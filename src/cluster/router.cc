// A command that is on its way is owned by the callback of its request; only those that wait for the view are in a
// table.
#include "cluster/router.h"

#include <algorithm>
#include <limits>
#include <string>
#include <utility>
#include <vector>

namespace porchlight::cluster {
namespace {

std::string command_subject(const NodeName& node) { return "cmd." + node; }

bool is_live(const Peers& peers, const NodeName& node) {
  const std::vector<NodeName> live = peers.live();
  return std::ranges::find(live, node) != live.end();
}

}  // namespace

Router::Router(state::Commands& local, const state::View& view, Messages& messages, const Peers& peers,
               const Clock& clock)
    : local_(local), view_(view), messages_(messages), peers_(peers), clock_(clock) {
  messages_.listen(command_subject(peers_.self()), [this](Message& message) { receive(message); });
}

Router::~Router() {
  OutcomeWaits waits;
  {
    const MutexLock lock(mutex_);
    waits.swap(waits_);
  }
  for (auto& [position, wait] : waits) give_up(wait.done);
}

void Router::submit(const state::UserKey& key, const Guid& event_id, const presence::Command& command,
                    Time now, state::WriteCallback done) {
  NodeName owner = peers_.owner(state::shard_of(key.tenant, key.user));
  if (owner == peers_.self()) return local_.submit(key, event_id, command, now, std::move(done));
  counters_.forwarded.add();
  auto forwarded = std::make_unique<Forwarded>(Forwarded{.sent = {key, event_id, now, command},
                                                         .owner = std::move(owner),
                                                         .deadline = clock_.steady() + kForwardedFor,
                                                         .done = std::move(done)});
  send(std::move(forwarded));
}

void Router::send(std::unique_ptr<Forwarded> command) {
  ++command->sent_count;
  const std::string subject = command_subject(command->owner);
  std::string bytes = encode_command(command->sent);
  messages_.request(subject, std::move(bytes), clock_.steady() + kReplyWithin,
                    [this, command = std::move(command)](CommandReply reply) mutable {
                      on_reply(std::move(command), reply);
                    });
}

void Router::on_reply(std::unique_ptr<Forwarded> command, const CommandReply& reply) {
  if (!reply && reply.error() == NoReply::kNoResponders) return take_over(*command);
  if (reply) {
    if (const auto outcome = outcome_of(command->sent, *reply)) return answer(*command, *outcome);
  }
  if (!is_live(peers_, command->owner)) return take_over(*command);
  if (command->sent_count == kSentMax) return give_up(command->done);
  counters_.repeated.add();
  send(std::move(command));
}

// Decided at the time of now: the owner may have decided later commands of the user meanwhile.
void Router::take_over(Forwarded& command) {
  counters_.taken_over.add();
  const SentCommand& sent = command.sent;
  local_.submit(sent.key, sent.event_id, sent.command, clock_.wall(), std::move(command.done));
}

void Router::give_up(state::WriteCallback& done) {
  counters_.timed_out.add();
  done(std::unexpected(state::WriteError::kUnavailable));
}

// The outcome in a reply; nullopt if it is malformed, or about another shard.
std::optional<state::Outcome> Router::outcome_of(const SentCommand& sent, std::string_view reply) {
  auto outcome = decode_outcome(reply);
  const bool is_of_shard =
      outcome && (!*outcome || (*outcome)->shard == state::shard_of(sent.key.tenant, sent.key.user));
  if (is_of_shard) return outcome;
  counters_.malformed.add();
  return std::nullopt;
}

// A position waits before the view is looked at: no batch can be applied in between.
void Router::answer(Forwarded& command, const state::Outcome& outcome) {
  if (!outcome) return command.done(outcome);
  {
    const MutexLock lock(mutex_);
    waits_.emplace(*outcome, OutcomeWait{command.deadline, std::move(command.done)});
  }
  answer_shown();
}

void Router::answer_shown() {
  std::vector<OutcomeWaits::node_type> shown;
  {
    const MutexLock lock(mutex_);
    for (auto next = waits_.begin(); next != waits_.end();) {
      const std::uint32_t shard = next->first.shard;
      const auto end = waits_.upper_bound(view_.position(shard));
      while (next != end) shown.push_back(waits_.extract(next++));
      next = waits_.upper_bound({shard, std::numeric_limits<std::uint64_t>::max()});
    }
  }
  for (auto& wait : shown) wait.mapped().done(wait.key());
}

void Router::tick(SteadyTime now) {
  answer_shown();
  std::vector<OutcomeWaits::node_type> ended;
  {
    const MutexLock lock(mutex_);
    for (auto next = waits_.begin(); next != waits_.end();) {
      const auto wait = next++;
      if (wait->second.deadline <= now) ended.push_back(waits_.extract(wait));
    }
  }
  for (auto& wait : ended) give_up(wait.mapped().done);
}

// Decided by the clock of this node, like all commands of its shards: the times of one person's events come from one
// clock. Never sent on, also if another node owns the shard: nodes that disagree about the owner would send it round.
void Router::receive(Message& message) {
  const auto sent = decode_command(message.bytes);
  if (!sent) return counters_.malformed.add();
  const Time now = clock_.wall();
  if (std::chrono::abs(now - sent->received_at) > kSentAgeMax) return counters_.late.add();
  local_.submit(sent->key, sent->event_id, sent->command, now,
                [reply = std::move(message.reply)](const state::Outcome& outcome) mutable {
                  if (reply) reply(encode_outcome(outcome));
                });
}

}  // namespace porchlight::cluster
