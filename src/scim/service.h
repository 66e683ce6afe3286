// SCIM 2.0 (RFC 7643, RFC 7644) under /scim/v2: an identity provider's way to say who is in a tenant.
#pragma once

#include <mutex>
#include <optional>
#include <string>
#include <string_view>

#include "http/message.h"
#include "scim/groups.h"
#include "scim/people.h"
#include "scim/tokens.h"

namespace porchlight::scim {

inline constexpr std::size_t kBodyBytesMax = 1024 * 1024;

// Whether the path is below /scim/v2.
bool owns(std::string_view path);

// Writes the fault as SCIM has it.
void write_fault(const Fault& fault, http::Response& response);

// The token was none of ours, or none at all.
Fault bad_token();

// Any thread.
class Service {
 public:
  // All must outlive it. `changes` is held by whoever changes the directory. `public_base`: how others reach
  // the server, as in https://presence.contoso.com; where it is empty, as the request did.
  Service(const state::View& view, state::Writer& writer, Store& store, std::mutex& changes,
          std::string public_base, People::Forget forget);

  Tokens& tokens() { return tokens_; }
  // Reads the tokens, and does what was begun before the last stop: nobody else changes the directory yet. A
  // fault: the store cannot be read.
  Result<void> start(Time now);

  // The tenant for which the request speaks, by its bearer token.
  std::optional<Guid> caller(const http::Request& request) const;
  // Answers a request of the tenant's. Waits for the disk.
  void handle(const http::Request& request, const Guid& tenant, Time now, http::Response& response);

  // Drops what is kept of somebody who is leaving the directory otherwise, or of a whole tenant. The caller
  // holds `changes`.
  Result<void> forget_user(const Guid& tenant, const Guid& user) { return people_.drop(tenant, user); }
  Result<void> forget_tenant(const Guid& tenant);

 private:
  struct Ask;
  Result<void> route(Ask ask, http::Response& response);
  Result<void> discover(const Ask& ask, http::Response& response) const;
  Result<void> serve_list(const Ask& ask, http::Response& response) const;
  Result<void> serve_one(const Ask& ask, const Guid& id, http::Response& response);
  Result<void> create(const Ask& ask, http::Response& response);
  Result<void> replace(const Ask& ask, const Guid& id, http::Response& response);
  Result<void> remove(const Ask& ask, const Guid& id);
  Result<std::optional<Map>> find(const Ask& ask, const Guid& id, Members members) const;

  const state::View& view_;
  Store& store_;
  std::mutex& changes_;
  const std::string public_base_;
  Tokens tokens_;
  People people_;
  Groups groups_;
};

}  // namespace porchlight::scim
