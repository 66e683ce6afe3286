// Many streams from one server, all open at once: what each was told last, and when. One thread, nothing
// blocks.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <string>
#include <vector>

#include "drill/changer.h"
#include "drill/event_reader.h"
#include "drill/loopback.h"
#include "drill/poll.h"

namespace porchlight::drill {

class Crowd {
 public:
  // A stream of this person was told so, after it had been told what there was at first.
  using Told = std::function<void(std::size_t stream, std::size_t person, Look look, Instant when)>;
  // Each stream follows one of the people, in turns. The poll and the ids must outlive it.
  Crowd(Poll& poll, const Server& server, std::string_view token, const std::vector<std::string>& people,
        std::size_t streams, Told told);
  ~Crowd();

  // Has all streams opened that are not: begins with as many as may be under way, and go_on() with the
  // others. Whoever had an event comes back with its id. `again`: those that are refused for want of room
  // come back too.
  void open(bool again);
  void go_on();
  // Closes all of them at once.
  void close();

  std::size_t size() const { return streams_.size(); }
  // How many have been told what there is since they were opened.
  std::size_t ready() const { return ready_; }
  std::size_t person_of(std::size_t stream) const { return stream % people_.size(); }
  // What the stream was told last.
  Look look_of(std::size_t stream) const { return streams_[stream].look; }
  // How many were told that they go on where they ended; how often one had to come again; how many ended
  // later.
  std::size_t resumed() const { return resumed_; }
  std::size_t turned_away() const { return turned_away_; }
  std::size_t lost() const { return lost_; }
  std::uint64_t bytes() const { return bytes_; }
  // Why no more of them can be opened, as a sentence; empty where they can.
  const std::string& fault() const { return fault_; }

 private:
  struct Stream final : Ready {
    void on_ready(bool hung_up) override { crowd->work(*this, hung_up); }
    Crowd* crowd = nullptr;
    int fd = -1;
    bool is_asked = false;      // the request was sent
    bool is_ready = false;      // it was told what there is
    bool is_announced = false;  // ... all of it, from the beginning
    Look look = Look::kOther;
    std::string last_id;
    EventReader reader;
  };
  struct Waiting {
    Instant since;
    Stream* stream;
  };

  void begin(Stream& stream);
  void work(Stream& stream, bool hung_up);
  bool ask(Stream& stream);
  void read(Stream& stream, bool hung_up);
  void hear(Stream& stream, const Event& event, Instant now);
  void lose(Stream& stream);
  void shut(Stream& stream);
  void fail(std::string why);
  std::size_t place_of(const Stream& stream) const {
    return static_cast<std::size_t>(&stream - streams_.data());
  }

  Poll& poll_;
  const Server server_;
  const std::string fields_;  // of every request
  const std::vector<std::string>& people_;
  const Told told_;
  const std::size_t sources_;  // addresses that it comes from
  std::vector<Stream> streams_;
  std::vector<char> input_;
  std::deque<Waiting> waiting_;  // to be opened
  std::size_t opening_ = 0;      // under way
  bool comes_again_ = false;
  std::size_t ready_ = 0, resumed_ = 0, turned_away_ = 0, lost_ = 0;
  std::uint64_t bytes_ = 0;
  std::string fault_;
};

}  // namespace porchlight::drill
