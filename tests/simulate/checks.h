// What must hold in every history. Each check names the rule that it finds broken.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "simulate/simulated_node.h"

namespace porchlight::simulate {

enum class AnswerKind : std::uint8_t { kNone, kWritten, kRefused, kUnavailable };

class Checks {
 public:
  // `trace`: print a rule when it is found broken.
  Checks(const Schedule& schedule, const SharedLog& log, bool trace)
      : schedule_(schedule), log_(log), trace_(trace) {}

  const std::vector<std::string>& broken() const { return broken_; }
  // Notes a broken rule.
  void fail(std::string rule);

  // A node of this number has started, and has shown nothing yet.
  void started(int node) { seen_[node] = {}; }
  // A command was submitted at a node; `is_repeated`: it may be submitted again. Returns its number for answered().
  std::size_t submitted(const Guid& id, int node, bool is_repeated);
  // Its answer, at the node with this view.
  void answered(std::size_t submitted, const state::Outcome& outcome, const state::View& view);
  // A notification was posted, and this other node is in that state meanwhile.
  void posted(const Notification& notification, const SimulatedNode& poster, const SimulatedNode& node);
  // The state of a node now.
  void read(int number, const SimulatedNode& node, const std::vector<state::UserKey>& people, Time wall);

  // After a time of peace: the node has the whole log, and nothing else.
  void at_the_end(const SimulatedNode& node);
  // The log and the answers agree.
  void check_log();
  std::size_t count(AnswerKind kind) const;

 private:
  struct Submitted {
    Guid id;
    int node;
    bool is_repeated;
    AnswerKind answer = AnswerKind::kNone;
    log::Position position{};
    SteadyTime answered_at{};
  };

  const Schedule& schedule_;
  const SharedLog& log_;
  const bool trace_;
  std::vector<Submitted> submitted_;
  std::map<int, std::map<Guid, std::uint64_t>> seen_;  // by node and user: the greatest version that was read
  std::vector<std::string> broken_;
};

}  // namespace porchlight::simulate
