#include "server/route_numbers.h"

#include <array>

#include "graph/gate/routes.h"

namespace porchlight::server {
namespace {

constexpr std::string_view kOther = "_OTHER";
constexpr std::array<std::string_view, kOtherRoutes> kOtherNames = {
    "/healthz, /readyz", "web", "authority", "scim", "/admin", "/metrics"};

// "action:setPresence" is a word of the table; a request has setPresence.
std::string_view without_kind(std::string_view segment) {
  const std::size_t colon = segment.find(':');
  return colon == std::string_view::npos ? segment : segment.substr(colon + 1);
}

// The routes of administration have the last number of the table together.
std::size_t last_of_table() { return graph::routes().back().number; }

std::string text_of(const graph::RoutePattern& pattern) {
  std::string text;
  for (const std::string_view segment : pattern) text.append("/").append(without_kind(segment));
  return text;
}

}  // namespace

std::uint8_t number_of(OtherRoute route) {
  return static_cast<std::uint8_t>(last_of_table() + 1 + static_cast<std::size_t>(route));
}

std::size_t route_numbers_end() { return last_of_table() + 1 + kOtherRoutes; }

RouteName route_name(std::uint8_t number) {
  if (number == 0) return {std::string(kOther), kOther};
  if (number > last_of_table()) return {std::string(kOtherNames.at(number - last_of_table() - 1)), kOther};
  if (number == last_of_table()) return {"/porchlight/v1/admin", kOther};
  const graph::Route& route = graph::routes()[number - 1];
  return {text_of(route.pattern), http::method_name(route.method)};
}

}  // namespace porchlight::server
