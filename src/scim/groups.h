// Groups as SCIM has them: those of the directory, with their externalId and with the members who are
// deactivated and come back one day (people.h).
//
// Writes are serialised by the caller, together with all others to the directory.
#pragma once

#include <optional>

#include "scim/fault.h"
#include "scim/filter.h"
#include "scim/page.h"
#include "scim/rows.h"
#include "scim/store.h"
#include "state/view.h"
#include "state/writer.h"

namespace porchlight::scim {

// Whether an answer has the members: there may be thousands.
enum class Members : std::uint8_t { kLeftOut, kShown };

class Groups {
 public:
  // All must outlive it.
  Groups(const state::View& view, state::Writer& writer, Store& store)
      : view_(view), writer_(writer), store_(store) {}

  // A group's attributes with id and meta; nothing where there is no such group.
  Result<std::optional<Map>> find(const Guid& tenant, const Guid& group, Members members) const;
  // Those who match, all where there is no filter, in order of id.
  Result<Page> list(const Guid& tenant, const Filter* filter, const Window& window, Members members) const;

  // Each gives the group as it is then. `attributes` fit the schema.
  Result<Map> create(const Guid& tenant, const Map& attributes, Time now);
  Result<Map> replace(const Guid& tenant, const Guid& group, const Map& attributes, Time now);
  Result<void> remove(const Guid& tenant, const Guid& group, Time now);

 private:
  struct Split;
  Result<Map> outline(const Guid& tenant, const Guid& group, std::string_view name) const;
  Result<Map> save(const Guid& tenant, const Guid& group, const Map& attributes, Time now);
  Result<Split> split_members(const Guid& tenant, const Map& attributes) const;
  Result<void> check(const Guid& tenant, const Guid& group, const Map& attributes) const;
  Result<List> members_of(const Guid& tenant, const directory::Group& group) const;

  const state::View& view_;
  state::Writer& writer_;
  Store& store_;
};

}  // namespace porchlight::scim
