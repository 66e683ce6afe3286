// Groups as SCIM has them: those of the directory, with their externalId and with the members who are
// deactivated and come back one day (people.h).
//
// Writes are serialised by the caller, together with all others to the directory.
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

// Whether an answer has the members: there may be thousands.
enum class MemberDetail : std::uint8_t { kLeftOut, kShown };

class Groups {
 public:
  // All must outlive it.
  Groups(const state::View& view, state::Writer& writer, storage::KvStore& store)
      : view_(view), writer_(writer), store_(store) {}

  // A group's attributes with id and meta; nothing where there is no such group.
  ScimResult<std::optional<ValueMap>> find(const Guid& tenant, const Guid& group, MemberDetail members) const;
  // Those who match, all where there is no filter, in order of id.
  ScimResult<ResourcePage> list(const Guid& tenant, const Filter* filter, const PageWindow& window,
                                MemberDetail members) const;

  // Each gives the group as it is then. `attributes` fit the schema.
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
