// Changes people's presence while others look on: each change is one setPresence, and the next one of a
// connection goes out when the answer is here.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "loadtest/loopback.h"
#include "loadtest/poller.h"

namespace porchlight::loadtest {

// What the load test makes of somebody. Both outrank what an ordinary session shows.
enum class ShownState : std::uint8_t { kOther, kBusy, kDoNotDisturb };
// Of a presence as JSON.
ShownState parse_shown_state(std::string_view presence);
// Busy and DoNotDisturb in turns.
ShownState next_shown_state(ShownState state);

class PresenceWriter {
 public:
  // A change of `person`, a place in `people`, was sent and is durable.
  using OnAnswer = std::function<void(std::size_t person, Instant asked, Instant answered)>;
  // `people`: their ids. The poll and the ids must outlive it.
  PresenceWriter(Poller& poller, const LoopbackServer& server, std::string_view token,
                 const std::vector<std::string>& people, OnAnswer on_answer);
  ~PresenceWriter();

  // kOther: ends the load test's session of theirs.
  void change(std::size_t person, ShownState state);
  // Changes that were not answered yet.
  std::size_t left() const { return waiting_.size() + under_way_; }
  bool is_idle() const { return left() == 0; }
  // Why a change could not be made, as a sentence; empty where all could.
  const std::string& fault() const { return fault_; }

 private:
  struct PresenceChange {
    std::size_t person;
    ShownState state;
    Instant asked = {};
  };
  class Connection;
  std::string request(const PresenceChange& change) const;
  void answered(const PresenceChange& change, int status);
  void fail(const std::string& why);

  Poller& poller_;
  const LoopbackServer server_;
  const std::string fields_;  // of every request
  const std::vector<std::string>& people_;
  const OnAnswer on_answer_;
  std::vector<Connection> connections_;
  std::deque<PresenceChange> waiting_;
  std::size_t under_way_ = 0;
  std::string fault_;
};

}  // namespace porchlight::loadtest
