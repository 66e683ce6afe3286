#include "authority/sign_ins.h"

namespace porchlight::authority {

OAuthResult<SignInPage> list_sign_ins(const Directory& directory, const AuthorityStores& stores,
                                      const Guid& tenant, const Guid& app, const std::optional<Guid>& after,
                                      std::size_t limit, Time now) {
  const auto families = stores.families.list(tenant, app, after, limit);
  if (!families) return std::unexpected(families.error());
  SignInPage page;
  page.items.reserve(families->size());
  for (const Guid& family : *families) {
    const auto record = stores.families.find(family);
    if (!record) return std::unexpected(record.error());
    if (!*record || (*record)->revoked || (*record)->is_expired(now)) continue;
    const RefreshGrant& grant = (*record)->grant;
    if (is_revoked(directory, tenant, app, grant.begun)) continue;
    auto user = find_valid_user(directory, stores.credentials, tenant, grant.user, grant.begun);
    if (!user) return std::unexpected(user.error());
    if (*user) page.items.push_back({family, **std::move(user), grant.begun, (*record)->used, grant.device});
  }
  if (families->size() == limit) page.next = families->back();
  return page;
}

}  // namespace porchlight::authority
