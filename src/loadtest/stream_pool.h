// Many event streams from one server, open at the same time, and the last state that each received. One thread; no call
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
  // A stream received a state of its user after its initial snapshot.
  using OnChange =
      std::function<void(std::size_t stream, std::size_t person, ShownState state, Instant when)>;
  // Stream i follows user i modulo their number. `poller` and `people` must outlive the pool.
  StreamPool(Poller& poller, const LoopbackServer& server, std::string_view token,
             const std::vector<std::string>& people, std::size_t streams, OnChange on_change);
  ~StreamPool();

  // Opens all streams that are closed: starts as many as may be in progress, and open_pending() the others. A stream
  // that had an event resumes with its id. With `again`, streams that the server refuses with 429 are tried again;
  // without, that is a fault.
  void open(bool again);
  // Starts more of the pending streams. Call it repeatedly.
  void open_pending();
  // Closes all streams at once.
  void close();

  std::size_t size() const { return streams_.size(); }
  // Streams that have received their snapshot since they were opened.
  std::size_t ready() const { return ready_; }
  // The index of the user that a stream follows.
  std::size_t person_of(std::size_t stream) const { return stream % people_.size(); }
  // The state that the stream received last.
  ShownState state_of(std::size_t stream) const { return streams_[stream].state; }
  // Streams that resumed without a snapshot; connections that were refused and tried again; streams that the server
  // ended after their snapshot.
  std::size_t resumed() const { return resumed_; }
  std::size_t retries() const { return retries_; }
  std::size_t lost() const { return lost_; }
  // Received by all streams.
  std::uint64_t bytes() const { return bytes_; }
  // Why streams cannot be opened, as a sentence; empty if they can.
  const std::string& fault() const { return fault_; }

 private:
  struct PooledStream final : PollHandler {
    void on_ready(bool hung_up) override { pool->work(*this, hung_up); }
    StreamPool* pool = nullptr;
    int fd = -1;
    bool is_asked = false;      // the request was sent
    bool is_ready = false;      // its snapshot is complete
    bool is_announced = false;  // a snapshot started: it was not resumed
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
  const std::string fields_;  // header fields of every request
  const std::vector<std::string>& people_;
  const OnChange on_change_;
  const std::size_t sources_;  // number of source addresses
  std::vector<PooledStream> streams_;
  std::vector<char> input_;
  std::deque<PendingOpen> waiting_;  // to be opened
  std::size_t opening_ = 0;          // in progress
  bool retry_refused_ = false;
  std::size_t ready_ = 0, resumed_ = 0, retries_ = 0, lost_ = 0;
  std::uint64_t bytes_ = 0;
  std::string fault_;
};

}  // namespace porchlight::loadtest
