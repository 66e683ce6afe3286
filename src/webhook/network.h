// What the machine's network says of names and of itself. An interface, so that tests can have it say
// anything.
#pragma once

#include <string>
#include <vector>

#include "webhook/ip_address.h"

namespace porchlight::webhook {

class Network {
 public:
  virtual ~Network() = default;
  // The addresses of a host, in the order to try them; none where there is no such host or nobody answers.
  // Waits; any thread.
  virtual std::vector<IpAddress> resolve(const std::string& host) = 0;
  // The addresses of this machine.
  virtual std::vector<IpAddress> own_addresses() = 0;
};

// Asks the system (getaddrinfo and getifaddrs), and gives up on a name server sooner than is usual.
class SystemNetwork final : public Network {
 public:
  std::vector<IpAddress> resolve(const std::string& host) override;
  std::vector<IpAddress> own_addresses() override;
};

}  // namespace porchlight::webhook
