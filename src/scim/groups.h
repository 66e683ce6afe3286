// SCIM groups: the groups of the directory with their externalId, and with deactivated members, who are not in the
// directory until they are activated again (users.h).
//
// The caller serialises writes with all other writes to the directory.
#pragma once

#include <optional>

#include "scim/error.h"
#include "scim/filter.h"
#include "scim/page.h"
#include "scim/rows.h"
#include "state/view.h"
#include "state/writer.h"
#include "storage/kv_store.h"

namespace porchlight::scim {

// Whether a response contains the members; a group may have thousands.
enum class MemberDetail : std::uint8_t { kLeftOut, kShown };

// Errors of every function: 503 if the store or the log fails.
class Groups {
 public:
  // The arguments must outlive it.
  Groups(const state::View& view, state::Writer& writer, storage::KvStore& store)
      : view_(view), writer_(writer), store_(store) {}

  // The group's attributes with id and meta; nullopt if the group does not exist.
  ScimResult<std::optional<ValueMap>> find(const Guid& tenant, const Guid& group, MemberDetail members) const;
  // The groups that match, in order of id; all groups if the filter is null.
  ScimResult<ResourcePage> list(const Guid& tenant, const Filter* filter, const PageWindow& window,
                                MemberDetail members) const;

  // Return the group after the write. `attributes` are those that fit() of schema.h returned. Errors: 400 for a value
  // or member that is not valid, 404 for an unknown group, 409 for a displayName that another group has.
  ScimResult<ValueMap> create(const Guid& tenant, const ValueMap& attributes, Time now);
  ScimResult<ValueMap> replace(const Guid& tenant, const Guid& group, const ValueMap& attributes, Time now);
  ScimResult<void> remove(const Guid& tenant, const Guid& group, Time now);

 private:
  struct Split;
  ScimResult<ValueMap> outline(const Guid& tenant, const Guid& group, std::string_view name) const;
  ScimResult<ValueMap> save(const Guid& tenant, const Guid& group, const ValueMap& attributes, Time now);
  ScimResult<Split> split_members(const Guid& tenant, const ValueMap& attributes) const;
  ScimResult<void> check(const Guid& tenant, const Guid& group, const ValueMap& attributes) const;
  ScimResult<ValueList> members_of(const Guid& tenant, const directory::Group& group) const;

  const state::View& view_;
  state::Writer& writer_;
  storage::KvStore& store_;
};

}  // namespace porchlight::scim
