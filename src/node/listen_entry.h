// The entries of `listen` and `tls_listen`.
#pragma once

#include <string>
#include <string_view>

namespace porchlight::node {

// An entry of `listen` or `tls_listen`.
struct ListenEntry {
  std::string address;          // "host:port"
  bool proxy_protocol = false;  // trusted proxies name the client of each connection (http/proxy_protocol.h)
};

// Splits a valid entry.
ListenEntry parse_listen_entry(std::string_view entry);

// What is wrong with an entry, which is `host:port` or `[v6]:port`, with or without " proxy_protocol" after it. Empty
// if it is valid.
std::string_view address_fault(std::string_view entry);

// The host of a valid address, without brackets.
std::string_view host_of(std::string_view address);

}  // namespace porchlight::node
