// SystemNetwork: host names through glibc's resolver, own addresses through the interfaces.
#include "webhook/network.h"

#include <ifaddrs.h>
#include <netdb.h>
#include <netinet/in.h>
#include <resolv.h>
#include <sys/socket.h>

#include <memory>

namespace porchlight::webhook {
namespace {

constexpr int kNameServerSeconds = 1, kNameServerTries = 2;

// Configures glibc's resolver state of this thread: short time-outs, and no search domains, so that a name
// means the same on every machine.
void configure_resolver() {
  thread_local bool configured = false;
  if (configured || res_init() != 0) return;
  _res.retrans = kNameServerSeconds;
  _res.retry = kNameServerTries;
  _res.options &= ~static_cast<unsigned long>(RES_DNSRCH | RES_DEFNAMES);
  configured = true;
}

}  // namespace

std::vector<IpAddress> SystemNetwork::resolve(const std::string& host) {
  configure_resolver();
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = AI_ADDRCONFIG;
  addrinfo* found = nullptr;
  if (::getaddrinfo(host.c_str(), nullptr, &hints, &found) != 0) return {};
  const std::unique_ptr<addrinfo, decltype([](addrinfo* list) { ::freeaddrinfo(list); })> owner(found);
  std::vector<IpAddress> addresses;
  for (const addrinfo* entry = found; entry; entry = entry->ai_next)
    if (const auto address = IpAddress::of(*entry->ai_addr)) addresses.push_back(*address);
  return addresses;
}

std::vector<IpAddress> SystemNetwork::own_addresses() {
  ifaddrs* found = nullptr;
  if (::getifaddrs(&found) != 0) return {};
  const std::unique_ptr<ifaddrs, decltype([](ifaddrs* list) { ::freeifaddrs(list); })> owner(found);
  std::vector<IpAddress> addresses;
  for (const ifaddrs* entry = found; entry; entry = entry->ifa_next) {
    if (!entry->ifa_addr) continue;
    if (const auto address = IpAddress::of(*entry->ifa_addr)) addresses.push_back(*address);
  }
  return addresses;
}

}  // namespace porchlight::webhook
