// The directory that the authority reads, implemented on the live view.
#pragma once

#include "authority/authority_context.h"
#include "identity/revocations.h"
#include "state/view.h"

namespace porchlight::node {

// Any thread.
class DirectoryView final : public authority::Directory {
 public:
  // Both must outlive the DirectoryView.
  DirectoryView(const state::View& view, const identity::Revocations& revocations)
      : view_(view), revocations_(revocations) {}

  std::vector<Guid> tenant_ids() const override { return view_.tenant_ids(); }
  std::optional<directory::Tenant> find_tenant(const Guid& tenant) const override {
    return view_.find_tenant(tenant);
  }
  std::optional<Guid> find_tenant_named(std::string_view name) const override {
    return view_.find_tenant_named(name);
  }
  std::optional<directory::App> find_app(const Guid& tenant, const Guid& app) const override {
    return view_.find_app(tenant, app);
  }
  std::optional<directory::User> find_user(const Guid& tenant, const Guid& user) const override {
    return view_.find_user({tenant, user});
  }
  std::optional<directory::User> find_upn(const Guid& tenant, std::string_view upn) const override {
    const auto user = view_.find_user_by_upn(tenant, upn);
    return user ? view_.find_user({tenant, *user}) : std::nullopt;
  }
  std::optional<Time> revoked_at(const Guid& tenant, const Guid& subject) const override {
    return revocations_.find(tenant, subject);
  }
  bool is_administrator(const Guid& tenant, const Guid& user) const override {
    return view_.is_administrator(tenant, user);
  }

 private:
  const state::View& view_;
  const identity::Revocations& revocations_;
};

}  // namespace porchlight::node
