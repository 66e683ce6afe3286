// Many streams from one server, all open at once: what each was told last, and when. One thread, nothing
// blocks.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <string>
#include <vector>

#include "loadtest/event_reader.h"
#include "loadtest/loopback.h"
#include "loadtest/poller.h"
#include "loadtest/presence_writer.h"

namespace porchlight::loadtest {

class StreamPool {
 public:
  // A stream of this person was told so, after it had been told what there was at first.
  using OnChange =
      std::function<void(std::size_t stream, std::size_t person, ShownState state, Instant when)>;
  // Each stream follows one of the people, in turns. The poll and the ids must outlive it.
  StreamPool(Poller& poller, const LoopbackServer& server, std::string_view token,
             const std::vector<std::string>& people, std::size_t streams, OnChange on_change);
  ~StreamPool();

  // Has all streams opened that are not: begins with as many as may be under way, and open_pending() with the
  // others. Whoever had an event comes back with its id. `again`: those that are refused for want of room
  // come back too.
  void open(bool again);
  void open_pending();
  // Closes all of them at once.
  void close();

  std::size_t size() const { return streams_.size(); }
  // How many have been told what there is since they were opened.
  std::size_t ready() const { return ready_; }
  std::size_t person_of(std::size_t stream) const { return stream % people_.size(); }
  // What the stream was told last.
  ShownState state_of(std::size_t stream) const { return streams_[stream].state; }
  // How many were told that they go on where they ended; how often one had to come again; how many ended
  // later.
  std::size_t resumed() const { return resumed_; }
  std::size_t retries() const { return retries_; }
  std::size_t lost() const { return lost_; }
  std::uint64_t bytes() const { return bytes_; }
  // Why no more of them can be opened, as a sentence; empty where they can.
  const std::string& fault() const { return fault_; }

 private:
  struct PooledStream final : PollHandler {
    void on_ready(bool hung_up) override { pool->work(*this, hung_up); }
    StreamPool* pool = nullptr;
    int fd = -1;
    bool is_asked = false;      // the request was sent
    bool is_ready = false;      // it was told what there is
    bool is_announced = false;  // ... all of it, from the beginning
    ShownState state = ShownState::kOther;
    std::string last_id;
    EventReader reader;
  };
  struct PendingOpen {
    Instant since;
    PooledStream* stream;
  };

  void begin(PooledStream& stream);
  void work(PooledStream& stream, bool hung_up);
  bool ask(PooledStream& stream);
  void read(PooledStream& stream, bool hung_up);
  void on_event(PooledStream& stream, const SseEvent& event, Instant now);
  void on_lost(PooledStream& stream);
  void close_stream(PooledStream& stream);
  void fail(std::string why);
  std::size_t stream_index(const PooledStream& stream) const {
    return static_cast<std::size_t>(&stream - streams_.data());
  }

  Poller& poller_;
  const LoopbackServer server_;
  const std::string fields_;  // of every request
  const std::vector<std::string>& people_;
  const OnChange on_change_;
  const std::size_t sources_;  // addresses that it comes from
  std::vector<PooledStream> streams_;
  std::vector<char> input_;
  std::deque<PendingOpen> waiting_;  // to be opened
  std::size_t opening_ = 0;          // under way
  bool retry_refused_ = false;
  std::size_t ready_ = 0, resumed_ = 0, retries_ = 0, lost_ = 0;
  std::uint64_t bytes_ = 0;
  std::string fault_;
};

}  // namespace porchlight::loadtest
