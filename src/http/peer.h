// The other end of a connection, and what it may say about others.
#pragma once

#include <optional>

#include "base/ip_address.h"
#include "http/message.h"

namespace porchlight::http {

// The origin of a connection: the socket's peer, or, on a listener with the PROXY protocol, the client that a trusted
// proxy names.
struct Peer {
  ListenerKind listener_kind;
  bool is_https = false;             // see Request::is_https
  bool is_trusted = false;           // a trusted proxy: its requests name their clients (http/forwarded.h)
  std::optional<IpAddress> address;  // absent on the admin socket
  std::uint32_t uid = 0;             // of the process at the other end, on the admin socket
};

}  // namespace porchlight::http
