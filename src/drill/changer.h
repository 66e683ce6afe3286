// Changes people's presence while others look on: each change is one setPresence, and the next one of a
// connection goes out when the answer is here.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "drill/loopback.h"
#include "drill/poll.h"

namespace porchlight::drill {

// What the drill makes of somebody. Both outrank what an ordinary session shows.
enum class Look : std::uint8_t { kOther, kBusy, kDoNotDisturb };
// Of a presence as JSON.
Look look_in(std::string_view presence);
// Busy and DoNotDisturb in turns.
Look next_look(Look look);

class Changer {
 public:
  // A change of `person`, a place in `people`, was sent and is durable.
  using Heard = std::function<void(std::size_t person, Instant asked, Instant answered)>;
  // `people`: their ids. The poll and the ids must outlive it.
  Changer(Poll& poll, const Server& server, std::string_view token, const std::vector<std::string>& people,
          Heard heard);
  ~Changer();

  // kOther: ends the drill's session of theirs.
  void change(std::size_t person, Look look);
  // Changes that were not answered yet.
  std::size_t left() const { return waiting_.size() + under_way_; }
  bool is_idle() const { return left() == 0; }
  // Why a change could not be made, as a sentence; empty where all could.
  const std::string& fault() const { return fault_; }

 private:
  struct Change {
    std::size_t person;
    Look look;
    Instant asked = {};
  };
  class Connection;
  std::string request(const Change& change) const;
  void answered(const Change& change, int status);
  void fail(const std::string& why);

  Poll& poll_;
  const Server server_;
  const std::string fields_;  // of every request
  const std::vector<std::string>& people_;
  const Heard heard_;
  std::vector<Connection> connections_;
  std::deque<Change> waiting_;
  std::size_t under_way_ = 0;
  std::string fault_;
};

}  // namespace porchlight::drill
