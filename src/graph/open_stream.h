// One stream under way: what its people look like to its caller, told as it changes.
//
// Everything is decided on the watchers' thread, in order of time; the loop's thread only says how the
// connection goes and what the client wants. At most one page of events is on its way to the connection; who
// changes meanwhile is owed (told.h), and only what they look like then is told.
#pragma once

#include <atomic>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include "graph/following.h"
#include "graph/streams.h"
#include "graph/told.h"
#include "http/handler.h"
#include "http/websocket.h"
#include "notify/watchers.h"

namespace porchlight::graph {

// Events that a stream may miss because its client reads slowly, before it is ended.
inline constexpr std::size_t kMissedMax = 100;
// Bytes of events after which a page is full: with its last event, what waits for a slow reader stays below
// the connection's limit.
inline constexpr std::size_t kPageBytes = 24 * 1024;

// How events are written: as server-sent events, or as messages of a WebSocket.
enum class Speech : std::uint8_t { kEvents, kMessages };
// Appends one. `data`: JSON. `id`: of the event, of characters that need no escape; may be empty.
void append_event(std::string& out, Speech speech, std::string_view name, std::string_view id,
                  std::string_view data);

// A session that lives as long as its stream.
struct KeptSession {
  state::UserKey person;
  presence::SetSession command;
};

class OpenStream : public notify::Watcher,
                   public http::StreamEar,
                   public std::enable_shared_from_this<OpenStream> {
 public:
  struct Terms {
    Speech speech;
    Following following;
    std::string resume;  // the id of the last event that the client knows; empty: none
  };
  OpenStream(const Shared& shared, const identity::Caller& caller, http::Exchange exchange,
             notify::Seats::Seat seat, Terms terms);

  // Begins to tell. False where the server stops.
  bool begin();

  std::optional<Time> told(Time now, std::span<const state::UserKey> changed) override;
  void closed() override;

  void drained() override;
  void stalled() override { is_stalled_ = true; }
  void received(std::string_view) override {}
  void gone() override;

 protected:
  // On the loop's thread: it is to be about these, once go_by_wishes() is called: the client hears that it is
  // so before it hears of them. False where that are too many people.
  bool select(const Following& following);
  void go_by_wishes();
  // From any thread: renews this session from now on.
  void keep(const KeptSession& session);
  const Shared& shared() const { return shared_; }
  const identity::Caller& caller() const { return caller_; }
  const http::Exchange& exchange() const { return exchange_; }

 private:
  enum class Flow : std::uint8_t {
    kFree,
    kBusy,     // a page is on its way
    kAwaited,  // ... and more is to be told
  };
  enum class End : std::uint8_t { kTokenExpired, kNotAllowed, kSlow, kStopping };
  struct Farewell;
  static const Farewell& farewell(End why);

  std::optional<notify::Watchers::Id> watch();
  void take_wishes(Time now);
  bool take_up_people(Time now);
  bool begin_where_it_ended(Time now);
  bool is_of_somebody_else(std::span<const state::UserKey> changed) const;
  void note(std::span<const state::UserKey> changed, Time now);
  bool owes() const { return told_.owes() || !left_.empty() || !is_complete_; }
  bool speak(Time now);
  bool take_turn();
  std::string page(Time now);
  Fingerprint look_at(const Guid& person, Time now);
  Time renew(Time now);
  std::optional<Time> end(End why);
  std::vector<state::UserKey> keys() const;

  const Shared& shared_;
  const identity::Caller caller_;
  const http::Exchange exchange_;
  const Speech speech_;

  // The loop's thread.
  std::optional<notify::Seats::Seat> seat_;

  // The watchers' thread.
  Following following_;
  Told told_;
  std::string resume_;
  std::string json_;        // of the person at hand
  std::vector<Guid> left_;  // are the stream's no longer, which is still to be told
  std::uint64_t epoch_ = 0;
  std::uint64_t watched_digest_ = 0;  // of the keys that are watched
  std::size_t missed_ = 0;
  bool needs_people_ = true;  // who they are is to be found out, again
  bool has_begun_ = false;
  bool is_announced_ = false;
  bool is_complete_ = false;  // what there was at first has been told
  std::optional<KeptSession> kept_;
  Time renew_at_ = presence::kNever;

  // Both.
  std::atomic<notify::Watchers::Id> watch_ = 0;
  std::atomic<Flow> flow_ = Flow::kFree;
  std::atomic<bool> is_stalled_ = false;
  std::atomic<bool> is_gone_ = false;
  std::atomic<bool> has_wishes_ = false;
  struct Wishes {
    std::mutex mutex;
    std::optional<Following> following;  // guarded by mutex
    std::optional<KeptSession> kept;     // guarded by mutex
  };
  std::unique_ptr<Wishes> wishes_;  // of a WebSocket
};

}  // namespace porchlight::graph
