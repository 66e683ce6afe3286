// Sockets to a server on this machine, and to no other.
#pragma once

#include <cstdint>
#include <expected>
#include <string>
#include <string_view>

namespace porchlight::loadtest {

struct LoopbackServer {
  std::uint32_t address = 0;  // 127.x.y.z, in the machine's own order
  std::uint16_t port = 0;

  // "127.0.0.1:8080", as a request's Host has it.
  std::string host() const;
};

// Reads "http://127.0.0.1:8080"; "localhost" is 127.0.0.1. Everything that is not this machine is refused,
// with a sentence that says why.
std::expected<LoopbackServer, std::string> parse_loopback_url(std::string_view url);

// Begins to connect, without waiting, from the source address 127.0.0.2 + `source`: each has ports of its
// own. Minus the errno where that cannot be done.
int connect_from(const LoopbackServer& server, std::uint32_t source);

// Lets this process have as many open descriptors as it may; gives how many.
std::size_t raise_descriptors();

}  // namespace porchlight::loadtest
