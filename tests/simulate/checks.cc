#include "simulate/checks.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "log/batch_codec.h"
#include "state/dump.h"

namespace porchlight::simulate {
namespace {

// After this time an acknowledged write shows on all nodes that answer reads: the next heartbeat of its writer or the
// end of that node's time as a live one, and kBehindMax.
constexpr Duration kShownWithin = cluster::kCountedFor + cluster::kBehindMax + Duration(1000);

AnswerKind kind_of(const state::Outcome& outcome) {
  if (outcome) return AnswerKind::kWritten;
  return outcome.error() ==
                 std::variant<presence::Rejection, state::WriteError>(state::WriteError::kUnavailable)
             ? AnswerKind::kUnavailable
             : AnswerKind::kRefused;
}

}  // namespace

void Checks::fail(std::string rule) {
  if (trace_) fmt::print("{:>6} ms  BROKEN: {}\n", schedule_.now().time_since_epoch().count(), rule);
  if (std::ranges::find(broken_, rule) == broken_.end()) broken_.push_back(std::move(rule));
}

std::size_t Checks::submitted(const Guid& id, int node, bool is_repeated) {
  submitted_.push_back({id, node, is_repeated});
  return submitted_.size() - 1;
}

void Checks::answered(std::size_t number, const state::Outcome& outcome, const state::View& view) {
  Submitted& command = submitted_[number];
  if (command.answer != AnswerKind::kNone) fail("a command is answered once");
  command.answer = kind_of(outcome);
  command.answered_at = schedule_.now();
  if (!outcome) return;
  command.position = *outcome;
  if (view.position(outcome->shard).seq < outcome->seq)
    fail("an acknowledged write shows on the node that acknowledged it");
  if (log_.tail(outcome->shard).seq < outcome->seq) fail("an acknowledged write is durable");
}

void Checks::posted(const Notification& notification, const SimulatedNode& poster,
                    const SimulatedNode& node) {
  const log::Position& position = notification.position;
  if (log_.tail(position.shard).seq < position.seq) fail("a notification follows its change");
  if (node.heartbeats().is_current() && node.view().position(position.shard).seq < position.seq)
    fail(fmt::format("a read after a notification is never older than it ({} posted {}:{}, {} shows {})",
                     poster.heartbeats().self(), position.shard, position.seq, node.heartbeats().self(),
                     node.view().position(position.shard).seq));
}

void Checks::read(int number, const SimulatedNode& node, const std::vector<state::UserKey>& people, Time) {
  for (std::uint32_t shard = 0; shard < state::kShards; ++shard)
    if (node.view().position(shard).seq > log_.tail(shard).seq) fail("no node shows what is not durable");
  for (const state::UserKey& key : people) {
    const auto person = node.view().copy(key);
    std::uint64_t& seen = seen_[number][key.user];
    const std::uint64_t version = person ? person->version : 0;
    if (version < seen) fail("the state of a user never goes back on a node");
    seen = std::max(seen, version);
  }
  if (!node.heartbeats().is_current()) return;
  const SteadyTime shown = schedule_.now() - kShownWithin;
  for (const Submitted& command : submitted_) {
    if (command.answer != AnswerKind::kWritten || command.answered_at > shown) continue;
    if (node.view().position(command.position.shard).seq < command.position.seq)
      fail("a node that answers reads shows acknowledged writes in time");
  }
}

void Checks::at_the_end(const SimulatedNode& node) {
  state::View fold;
  for (std::uint32_t shard = 0; shard < state::kShards; ++shard) {
    if (node.view().position(shard).seq != log_.tail(shard).seq)
      fail("in peace each node follows the log to its end");
    for (const log::StoredBatch& stored : log_.batches(shard)) fold.apply({shard, stored.seq}, stored.batch);
  }
  if (state::dump(fold) != state::dump(node.view())) fail("views at equal positions are equal");
}

void Checks::check_log() {
  std::map<Guid, log::Position> logged;
  for (std::uint32_t shard = 0; shard < state::kShards; ++shard) {
    std::map<std::pair<Guid, Guid>, std::uint64_t> versions;
    std::uint64_t chain = 0, seq = 0;
    Time at{};
    for (const log::StoredBatch& stored : log_.batches(shard)) {
      chain = log::next_chain(chain, log::encode_events(stored.batch));
      if (stored.chain != chain || stored.seq != ++seq) fail("the chain of the log is unbroken");
      if (stored.batch.at < at) fail("times of batches never decrease");
      at = stored.batch.at;
      for (const log::Event& event : stored.batch.events) {
        Guid command = event.id;
        command.bytes[8] = 0;  // Plant::kForgottenIds
        if (!logged.try_emplace(command, log::Position{shard, stored.seq}).second)
          fail(fmt::format("a command is carried out once (command {} at {}:{})",
                           event.id.bytes[0] + 256 * event.id.bytes[1] + 65536 * event.id.bytes[2], shard,
                           stored.seq));
        if (event.version != ++versions[{event.tenant, event.subject}])
          fail("no event is decided on an older state");
      }
    }
  }
  for (const Submitted& command : submitted_) {
    const auto found = logged.find(command.id);
    const bool is_logged = found != logged.end();
    // A command that arrives at two nodes may change nothing at one of them, and then be carried out by the other.
    if (command.is_repeated || !is_logged) continue;
    if (command.answer == AnswerKind::kWritten && found->second != command.position)
      fail("a command is answered with its position");
    if (command.answer == AnswerKind::kRefused)
      fail(fmt::format("a refused command has no event ({}:{})", found->second.shard, found->second.seq));
  }
}

std::size_t Checks::count(AnswerKind kind) const {
  return static_cast<std::size_t>(std::ranges::count(submitted_, kind, &Submitted::answer));
}

}  // namespace porchlight::simulate
