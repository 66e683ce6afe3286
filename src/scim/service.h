// SCIM 2.0 (RFC 7643, RFC 7644) under /scim/v2: an identity provider's way to say who is in a tenant.
#pragma once

#include <mutex>
#include <optional>
#include <string>
#include <string_view>

#include "http/message.h"
#include "scim/groups.h"
#include "scim/tokens.h"
#include "scim/users.h"

namespace porchlight::scim {

inline constexpr std::size_t kBodyBytesMax = 1024 * 1024;

// Whether the path is below /scim/v2.
bool owns(std::string_view path);

// Writes the fault as SCIM has it.
void write_error(const ScimError& fault, http::Response& response);

// The token was none of ours, or none at all.
ScimError bad_token();

// Any thread.
class Service {
 public:
  // All must outlive it. `directory_mutex` is held by whoever changes the directory. `public_base`: how others reach
  // the server, as in https://presence.contoso.com; where it is empty, as the request did.
  Service(const state::View& view, state::Writer& writer, storage::KvStore& store,
          std::mutex& directory_mutex, std::string public_base, Users::ForgetCredentials forget);

  Tokens& tokens() { return tokens_; }
  // Reads the tokens, and does what was begun before the last stop: nobody else changes the directory yet. A
  // fault: the store cannot be read.
  ScimResult<void> start(Time now);

  // The tenant for which the request speaks, by its bearer token.
  std::optional<Guid> caller(const http::Request& request) const;
  // Answers a request of the tenant's. Waits for the disk.
  void handle(const http::Request& request, const Guid& tenant, Time now, http::Response& response);

  // Drops what is kept of somebody who is leaving the directory otherwise, or of a whole tenant. The caller
  // holds `directory_mutex`.
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
  std::mutex& directory_mutex_;
  const std::string public_base_;
  Tokens tokens_;
  Users users_;
  Groups groups_;
};

}  // namespace porchlight::scim
