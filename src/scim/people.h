// People as SCIM has them: those of the directory, with what only the identity provider knows of them; and
// those whom it has deactivated, who are in the directory no more: they cannot sign in and have no presence.
//
// The directory is the truth about who is active and of what name: what an administrator changes there shows
// here. What an identity provider changes is written down first, as a row and a mark that the directory is to
// follow; then the directory is made so, and the mark goes. A crash between leaves the mark, and settle()
// does what it stands for. So nothing is half done, and what is answered is done.
//
// Writes are serialised by the caller, together with all others to the directory.
#pragma once

#include <functional>
#include <optional>

#include "scim/fault.h"
#include "scim/filter.h"
#include "scim/page.h"
#include "scim/rows.h"
#include "scim/store.h"
#include "state/view.h"
#include "state/writer.h"

namespace porchlight::scim {

// A person's row as JSON.
inline constexpr std::size_t kResourceBytesMax = 64 * 1024;

class People {
 public:
  // Takes away what somebody signs in with, before they are gone for good. False where it cannot.
  using Forget = std::function<bool(const Guid& tenant, const Guid& user)>;

  // All must outlive it.
  People(const state::View& view, state::Writer& writer, Store& store, Forget forget)
      : view_(view), writer_(writer), store_(store), forget_(std::move(forget)) {}

  // A person's attributes with id, active and meta; nothing where there is no such person.
  Result<std::optional<Map>> find(const Guid& tenant, const Guid& user) const;
  // Those who match, all where there is no filter: first the active ones in order of id, then the others.
  Result<Page> list(const Guid& tenant, const Filter* filter, const Window& window) const;

  // Each gives the person as they are then. `attributes` fit the schema.
  Result<Map> create(const Guid& tenant, Map attributes, Time now);
  Result<Map> replace(const Guid& tenant, const Guid& user, Map attributes, Time now);
  Result<void> remove(const Guid& tenant, const Guid& user, Time now);

  // Does what was begun and not ended. To be called before anything else is begun.
  Result<void> settle(Time now);
  // Drops what is kept of somebody whom the directory has lost otherwise.
  Result<void> drop(const Guid& tenant, const Guid& user);

 private:
  Result<Map> save(const Guid& tenant, const Guid& user, const std::optional<Map>& before, Map attributes,
                   Time now);
  Result<void> check(const Guid& tenant, const Guid& user, const Map& attributes) const;
  Result<void> settle_one(const Guid& tenant, const Guid& user, const Row& row, Time now);
  Result<void> bring_in(const Guid& tenant, const Guid& user, const Row& row, Time now);
  Result<void> take_out(const Guid& tenant, const Guid& user, const Row& row, Time now);
  Result<std::optional<std::vector<Guid>>> candidates(const Guid& tenant, const Filter* filter) const;
  Result<void> each_id(const Guid& tenant, const std::function<bool(const Guid&)>& look) const;

  const state::View& view_;
  state::Writer& writer_;
  Store& store_;
  const Forget forget_;
};

}  // namespace porchlight::scim
