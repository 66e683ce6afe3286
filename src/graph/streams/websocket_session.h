// A stream over a WebSocket: the client chooses its people by messages, and can keep a session alive with it.
//
//     -> {"subscribe":{"users":["guid or name",…]}}     adds people
//     -> {"subscribe":{"group":"guid"}}                 follows the group instead
//     -> {"unsubscribe":{"users":[…]}}                  removes people
//     -> {"unsubscribe":{}}                             removes all
//     <- {"event":"subscribed","data":{"users":2}}
//     -> {"setPresence":{"user":"…","sessionId":"…","availability":"…","activity":"…"}}
//     <- {"event":"presenceSet","data":{"sessionId":"…"}}
//     <- {"event":"error","data":{"code":"…","message":"…"}}
#pragma once

#include "graph/streams/stream_session.h"
#include "graph/wire/websocket_message.h"

namespace porchlight::graph {

// Messages are handled on the loop's thread.
class WebSocketSession final : public StreamSession {
 public:
  // `access`: that of the stream route. `context`: of the loop of the exchange; it must outlive the session.
  WebSocketSession(HandlerContext& context, const identity::Caller& caller, const Access& access,
                   http::Exchange exchange, watch::WatchQuota::Permit permit, StreamOptions options);

  // Bytes of frames, in any pieces.
  void on_received(std::string_view bytes) override;

 private:
  std::optional<CloseReason> handle_message(std::string_view text, std::string& out);
  Result<void> handle(const SubscribeMessage& message, std::string& out);
  Result<void> handle(const UnsubscribeMessage& message, std::string& out);
  Result<void> handle(const SetPresenceMessage& message, std::string& out);
  Result<void> change_target(WatchTarget target, std::string& out);
  Result<void> charge_budget(throttle::RequestKind kind);

  HandlerContext& context_;
  const Access& access_;
  http::WebSocketReader reader_;
  WatchTarget target_;  // as the client requested last
};

}  // namespace porchlight::graph
