// An open stream: sends the presence of its people, as the caller may see it, whenever it changes.
//
// All decisions are made on the watch registry's thread, in order of time. A call reads or renders at most
// watch::kPeoplePerCall people, so that others are served in between. The loop's thread only reports the state
// of the connection and the client's commands. At most one page of events is in flight to the connection; people who
// change in the meantime become pending (stream_sync.h), and their state at the time of the next page is sent.
#pragma once

#include <atomic>
#include <memory>
#include <optional>
#include <string>

#include "base/mutex.h"
#include "graph/call/streams.h"
#include "graph/streams/stream_target.h"
#include "graph/wire/stream_sync.h"
#include "http/handler.h"
#include "http/websocket.h"
#include "watch/target.h"
#include "watch/watch_registry.h"

namespace porchlight::graph {

// Changes that a stream may miss because its client reads slowly, before the server ends it.
inline constexpr std::size_t kMissedChangesMax = 100;
// Bytes after which a page is full. With its last event it stays below the connection's limit for unsent bytes.
inline constexpr std::size_t kPageBytes = 24 * 1024;

// The form of events: server-sent events, or messages of a WebSocket.
enum class StreamTransport : std::uint8_t { kSse, kWebSocket };
// Appends an event. `data`: JSON. `id`: without characters that JSON escapes; may be empty.
void append_event(std::string& out, StreamTransport transport, std::string_view name, std::string_view id,
                  std::string_view data);

// A presence session that the stream renews as long as it is open.
struct OwnedSession {
  state::UserKey person;
  presence::SetSession command;
};

// Owned by the watch registry and by the connection. The services must outlive it.
class StreamSession : public watch::Watcher,
                      public http::StreamObserver,
                      public watch::OpenWait,
                      public std::enable_shared_from_this<StreamSession> {
 public:
  // What the request asks for.
  struct StreamOptions {
    StreamTransport transport;
    WatchTarget target;
    std::string resume;  // id of the last event that the client received; empty: none
  };
  StreamSession(const Services& services, const identity::Caller& caller, http::Exchange exchange,
                watch::WatchQuota::Permit permit, StreamOptions options);
  ~StreamSession() override;
  StreamSession(const StreamSession&) = delete;
  StreamSession& operator=(const StreamSession&) = delete;

  // Begins to watch, and sends the first page. Called once. Returns false if the server is stopping.
  bool start();

  // Watcher, on the watch registry's thread.
  std::optional<Time> on_change(Time now, std::span<const state::UserKey> changed) override;
  void on_closed() override;

  // OpenWait, on any thread.
  std::string_view kind() const override;
  bool is_behind() const override { return send_state_ == SendState::kSendingMorePending; }
  void request_end() override;

  // StreamObserver, on the loop's thread.
  void on_drained() override;
  void on_stalled() override { is_stalled_ = true; }
  void on_received(std::string_view) override {}
  void on_disconnected() override;

 protected:
  // On the loop's thread: replaces the target. It takes effect with submit_commands(), so that the acknowledgement is
  // sent before events of the new people. Returns false if that exceeds the quota.
  bool set_target(const WatchTarget& target);
  // On the loop's thread: lets queued commands take effect.
  void submit_commands();
  // Thread-safe: renews this session from now on.
  void hold_session(const OwnedSession& session);
  const Services& services() const { return services_; }
  const identity::Caller& caller() const { return caller_; }
  const http::Exchange& exchange() const { return exchange_; }

 private:
  enum class SendState : std::uint8_t {
    kIdle,
    kSending,             // a page is in flight
    kSendingMorePending,  // ... and more is pending
  };
  enum class EndReason : std::uint8_t { kTokenExpired, kNotAllowed, kSlow, kStopping };
  struct EndMessage;
  // The continuation from an event that the client received before.
  struct Resumption {
    std::string id;                    // of that event
    std::vector<PresenceHash> hashes;  // of the people that were compared, in order
    std::vector<Guid> changed;         // people who changed since the first was compared
  };
  // How far the session has read its target.
  enum class TargetProgress : std::uint8_t {
    kDone,
    kMore,  // the next call continues
    kGone,  // the group does not exist any more
  };
  static const EndMessage& end_message(EndReason why);

  std::optional<watch::WatchRegistry::Id> watch();
  void apply_commands(Time now);
  TargetProgress read_target(Time now);
  TargetProgress read_people();
  void set_people(std::vector<Guid> people);
  TargetProgress compare_people(Time now);
  bool needs_other_keys(std::span<const state::UserKey> changed) const;
  bool has_membership_change(std::span<const state::UserKey> changed) const;
  void record_changes(std::span<const state::UserKey> changed, Time now);
  bool has_pending() const { return sync_.has_pending() || !removed_.empty() || !is_ready_sent_; }
  bool send_page(Time now);
  bool try_begin_send();
  bool mark_more_pending();
  void count_delay();
  std::string render_page(Time now);
  PresenceHash render(const Guid& person, Time now);
  Time renew_session(Time now);
  std::optional<Time> end(EndReason why);
  std::vector<state::UserKey> keys() const;

  const Services& services_;
  identity::Caller caller_;  // its validity_epoch changes, on the watch registry's thread
  const http::Exchange exchange_;
  const StreamTransport transport_;

  // The loop's thread.
  std::optional<watch::WatchQuota::Permit> permit_;

  // The watch registry's thread.
  WatchTarget target_;
  StreamSync sync_;
  std::optional<watch::PeopleReading> reading_;  // of the people of a tenant, while they are read
  std::optional<Resumption> resumption_;         // until all people were compared
  std::string presence_json_;                    // buffer of render()
  std::vector<Guid> removed_;                    // people whose removal is still to be sent
  std::uint64_t epoch_ = 0;                      // View::directory_epoch() when the target was last read
  const std::uint64_t opened_at_end_;            // StreamEnds::last() when the stream was opened
  std::uint64_t watched_checksum_ = 0;           // of the keys that are watched
  std::size_t missed_ = 0;                       // changes since the client began to read slowly
  bool needs_people_ = true;                     // whether the target must be read again
  bool has_begun_ = false;
  bool is_snapshot_announced_ = false;
  bool is_ready_sent_ = false;  // whether the whole snapshot was sent
  Time unsent_since_ =
      presence::kNever;  // the oldest change that is pending; kNever: none but those of the snapshot
  std::optional<OwnedSession> owned_session_;
  Time renew_at_ = presence::kNever;

  // Both threads.
  std::atomic<watch::WatchRegistry::Id> watch_ = 0;
  std::atomic<Time> page_since_ = presence::kNever;  // the oldest change of the page in flight
  std::atomic<SendState> send_state_ = SendState::kIdle;
  std::atomic<bool> is_stalled_ = false;
  std::atomic<bool> is_closed_ = false;
  std::atomic<bool> shall_end_ = false;
  std::atomic<bool> has_commands_ = false;
  struct PendingCommands {
    Mutex mutex;
    std::optional<WatchTarget> target ABSL_GUARDED_BY(mutex);
    std::optional<OwnedSession> session ABSL_GUARDED_BY(mutex);
  };
  std::unique_ptr<PendingCommands> commands_;  // only of a WebSocket
};

}  // namespace porchlight::graph
