// Host name lookups and the machine's own addresses, as an interface that tests can implement.
#pragma once

#include <string>
#include <vector>

#include "base/ip_address.h"

namespace porchlight::webhook {

// Implementations are thread-safe.
class Network {
 public:
  virtual ~Network() = default;
  // The addresses of a host in the order to try them. Empty if the host does not exist or no name server
  // answers. Blocks.
  virtual std::vector<IpAddress> resolve(const std::string& host) = 0;
  // The addresses of this machine's interfaces.
  virtual std::vector<IpAddress> own_addresses() = 0;
};

// getaddrinfo and getifaddrs, with shorter time-outs for name servers than the system's.
class SystemNetwork final : public Network {
 public:
  std::vector<IpAddress> resolve(const std::string& host) override;
  std::vector<IpAddress> own_addresses() override;
};

}  // namespace porchlight::webhook
