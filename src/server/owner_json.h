// The owner of something that the server serves: an application, or the user that it acts for.
#pragma once

#include <optional>

#include "base/json_writer.h"
#include "state/view.h"

namespace porchlight::server {

struct ServedOwner {
  Guid tenant;
  Guid app;
  std::optional<Guid> user;  // nullopt: the application itself
};

// Adds "applicationId" and "userId", and the names that the directory has for them.
inline void write_owner(JsonObject& out, const state::View& view, const ServedOwner& owner) {
  out.text("applicationId", to_string(owner.app));
  if (const auto app = view.find_app(owner.tenant, owner.app)) out.text("applicationName", app->name);
  if (!owner.user) return;
  out.text("userId", to_string(*owner.user));
  if (const auto user = view.find_user({owner.tenant, *owner.user})) out.text("userPrincipalName", user->upn);
}

}  // namespace porchlight::server
