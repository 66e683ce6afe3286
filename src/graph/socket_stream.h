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

#include "graph/open_stream.h"
#include "graph/socket_message.h"

namespace porchlight::graph {

class SocketStream final : public OpenStream {
 public:
  // `access`: of the streams' route. The tools are of the loop that the exchange is of.
  SocketStream(Tools& tools, const identity::Caller& caller, const Access& access, http::Exchange exchange,
               notify::Seats::Seat seat, Terms terms);

  void received(std::string_view bytes) override;

 private:
  std::optional<SocketRefusal> take(std::string_view text, std::string& out);
  Result<void> act(const SubscribeMessage& message, std::string& out);
  Result<void> act(const UnsubscribeMessage& message, std::string& out);
  Result<void> act(const SetPresenceMessage& message, std::string& out);
  Result<void> change_to(Following following, std::string& out);
  Result<void> spend(throttle::Kind kind);

  Tools& tools_;
  const Access& access_;
  http::WebSocketReader reader_;
  Following following_;  // as the client asked for it last
};

}  // namespace porchlight::graph
