// Changes the presence of users with setPresence requests over a few connections. A connection sends its next request
// when the response to the last one has arrived. One thread.
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

// The presence that the load test sets. Busy and DoNotDisturb have precedence over what an ordinary session shows.
enum class ShownState : std::uint8_t { kOther, kBusy, kDoNotDisturb };
// The state in a presence object (JSON).
ShownState parse_shown_state(std::string_view presence);
// The state for the next change: alternately Busy and DoNotDisturb.
ShownState next_shown_state(ShownState state);

class PresenceWriter {
 public:
  // A change was answered and is durable. `person` is an index of `people`.
  using OnAnswer = std::function<void(std::size_t person, Instant asked, Instant answered)>;
  // `people` are the ids of users. They and `poller` must outlive the writer.
  PresenceWriter(Poller& poller, const LoopbackServer& server, std::string_view token,
                 const std::vector<std::string>& people, OnAnswer on_answer);
  ~PresenceWriter();

  // Sends or queues a change of that user. kOther clears the load test's session.
  void change(std::size_t person, ShownState state);
  // Changes without an answer so far.
  std::size_t left() const { return waiting_.size() + under_way_; }
  bool is_idle() const { return left() == 0; }
  // Why a change failed, as a sentence; empty if none did.
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
  // The reason if the server accepts no connection.
  std::string not_connected() const;

  Poller& poller_;
  const LoopbackServer server_;
  const std::string fields_;  // header fields of every request
  const std::vector<std::string>& people_;
  const OnAnswer on_answer_;
  std::vector<Connection> connections_;
  std::deque<PresenceChange> waiting_;
  std::size_t under_way_ = 0;
  std::string fault_;
};

}  // namespace porchlight::loadtest
