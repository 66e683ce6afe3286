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

#include "graph/body.h"
#include "graph/open_stream.h"

namespace porchlight::graph {

class SocketStream final : public OpenStream {
 public:
  // `access`: of the streams' route. The tools are of the loop that the exchange is of.
  SocketStream(Tools& tools, const identity::Caller& caller, const Access& access, http::Exchange exchange,
               notify::Seats::Seat seat, Terms terms);

  void received(std::string_view bytes) override;

 private:
  struct Refusal {
    http::CloseCode code;
    std::string_view reason;
  };
  std::optional<Refusal> take(std::string_view text, std::string& out);
  Result<void> subscribe(const Body& body, std::string& out);
  Result<void> unsubscribe(const Body& body, std::string& out);
  Result<void> change_to(Following following, std::string& out);
  Result<void> set_presence(const Body& body);
  Result<void> spend(throttle::Kind kind);

  Tools& tools_;
  const Access& access_;
  http::WebSocketReader reader_;
  Following following_;  // as the client asked for it last
};

}  // namespace porchlight::graph
