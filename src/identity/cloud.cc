#include "identity/cloud.h"

#include <algorithm>

#include "base/text.h"

namespace porchlight::identity {
namespace {

// What the origins in the table begin with.
constexpr std::string_view kSchemeOfClouds = "https://";

// Whether `host`, with or without a port, is the host of `origin`.
bool is_host_of(std::string_view host, std::string_view origin) {
  return equals_ignore_case(host.substr(0, host.find(':')), origin.substr(kSchemeOfClouds.size()));
}

}  // namespace

std::optional<Cloud> find_cloud(std::string_view name) {
  const auto row = std::ranges::find(kClouds, name, &CloudNames::name);
  if (row == std::end(kClouds)) return std::nullopt;
  return row->cloud;
}

Clouds clouds_of_issuer(std::string_view iss) {
  Clouds clouds = 0;
  for (const CloudNames& row : kClouds) {
    if (iss.starts_with(row.authority) && iss.substr(row.authority.size()).starts_with('/'))
      clouds |= bit(row.cloud);
  }
  return clouds != 0 ? clouds : kEveryCloud;
}

const CloudNames* ServedClouds::at(std::string_view host) const {
  for (const Cloud cloud : clouds_) {
    const CloudNames& row = names(cloud);
    if (is_host_of(host, row.graph) || is_host_of(host, row.authority)) return &row;
  }
  return clouds_.empty() ? nullptr : &names(clouds_.front());
}

Clouds ServedClouds::bit_at(std::string_view host) const {
  const CloudNames* row = at(host);
  return bit(row ? row->cloud : Cloud::kGlobal);
}

}  // namespace porchlight::identity
