// The national clouds and their host names (spec protocol §1). A server may serve one cloud or several; the
// requested host then selects one.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace porchlight::identity {

// The clouds. The values are indexes into kClouds and bits of Clouds.
enum class Cloud : std::uint8_t { kGlobal, kUsGov, kUsGovDod, kChina };

// A cloud and its names.
struct CloudNames {
  Cloud cloud;
  std::string_view name;       // in the configuration
  std::string_view graph;      // origin of the Graph API
  std::string_view authority;  // origin of the sign-in service
};

inline constexpr CloudNames kClouds[] = {
    {Cloud::kGlobal, "global", "https://graph.microsoft.com", "https://login.microsoftonline.com"},
    {Cloud::kUsGov, "usgov", "https://graph.microsoft.us", "https://login.microsoftonline.us"},
    {Cloud::kUsGovDod, "usgovdod", "https://dod-graph.microsoft.us", "https://login.microsoftonline.us"},
    {Cloud::kChina, "china", "https://microsoftgraph.chinacloudapi.cn", "https://login.chinacloudapi.cn"},
};

// The row of a cloud.
inline constexpr const CloudNames& names(Cloud cloud) { return kClouds[static_cast<std::size_t>(cloud)]; }

// The cloud with that name in the configuration; nullopt if the name is unknown.
std::optional<Cloud> find_cloud(std::string_view name);

// A set of clouds, as bits.
using Clouds = std::uint8_t;
inline constexpr Clouds kEveryCloud = 0b1111;
constexpr Clouds bit(Cloud cloud) { return static_cast<Clouds>(1u << static_cast<unsigned>(cloud)); }

// The clouds whose tokens an issuer may issue: those whose authority it is, or every cloud for other issuers.
Clouds clouds_of_issuer(std::string_view iss);

// The clouds that a server serves. None: it is addressed by its own names only.
class ServedClouds {
 public:
  ServedClouds() = default;
  explicit ServedClouds(std::vector<Cloud> clouds) : clouds_(std::move(clouds)) {}

  // In the order of the configuration.
  const std::vector<Cloud>& list() const { return clouds_; }
  // The cloud of a request for `host`, with or without a port: the one with that host, else the first. Null
  // if no cloud is served.
  const CloudNames* at(std::string_view host) const;
  // The same as a bit, to test against Caller::clouds. The global cloud if no cloud is served.
  Clouds bit_at(std::string_view host) const;

 private:
  std::vector<Cloud> clouds_;
};

}  // namespace porchlight::identity
