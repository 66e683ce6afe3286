// What the store keeps of applications and people, in words: registrations, passwords, consents.
//
//     app/<tenant>/<app>               the registration (registration.h)
//     password/<tenant>/<user>         i64 set at ms | the hash
//     consent/<tenant>/<app>/<user>    the words agreed to (scope.h), between spaces
#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "authority/registration.h"
#include "storage/kv_store.h"

namespace porchlight::authority {

// Opens the store on disk, or creates it. The error is a sentence for the operator.
std::expected<std::unique_ptr<storage::KvStore>, std::string> open_credential_store(
    const std::filesystem::path& folder);

struct Password {
  std::string hash;
  Time set_at{};
};

// Any thread. The only fault is kUnavailable.
class CredentialStore {
 public:
  explicit CredentialStore(storage::KvStore& store) : store_(store) {}

  // One that was never made is a confidential one without anything.
  OAuthResult<Registration> registration(const Guid& tenant, const Guid& app) const;
  OAuthResult<void> put(const Guid& tenant, const Guid& app, const Registration& registration);

  OAuthResult<std::optional<Password>> password(const Guid& tenant, const Guid& user) const;
  OAuthResult<void> set_password(const Guid& tenant, const Guid& user, std::string_view password, Time now);

  OAuthResult<std::vector<std::string>> consents(const Guid& tenant, const Guid& app, const Guid& user) const;
  // Adds to them.
  OAuthResult<void> consent(const Guid& tenant, const Guid& app, const Guid& user,
                            std::span<const std::string> permissions);

  // Nothing of whom is gone may be there when somebody of the same id comes again.
  OAuthResult<void> forget_app(const Guid& tenant, const Guid& app);
  OAuthResult<void> forget_user(const Guid& tenant, const Guid& user);

 private:
  storage::KvStore& store_;
};

}  // namespace porchlight::authority
