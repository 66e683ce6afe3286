// Registrations of applications, passwords, second factors and consents of users, in the authority's key-value store:
//
//     app/<tenant>/<app>               the registration (registration.h)
//     password/<tenant>/<user>         i64 set at ms | the hash (password.h)
//     second-factor/<tenant>/<user>    the second factor (second_factor.h)
//     consent/<tenant>/<app>/<user>    the permissions agreed to (scope.h), separated by spaces
#pragma once

#include <array>
#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "authority/registration.h"
#include "authority/second_factor.h"
#include "base/mutex.h"
#include "storage/kv_store.h"

namespace porchlight::authority {

// Opens the store on disk, or creates it. The error is a sentence for the operator.
std::expected<std::unique_ptr<storage::KvStore>, std::string> open_credential_store(
    const std::filesystem::path& folder);

// A user's password.
struct Password {
  std::string hash;
  Time set_at{};
};

// Any thread. Error of every function: kUnavailable, if the store fails or a value is damaged. Writes are durable.
class CredentialStore {
 public:
  // `store` must outlive it.
  explicit CredentialStore(storage::KvStore& store) : store_(store) {}

  // The registration; one that was never stored is a confidential client without credentials.
  OAuthResult<Registration> registration(const Guid& tenant, const Guid& app) const;
  OAuthResult<void> put(const Guid& tenant, const Guid& app, const Registration& registration);

  // Returns nullopt if the user has no password.
  OAuthResult<std::optional<Password>> password(const Guid& tenant, const Guid& user) const;
  OAuthResult<void> set_password(const Guid& tenant, const Guid& user, std::string_view password, Time now);

  // Returns nullopt if the user has none.
  OAuthResult<std::optional<SecondFactor>> second_factor(const Guid& tenant, const Guid& user) const;
  // Sets the factor, if the present one is still `before`. Returns false if not.
  OAuthResult<bool> replace_second_factor(const Guid& tenant, const Guid& user,
                                          const std::optional<SecondFactor>& before,
                                          const SecondFactor& factor);
  OAuthResult<void> remove_second_factor(const Guid& tenant, const Guid& user);

  // The permissions that the user consented to for the application.
  OAuthResult<std::vector<std::string>> consents(const Guid& tenant, const Guid& app, const Guid& user) const;
  // Adds permissions to them.
  OAuthResult<void> consent(const Guid& tenant, const Guid& app, const Guid& user,
                            std::span<const std::string> permissions);

  // Remove everything about an application or user, so that a later one with the same id inherits nothing. Calls of
  // forget_app() and put() must not be concurrent: it changes the registrations of other applications.
  OAuthResult<void> forget_app(const Guid& tenant, const Guid& app);
  OAuthResult<void> forget_user(const Guid& tenant, const Guid& user);

 private:
  storage::KvStore& store_;
  // Of all users whose id begins with the same six bits: held from reading to writing a second factor.
  std::array<Mutex, 64> factor_mutexes_;
};

}  // namespace porchlight::authority
