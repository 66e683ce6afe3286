// The one table of routes: where each is, what it does, and who may. A handler has no policy to repeat.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "graph/error.h"
#include "graph/path.h"
#include "http/message.h"
#include "identity/caller.h"
#include "throttle/quota.h"

namespace porchlight::graph {

enum class Operation : std::uint8_t {
  kGetPresence,
  kListPresences,
  kSetPresence,
  kClearPresence,
  kSetPreferred,
  kClearPreferred,
  kAdvanceClock,
  kDiscovery,
  kKeys,
};

// Whom a route speaks of, and how its {id} is written (spec presence §4).
enum class Target : std::uint8_t {
  kNone,
  kMe,    // the caller
  kUser,  // GUID or userPrincipalName
  kGuid,  // GUID only
};

// Sets of identity::Permission, any one of which suffices (spec protocol §4).
struct Access {
  std::uint16_t self = 0;            // delegated, for the caller
  std::uint16_t others = 0;          // delegated, for anybody else
  std::uint16_t app = 0;             // app-only
  bool others_unauthorized = false;  // a delegated caller may only mean oneself: 401 (spec presence §10 P9)
};

struct Route {
  std::span<const std::string_view>
      pattern;  // "{version}", "{id}", "action:name" or a literal; letter case ignored
  http::Method method;
  Operation operation;
  Target target;
  const Access* access;  // null: needs no token
  std::optional<throttle::Kind> budget;
};

struct Match {
  const Route* route;
  std::string_view version;  // "v1.0" or "beta"; empty elsewhere
  std::string_view id;       // the {id}, decoded; empty where there is none
};

// The route of a path, whatever the method; or which segment is not known (spec presence §10, step 1).
Result<Match> find_route(const Path& path);

// All routes, for tests that must not forget one.
std::span<const Route> routes();

// The Allow header's value for a route.
std::string_view allowed_methods(const Route& route);
bool allows(const Route& route, http::Method method);

}  // namespace porchlight::graph
