// The numbers by which requests are counted (http::Response::route): those of the Graph API's route table, and one each
// for what else the server answers.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace porchlight::server {

enum class OtherRoute : std::uint8_t { kHealth, kWeb, kAuthority, kScim, kAdmin, kMetrics };
inline constexpr std::size_t kOtherRoutes = 6;

std::uint8_t number_of(OtherRoute route);

// How a route is shown.
struct RouteName {
  std::string route;        // a pattern of the table, or a text of ours; "_OTHER" for paths that no route has
  std::string_view method;  // "_OTHER" if it has several
};
// Numbers beyond the last are not used.
std::size_t route_numbers_end();
RouteName route_name(std::uint8_t number);

}  // namespace porchlight::server
