#include "node/host_names.h"

#include <unistd.h>

#include "base/sorted.h"
#include "node/listen_entry.h"

namespace porchlight::node {
namespace {

std::string host_name() {
  char name[256] = "";
  ::gethostname(name, sizeof(name) - 1);
  return name;
}

// The host of "https://host[:port]".
std::string host_of_url(std::string_view url) {
  if (const auto slashes = url.find("://"); slashes != std::string_view::npos) url.remove_prefix(slashes + 3);
  const auto last_colon = url.rfind(':');
  const bool port =
      last_colon != std::string_view::npos && url.find(']', last_colon) == std::string_view::npos;
  return std::string(host_of(port ? url : std::string(url) + ":0"));
}

}  // namespace

std::vector<std::string> own_host_names(const Config& config) {
  std::vector<std::string> names = {"localhost", "127.0.0.1", "::1", host_name()};
  for (const auto* listen : {&config.listen, &config.tls_listen}) {
    for (const std::string& entry : *listen) names.emplace_back(host_of(parse_listen_entry(entry).address));
  }
  if (!config.public_base_url.empty()) names.push_back(host_of_url(config.public_base_url));
  for (const identity::Cloud cloud : config.clouds) {
    names.push_back(host_of_url(identity::names(cloud).graph));
    names.push_back(host_of_url(identity::names(cloud).authority));
  }
  sort_unique(names);
  std::erase_if(names, [](const std::string& n) { return n.empty() || n == "0.0.0.0" || n == "::"; });
  return names;
}

}  // namespace porchlight::node
