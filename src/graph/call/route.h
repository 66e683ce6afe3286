// A row of the route table: the path, the operation, and the permissions that it needs.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

#include "graph/wire/error.h"
#include "graph/wire/request_headers.h"
#include "http/handler.h"
#include "identity/caller.h"
#include "throttle/quota.h"

namespace porchlight::graph {

struct Call;
struct HandlerContext;

// Whom a route speaks of, and how its {id} is written (spec presence §4).
enum class RouteTarget : std::uint8_t {
  kNone,
  kMe,    // the caller
  kUser,  // GUID or userPrincipalName
  kGuid,  // GUID only
};

// Any one of each set suffices (spec protocol §4).
struct Access {
  identity::Permissions self = 0;    // delegated, for the caller
  identity::Permissions others = 0;  // delegated, for anybody else
  identity::Permissions app = 0;     // app-only
  bool others_unauthorized = false;  // a delegated caller may only mean oneself: 401 (spec presence §10 P9)
  bool of_directory = false;         // refused in the directory's words (P15)
};

// A path by its segments: "{version}", "{id}", "{size}" (of an image, 48x48), "action:name", "function:name"
// (which may have "()" behind it) or a literal; letter case ignored.
class RoutePattern {
 public:
  constexpr RoutePattern() = default;
  // Written as a path without its first slash.
  constexpr RoutePattern(const char* text) {
    for (std::string_view rest = text; !rest.empty();) {
      const std::size_t slash = rest.find('/');
      segments_[size_++] = rest.substr(0, slash);
      rest.remove_prefix(slash == std::string_view::npos ? rest.size() : slash + 1);
    }
  }
  // The same with one segment more.
  constexpr RoutePattern with(std::string_view segment) const {
    RoutePattern longer = *this;
    longer.segments_[longer.size_++] = segment;
    return longer;
  }
  constexpr std::size_t size() const { return size_; }
  constexpr std::string_view operator[](std::size_t i) const { return segments_[i]; }
  constexpr auto begin() const { return segments_.begin(); }
  constexpr auto end() const { return segments_.begin() + size_; }

 private:
  std::array<std::string_view, 8> segments_{};
  std::size_t size_ = 0;
};

struct Route {
  RoutePattern pattern;
  http::Method method;
  Result<http::HandleResult> (*handler)(HandlerContext&, const Call&);  // handlers.h
  RouteTarget target;
  const Access* access;  // null: needs no token
  std::optional<throttle::RequestKind> budget;
  bool json = true;  // what it answers; a route that answers something else has no choice for Accept to make
  BodyFormat content = BodyFormat::kJson;  // what it takes
};

struct RouteMatch {
  const Route* route;
  std::string_view version;  // "v1.0" or "beta"; empty elsewhere
  std::string_view id;       // the {id}, decoded; empty where there is none
  bool allowed;              // the route takes the method; if not, it is another of the same path
};

}  // namespace porchlight::graph
