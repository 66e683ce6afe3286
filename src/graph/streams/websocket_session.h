// A stream over a WebSocket: its client says whom it is about, and keeps a session alive with it.
//
//     -> {"subscribe":{"users":["guid or name",…]}}     adds them
//     -> {"subscribe":{"group":"guid"}}                 is about the group instead
//     -> {"unsubscribe":{"users":[…]}}                  takes them away
//     -> {"unsubscribe":{}}                             takes everybody away
//     <- {"event":"subscribed","data":{"users":2}}
//     -> {"setPresence":{"user":"…","sessionId":"…","availability":"…","activity":"…"}}
//     <- {"event":"presenceSet","data":{"sessionId":"…"}}
//     <- {"event":"error","data":{"code":"…","message":"…"}}
#pragma once

#include "graph/streams/stream_session.h"
#include "graph/wire/websocket_message.h"

namespace porchlight::graph {

class WebSocketSession final : public StreamSession {
 public:
  // `access`: of the streams' route. The context is of the loop that the exchange is of.
  WebSocketSession(HandlerContext& context, const identity::Caller& caller, const Access& access,
                   http::Exchange exchange, watch::WatchQuota::Permit permit, StreamOptions options);

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
  WatchTarget target_;  // as the client asked for it last
};

}  // namespace porchlight::graph
