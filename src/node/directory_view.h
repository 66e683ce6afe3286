// The directory that the authority reads, implemented on the live view.
#pragma once

#include "authority/authority_context.h"
#include "state/view.h"

namespace porchlight::node {

// Any thread.
class DirectoryView final : public authority::Directory {
 public:
  // `view` must outlive the DirectoryView.
  explicit DirectoryView(const state::View& view) : view_(view) {}

  std::vector<directory::Tenant> tenants() const override { return view_.tenants(); }
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

 private:
  const state::View& view_;
};

}  // namespace porchlight::node
