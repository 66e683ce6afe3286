// SCIM 2.0 (RFC 7643, RFC 7644) under /scim/v2: identity providers create, change and remove the users and groups of a
// tenant.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/mutex.h"
#include "http/message.h"
#include "scim/groups.h"
#include "scim/tokens.h"
#include "scim/users.h"

namespace porchlight::scim {

// Maximum size of a request body; more is answered with a 413.
inline constexpr std::size_t kBodyBytesMax = 1024 * 1024;

// Returns true if the path is below /scim/v2.
bool owns(std::string_view path);

// Writes the error as a SCIM error response.
void write_error(const ScimError& fault, http::Response& response);

// The 401 for a request without a valid bearer token.
ScimError bad_token();
// 400: no tenant has a token, so there is no tenant that a request could be for.
ScimError not_in_use();

// Any thread.
class Service {
 public:
  // The references must outlive it. `directory_mutex`: held during every write to the directory. `public_base`: the
  // server's URL in responses, such as https://presence.contoso.com; if empty, scheme and host of the request.
  Service(const state::View& view, state::Writer& writer, storage::KvStore& store, Mutex& directory_mutex,
          std::string public_base, EndOfUser end);

  Tokens& tokens() { return tokens_; }
  // Loads the tokens and completes the writes that the last stop interrupted. Called once, before other writes to the
  // directory. Returns an error if the store cannot be read.
  ScimResult<void> start(Time now);

  // The tenant of the request's bearer token; nullopt if it has no valid one.
  std::optional<Guid> caller(const http::Request& request) const;
  // Handles a request of the tenant. Blocks on the disk: not for an event loop.
  void handle(const http::Request& request, const Guid& tenant, Time now, http::Response& response);

  // Remove the rows of a user, or of a tenant, that is removed from the directory by other means. The caller holds
  // `directory_mutex`. Errors: 503.
  ScimResult<void> forget_user(const Guid& tenant, const Guid& user) {
    return users_.remove_stored(tenant, user);
  }
  ScimResult<void> forget_tenant(const Guid& tenant);

 private:
  struct ScimRequest;
  ScimResult<void> route(ScimRequest request, http::Response& response);
  ScimResult<void> discover(const ScimRequest& request, http::Response& response) const;
  ScimResult<void> serve_list(const ScimRequest& request, http::Response& response) const;
  ScimResult<void> serve_one(const ScimRequest& request, const Guid& id, http::Response& response);
  ScimResult<void> create(const ScimRequest& request, http::Response& response);
  ScimResult<void> replace(const ScimRequest& request, const Guid& id, http::Response& response);
  ScimResult<void> remove(const ScimRequest& request, const Guid& id);
  ScimResult<std::optional<ValueMap>> find(const ScimRequest& request, const Guid& id,
                                           MemberDetail members) const;

  const state::View& view_;
  storage::KvStore& store_;
  Mutex& directory_mutex_;
  const std::string public_base_;
  Tokens tokens_;
  Users users_;
  Groups groups_;
};

}  // namespace porchlight::scim
