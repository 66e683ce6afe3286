// SCIM users: the users of the directory with the attributes that only the identity provider knows, and deactivated
// users. A deactivated user is not in the directory: sign-in fails and there is no presence.
//
// The directory is authoritative for which users are active and for their names; an administrator's changes to it are
// visible here. A write of the identity provider first stores the row together with a pending mark (todo/), then
// changes the directory, then removes the mark. After a crash in between, apply_pending() repeats the second step,
// which is idempotent. A request that was answered is therefore durable as a whole.
//
// The caller serialises writes with all other writes to the directory.
#pragma once

#include <functional>
#include <optional>

#include "scim/error.h"
#include "scim/filter.h"
#include "scim/page.h"
#include "scim/rows.h"
#include "state/view.h"
#include "state/writer.h"
#include "storage/kv_store.h"

namespace porchlight::scim {

// Maximum size of a user's attributes as JSON.
inline constexpr std::size_t kResourceBytesMax = 64 * 1024;

// What else ends with a user. Each returns false on failure, and the user then stays.
struct EndOfUser {
  // Called before a user leaves the directory: deactivated or deleted.
  std::function<bool(const Guid& tenant, const Guid& user)> revoke_tokens;
  // Called before a user is deleted.
  std::function<bool(const Guid& tenant, const Guid& user)> forget_credentials;
};

// Errors of every function: 503 if the store or the log fails.
class Users {
 public:
  // The references must outlive it.
  Users(const state::View& view, state::Writer& writer, storage::KvStore& store, EndOfUser end)
      : view_(view), writer_(writer), store_(store), end_of_user_(std::move(end)) {}

  // The user's attributes with id, active and meta; nullopt if the user does not exist.
  ScimResult<std::optional<ValueMap>> find(const Guid& tenant, const Guid& user) const;
  // The users that match, all if the filter is null: first active users in order of id, then deactivated ones. A
  // filter that fixes id, userName or externalId uses an index; others read every user of the tenant.
  ScimResult<ResourcePage> list(const Guid& tenant, const Filter* filter, const PageWindow& window) const;

  // Return the user after the write. `attributes` are those that fit() of schema.h returned. Errors: 400 for an invalid
  // value, 404 for an unknown user, 409 for a userName that another user has.
  ScimResult<ValueMap> create(const Guid& tenant, ValueMap attributes, Time now);
  ScimResult<ValueMap> replace(const Guid& tenant, const Guid& user, ValueMap attributes, Time now);
  ScimResult<void> remove(const Guid& tenant, const Guid& user, Time now);

  // Completes interrupted writes. Called before every other write.
  ScimResult<void> apply_pending(Time now);
  // Removes the rows of a user that was removed from the directory by other means.
  ScimResult<void> remove_stored(const Guid& tenant, const Guid& user);

 private:
  ScimResult<ValueMap> save(const Guid& tenant, const Guid& user, const std::optional<ValueMap>& before,
                            ValueMap attributes, Time now);
  ScimResult<void> check(const Guid& tenant, const Guid& user, const ValueMap& attributes) const;
  ScimResult<void> apply_pending_for(const Guid& tenant, const Guid& user, const StoredRow& row, Time now);
  ScimResult<void> add_to_directory(const Guid& tenant, const Guid& user, const StoredRow& row, Time now);
  ScimResult<void> remove_from_directory(const Guid& tenant, const Guid& user, const StoredRow& row,
                                         Time now);
  ScimResult<std::optional<std::vector<Guid>>> candidates(const Guid& tenant, const Filter* filter) const;
  ScimResult<void> for_each_id(const Guid& tenant, const std::function<bool(const Guid&)>& visit) const;

  const state::View& view_;
  state::Writer& writer_;
  storage::KvStore& store_;
  const EndOfUser end_of_user_;
};

}  // namespace porchlight::scim
