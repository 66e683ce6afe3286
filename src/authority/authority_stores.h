// What the authority keeps in its key-value store, for its endpoints and for administrators. Each part locks what it
// changes, so all users of a store share one AuthorityStores.
#pragma once

#include "authority/credential_store.h"
#include "authority/refresh_families.h"

namespace porchlight::authority {

struct AuthorityStores {
  // `store` must outlive it.
  explicit AuthorityStores(storage::KvStore& store) : credentials(store), families(store) {}

  CredentialStore credentials;
  RefreshFamilies families;
};

}  // namespace porchlight::authority
