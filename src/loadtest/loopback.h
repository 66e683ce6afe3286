// Sockets to a server on this machine. A load test must not run against other machines, so other addresses are refused.
#pragma once

#include <cstdint>
#include <expected>
#include <string>
#include <string_view>

namespace porchlight::loadtest {

// The address of the server.
struct LoopbackServer {
  std::uint32_t address = 0;  // 127.x.y.z in host byte order
  std::uint16_t port = 0;

  // "127.0.0.1:8080", for the Host header.
  std::string host() const;
};

// Parses "http://127.0.0.1:8080"; "localhost" means 127.0.0.1. An error, which completes a sentence that starts with
// the URL, if it is malformed or names another machine.
std::expected<LoopbackServer, std::string> parse_loopback_url(std::string_view url);

// Starts to connect, without blocking, from the source address 127.0.0.2 + `source`: each source address has its own
// range of ports. Returns the descriptor, or -errno.
int connect_from(const LoopbackServer& server, std::uint32_t source);

// Raises the limit of open descriptors to its maximum, and returns it.
std::size_t raise_descriptors();

}  // namespace porchlight::loadtest
