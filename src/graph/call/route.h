// A row of the route table: path and method, the operation, and who may call it.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

#include "base/guid.h"
#include "graph/wire/error.h"
#include "graph/wire/request_headers.h"
#include "http/handler.h"
#include "identity/caller.h"
#include "throttle/quota.h"

namespace porchlight::graph {

struct AdminRoute;
struct Call;
struct HandlerContext;

// The user that a route is about, and how its {id} is written (spec presence §4).
enum class RouteTarget : std::uint8_t {
  kNone,  // no user in particular
  kMe,    // the caller
  kUser,  // GUID or userPrincipalName
  kGuid,  // GUID only
};

// The permissions that a route accepts; any one of the set that applies is enough (spec protocol §4).
struct Access {
  identity::Permissions self = 0;    // delegated, for the caller
  identity::Permissions others = 0;  // delegated, for any other user
  identity::Permissions app = 0;     // app-only
  bool others_unauthorized =
      false;                  // a delegated caller may only target oneself, else 401 (spec presence §10 P9)
  bool of_directory = false;  // a 403 has the message of directory routes (P15)
};

// A path as segments: "{version}", "{id}", "{item}" (the id of a part of the resource with the {id}), "{size}" (of an
// image, such as 48x48), "action:name", "function:name" (a request may add "()"), "arguments:name" (a function with
// arguments in parentheses) or a literal. Letter case is ignored. Made at compile time.
class RoutePattern {
 public:
  constexpr RoutePattern() = default;
  // From a path without the leading slash.
  constexpr RoutePattern(const char* text) {
    for (std::string_view rest = text; !rest.empty();) {
      const std::size_t slash = rest.find('/');
      segments_[size_++] = rest.substr(0, slash);
      rest.remove_prefix(slash == std::string_view::npos ? rest.size() : slash + 1);
    }
  }
  // The pattern with one more segment.
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

// What the gate requires of a caller before an operation runs (docs/decisions/0007-operations.md).
enum class Requirement : std::uint8_t {
  kNothing,  // not even a token
  kToken,    // any token; the operation has no permission of its own
  kAccess,   // the row's access
  kRule,     // a rule of the operation's own
};

// An operation as the gate runs it: parse, authorise, check that the user exists, run. Made by operation() of
// operation.h and by nothing else, so that a row of the table cannot hold a function that skips a check.
class RouteOperation {
 public:
  using Function = Result<http::HandleResult> (*)(HandlerContext&, const Call&);

  Result<http::HandleResult> operator()(HandlerContext& context, const Call& call) const {
    return function_(context, call);
  }
  Requirement requirement() const { return requirement_; }
  // Whether it is about the user that the route names.
  bool has_target() const { return has_target_; }
  // Whether it needs the publisher: the gate returns 503 until that has started.
  bool needs_publisher() const { return needs_publisher_; }
  // Whether its responses may hold a secret, such as a ticket or a clientState, so that they are never compressed
  // (http/compression.h).
  bool holds_secret() const { return holds_secret_; }
  // The same operation, with responses that may hold a secret.
  constexpr RouteOperation with_secret() const {
    RouteOperation other = *this;
    other.holds_secret_ = true;
    return other;
  }
  // The same operation, but with the publisher needed.
  constexpr RouteOperation with_publisher() const {
    RouteOperation other = *this;
    other.needs_publisher_ = true;
    return other;
  }

 private:
  friend struct OperationFactory;
  constexpr RouteOperation(Function function, Requirement requirement, bool has_target)
      : function_(function), requirement_(requirement), has_target_(has_target) {}

  Function function_;
  Requirement requirement_;
  bool has_target_;
  bool needs_publisher_ = false;
  bool holds_secret_ = false;
};

// Rows are constants of routes.cc.
struct Route {
  RoutePattern pattern;
  http::Method method;
  const RouteOperation* operation;  // of handlers.h
  RouteTarget target;
  const Access* access;                         // null if and only if the operation requires nothing
  std::optional<throttle::RequestKind> budget;  // the budget that it draws on; nullopt: unlimited
  bool json = true;                             // it answers JSON; if not, Accept is not evaluated
  BodyFormat content = BodyFormat::kJson;       // of the request's body
  int resource_units = 0;   // base cost for x-ms-resource-unit (spec protocol §6.1); 0: no such header
  std::uint8_t number = 0;  // for metrics, from 1 (http::Response::route)
  const AdminRoute* administration = nullptr;  // of the administration API; null elsewhere
};

// A route and what the path says. Views the RequestPath that was matched.
struct RouteMatch {
  const Route* route;
  std::string_view version;    // "v1.0" or "beta"; empty elsewhere
  std::string_view id;         // the {id}, decoded; empty if the route has none
  std::optional<Guid> guid;    // the id, if it is a GUID
  std::string_view item;       // the {item}, as the id
  std::string_view arguments;  // the text between the parentheses of a function
  bool allowed;                // false: the path exists, but not with this method
};

}  // namespace porchlight::graph
