// People as SCIM has them: those of the directory, with what only the identity provider knows of them; and
// those whom it has deactivated, who are in the directory no more: they cannot sign in and have no presence.
//
// The directory is the truth about who is active and of what name: what an administrator changes there shows
// here. What an identity provider changes is written down first, as a row and a mark that the directory is to
// follow; then the directory is made so, and the mark goes. A crash between leaves the mark, and apply_pending()
// does what it stands for. So nothing is half done, and what is answered is done.
//
// Writes are serialised by the caller, together with all others to the directory.
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

// A person's row as JSON.
inline constexpr std::size_t kResourceBytesMax = 64 * 1024;

class Users {
 public:
  // Takes away what somebody signs in with, before they are gone for good. False where it cannot.
  using ForgetCredentials = std::function<bool(const Guid& tenant, const Guid& user)>;

  // All must outlive it.
  Users(const state::View& view, state::Writer& writer, storage::KvStore& store, ForgetCredentials forget)
      : view_(view), writer_(writer), store_(store), forget_(std::move(forget)) {}

  // A person's attributes with id, active and meta; nothing where there is no such person.
  ScimResult<std::optional<ValueMap>> find(const Guid& tenant, const Guid& user) const;
  // Those who match, all where there is no filter: first the active ones in order of id, then the others.
  ScimResult<ResourcePage> list(const Guid& tenant, const Filter* filter, const PageWindow& window) const;

  // Each gives the person as they are then. `attributes` fit the schema.
  ScimResult<ValueMap> create(const Guid& tenant, ValueMap attributes, Time now);
  ScimResult<ValueMap> replace(const Guid& tenant, const Guid& user, ValueMap attributes, Time now);
  ScimResult<void> remove(const Guid& tenant, const Guid& user, Time now);

  // Does what was begun and not ended. To be called before anything else is begun.
  ScimResult<void> apply_pending(Time now);
  // Drops what is kept of somebody whom the directory has lost otherwise.
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
  ScimResult<void> for_each_id(const Guid& tenant, const std::function<bool(const Guid&)>& look) const;

  const state::View& view_;
  state::Writer& writer_;
  storage::KvStore& store_;
  const ForgetCredentials forget_;
};

}  // namespace porchlight::scim
