// The national clouds: the names under which each is known (spec protocol §1). A server may stand for one, or
// for several, told apart by the host that a client asks for.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace porchlight::identity {

enum class Cloud : std::uint8_t { kGlobal, kUsGov, kUsGovDod, kChina };

struct CloudNames {
  Cloud cloud;
  std::string_view name;       // as settings have it
  std::string_view graph;      // "https://" and the host of the service root
  std::string_view authority;  // the same of where people sign in
};

inline constexpr CloudNames kClouds[] = {
    {Cloud::kGlobal, "global", "https://graph.microsoft.com", "https://login.microsoftonline.com"},
    {Cloud::kUsGov, "usgov", "https://graph.microsoft.us", "https://login.microsoftonline.us"},
    {Cloud::kUsGovDod, "usgovdod", "https://dod-graph.microsoft.us", "https://login.microsoftonline.us"},
    {Cloud::kChina, "china", "https://microsoftgraph.chinacloudapi.cn", "https://login.chinacloudapi.cn"},
};

inline constexpr const CloudNames& names(Cloud cloud) { return kClouds[static_cast<std::size_t>(cloud)]; }

// The cloud of that name.
std::optional<Cloud> find_cloud(std::string_view name);

// A set of them.
using Clouds = std::uint8_t;
inline constexpr Clouds kEveryCloud = 0b1111;
constexpr Clouds bit(Cloud cloud) { return static_cast<Clouds>(1u << static_cast<unsigned>(cloud)); }

// The clouds whose tokens an issuer of that name may give: those of its authority, where it is one of these;
// otherwise every one.
Clouds clouds_of_issuer(std::string_view iss);

// The clouds that a server stands for; none: it has no names but those that it is called by.
class ServedClouds {
 public:
  ServedClouds() = default;
  explicit ServedClouds(std::vector<Cloud> clouds) : clouds_(std::move(clouds)) {}

  const std::vector<Cloud>& list() const { return clouds_; }
  // The one that a request for `host` (with or without a port) is for: whose host it is, else the first. Null
  // where there is none.
  const CloudNames* at(std::string_view host) const;
  // The same as a set, for a look at a caller's: without any it is the global one.
  Clouds bit_at(std::string_view host) const;

 private:
  std::vector<Cloud> clouds_;
};

}  // namespace porchlight::identity
