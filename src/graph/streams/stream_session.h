// One stream under way: what its people look like to its caller, told as it changes.
//
// Everything is decided on the watchers' thread, in order of time; the loop's thread only says how the
// connection goes and what the client wants. At most one page of events is on its way to the connection; who
// changes meanwhile is owed (stream_sync.h), and only what they look like then is told.
#pragma once

#include <atomic>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include "graph/call/streams.h"
#include "graph/streams/stream_target.h"
#include "graph/wire/stream_sync.h"
#include "http/handler.h"
#include "http/websocket.h"
#include "watch/watch_registry.h"

namespace porchlight::graph {

// Events that a stream may miss because its client reads slowly, before it is ended.
inline constexpr std::size_t kMissedChangesMax = 100;
// Bytes of events after which a page is full: with its last event, what waits for a slow reader stays below
// the connection's limit.
inline constexpr std::size_t kPageBytes = 24 * 1024;

// How events are written: as server-sent events, or as messages of a WebSocket.
enum class StreamTransport : std::uint8_t { kSse, kWebSocket };
// Appends one. `data`: JSON. `id`: of the event, of characters that need no escape; may be empty.
void append_event(std::string& out, StreamTransport transport, std::string_view name, std::string_view id,
                  std::string_view data);

// A session that lives as long as its stream.
struct OwnedSession {
  state::UserKey person;
  presence::SetSession command;
};

class StreamSession : public watch::Watcher,
                      public http::StreamObserver,
                      public std::enable_shared_from_this<StreamSession> {
 public:
  struct StreamOptions {
    StreamTransport transport;
    WatchTarget target;
    std::string resume;  // the id of the last event that the client knows; empty: none
  };
  StreamSession(const Services& services, const identity::Caller& caller, http::Exchange exchange,
                watch::WatchQuota::Permit permit, StreamOptions options);

  // Begins to tell. False where the server stops.
  bool start();

  std::optional<Time> on_change(Time now, std::span<const state::UserKey> changed) override;
  void on_closed() override;

  void on_drained() override;
  void on_stalled() override { is_stalled_ = true; }
  void on_received(std::string_view) override {}
  void on_disconnected() override;

 protected:
  // On the loop's thread: it is to be about these, once submit_commands() is called: the client hears that it is
  // so before it hears of them. False where that are too many people.
  bool set_target(const WatchTarget& target);
  void submit_commands();
  // From any thread: renews this session from now on.
  void hold_session(const OwnedSession& session);
  const Services& services() const { return services_; }
  const identity::Caller& caller() const { return caller_; }
  const http::Exchange& exchange() const { return exchange_; }

 private:
  enum class SendState : std::uint8_t {
    kIdle,
    kSending,             // a page is on its way
    kSendingMorePending,  // ... and more is to be told
  };
  enum class EndReason : std::uint8_t { kTokenExpired, kNotAllowed, kSlow, kStopping };
  struct EndMessage;
  static const EndMessage& end_message(EndReason why);

  std::optional<watch::WatchRegistry::Id> watch();
  void apply_commands(Time now);
  bool update_people(Time now);
  bool resume(Time now);
  bool needs_other_keys(std::span<const state::UserKey> changed) const;
  bool has_membership_change(std::span<const state::UserKey> changed) const;
  void record_changes(std::span<const state::UserKey> changed, Time now);
  bool has_pending() const { return sync_.has_pending() || !removed_.empty() || !is_ready_sent_; }
  bool send_page(Time now);
  bool try_begin_send();
  std::string render_page(Time now);
  PresenceHash render(const Guid& person, Time now);
  Time renew_session(Time now);
  std::optional<Time> end(EndReason why);
  std::vector<state::UserKey> keys() const;

  const Services& services_;
  const identity::Caller caller_;
  const http::Exchange exchange_;
  const StreamTransport transport_;

  // The loop's thread.
  std::optional<watch::WatchQuota::Permit> permit_;

  // The watchers' thread.
  WatchTarget target_;
  StreamSync sync_;
  std::string resume_id_;
  std::string presence_json_;  // of the person at hand
  std::vector<Guid> removed_;  // are the stream's no longer, which is still to be told
  std::uint64_t epoch_ = 0;
  std::uint64_t watched_checksum_ = 0;  // of the keys that are watched
  std::size_t missed_ = 0;
  bool needs_people_ = true;  // who they are is to be found out, again
  bool has_begun_ = false;
  bool is_snapshot_announced_ = false;
  bool is_ready_sent_ = false;  // what there was at first has been told
  std::optional<OwnedSession> owned_session_;
  Time renew_at_ = presence::kNever;

  // Both.
  std::atomic<watch::WatchRegistry::Id> watch_ = 0;
  std::atomic<SendState> send_state_ = SendState::kIdle;
  std::atomic<bool> is_stalled_ = false;
  std::atomic<bool> is_closed_ = false;
  std::atomic<bool> has_commands_ = false;
  struct PendingCommands {
    std::mutex mutex;
    std::optional<WatchTarget> target;    // guarded by mutex
    std::optional<OwnedSession> session;  // guarded by mutex
  };
  std::unique_ptr<PendingCommands> commands_;  // of a WebSocket
};

}  // namespace porchlight::graph
