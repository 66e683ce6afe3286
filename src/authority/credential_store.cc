// Keys and values of registrations, passwords, second factors and consents. Both are a disk format.
#include "authority/credential_store.h"

#include <fmt/format.h>

#include <algorithm>

#include "authority/password.h"
#include "base/bytes.h"
#include "base/split.h"
#include "storage/rocks_kv_store.h"

namespace porchlight::authority {
namespace {

constexpr std::string_view kSecondFactor = "second-factor";

std::string credential_key(std::string_view kind, const Guid& tenant, const Guid& owner) {
  return fmt::format("{}/{}/{}", kind, to_string(tenant), to_string(owner));
}

std::string consent_key(const Guid& tenant, const Guid& app, const Guid& user) {
  return fmt::format("{}/{}", credential_key("consent", tenant, app), to_string(user));
}

std::vector<std::string> split_permissions(std::string_view text) {
  std::vector<std::string> permissions;
  for (const std::string_view permission : split(text, ' '))
    if (!permission.empty()) permissions.emplace_back(permission);
  return permissions;
}

// In one write: all of them, or none.
OAuthResult<void> remove_all(storage::KvStore& store, const std::vector<std::string>& keys) {
  storage::KvBatch batch;
  for (const std::string& key : keys) batch.push_back({key, std::nullopt});
  return store.write(batch);
}

// Credentials are few and small.
constexpr std::string_view kStoreFormat = "authority 1";
constexpr std::size_t kStoreMemoryBytes = 1024 * 1024;

}  // namespace

std::expected<std::unique_ptr<storage::KvStore>, std::string> open_credential_store(
    const std::filesystem::path& folder) {
  return storage::RocksKvStore::open({folder, kStoreFormat, kStoreMemoryBytes});
}

OAuthResult<Registration> CredentialStore::registration(const Guid& tenant, const Guid& app) const {
  const auto bytes = store_.get(credential_key("app", tenant, app));
  if (!bytes) return std::unexpected(bytes.error());
  if (!*bytes) return Registration{};
  auto registration = read_registration(**bytes);
  if (!registration) return refuse(OAuthFault::kUnavailable);
  return *std::move(registration);
}

OAuthResult<void> CredentialStore::put(const Guid& tenant, const Guid& app,
                                       const Registration& registration) {
  return store_.put(credential_key("app", tenant, app), print_registration(registration));
}

OAuthResult<std::optional<Password>> CredentialStore::password(const Guid& tenant, const Guid& user) const {
  const auto bytes = store_.get(credential_key("password", tenant, user));
  if (!bytes) return std::unexpected(bytes.error());
  if (!*bytes) return std::nullopt;
  ByteReader in(**bytes);
  const Time set_at(Duration(in.fixed<std::int64_t>()));
  if (!in.ok()) return refuse(OAuthFault::kUnavailable);
  return Password{std::string(in.rest()), set_at};
}

OAuthResult<void> CredentialStore::set_password(const Guid& tenant, const Guid& user,
                                                std::string_view password, Time now) {
  std::string bytes;
  ByteWriter out(bytes);
  out.fixed(static_cast<std::int64_t>(now.time_since_epoch().count()));
  out.raw(hash_password(password));
  return store_.put(credential_key("password", tenant, user), bytes);
}

OAuthResult<std::optional<SecondFactor>> CredentialStore::second_factor(const Guid& tenant,
                                                                        const Guid& user) const {
  const auto bytes = store_.get(credential_key(kSecondFactor, tenant, user));
  if (!bytes) return std::unexpected(bytes.error());
  if (!*bytes) return std::nullopt;
  auto factor = read_second_factor(**bytes);
  if (!factor) return refuse(OAuthFault::kUnavailable);
  return factor;
}

OAuthResult<bool> CredentialStore::replace_second_factor(const Guid& tenant, const Guid& user,
                                                         const std::optional<SecondFactor>& before,
                                                         const SecondFactor& factor) {
  const MutexLock lock(factor_mutexes_[user.bytes[0] % factor_mutexes_.size()]);
  const auto present = second_factor(tenant, user);
  if (!present) return std::unexpected(present.error());
  if (*present != before) return false;
  if (auto stored = store_.put(credential_key(kSecondFactor, tenant, user), print_second_factor(factor));
      !stored)
    return std::unexpected(stored.error());
  return true;
}

OAuthResult<void> CredentialStore::remove_second_factor(const Guid& tenant, const Guid& user) {
  const MutexLock lock(factor_mutexes_[user.bytes[0] % factor_mutexes_.size()]);
  return store_.remove(credential_key(kSecondFactor, tenant, user));
}

OAuthResult<std::vector<std::string>> CredentialStore::consents(const Guid& tenant, const Guid& app,
                                                                const Guid& user) const {
  const auto text = store_.get(consent_key(tenant, app, user));
  if (!text) return std::unexpected(text.error());
  return split_permissions(text->value_or(""));
}

// Not atomic: of two concurrent consents of a user to an application one may be lost, and is asked for again.
OAuthResult<void> CredentialStore::consent(const Guid& tenant, const Guid& app, const Guid& user,
                                           std::span<const std::string> permissions) {
  auto agreed = consents(tenant, app, user);
  if (!agreed) return std::unexpected(agreed.error());
  for (const std::string& permission : permissions)
    if (std::ranges::find(*agreed, permission) == agreed->end()) agreed->push_back(permission);
  return store_.put(consent_key(tenant, app, user), fmt::format("{}", fmt::join(*agreed, " ")));
}

OAuthResult<void> CredentialStore::forget_app(const Guid& tenant, const Guid& app) {
  storage::KvBatch batch;
  const auto visited = store_.for_each(fmt::format("{}/", credential_key("consent", tenant, app)),
                                       [&](std::string_view key, std::string_view) {
                                         batch.push_back({std::string(key), std::nullopt});
                                         return true;
                                       });
  if (!visited) return visited;
  const auto found = store_.for_each(fmt::format("app/{}/", to_string(tenant)),
                                     [&](std::string_view key, std::string_view bytes) {
                                       auto other = read_registration(bytes);
                                       if (other && std::erase(other->preauthorized, app) > 0)
                                         batch.push_back({std::string(key), print_registration(*other)});
                                       return true;
                                     });
  if (!found) return found;
  batch.push_back({credential_key("app", tenant, app), std::nullopt});
  return store_.write(batch);
}

// Consents are keyed by application first, so every consent of the tenant is visited. Users are removed rarely.
OAuthResult<void> CredentialStore::forget_user(const Guid& tenant, const Guid& user) {
  std::vector<std::string> keys = {credential_key("password", tenant, user),
                                   credential_key(kSecondFactor, tenant, user)};
  const std::string suffix = fmt::format("/{}", to_string(user));
  const auto visited = store_.for_each(fmt::format("consent/{}/", to_string(tenant)),
                                       [&](std::string_view key, std::string_view) {
                                         if (key.ends_with(suffix)) keys.emplace_back(key);
                                         return true;
                                       });
  if (!visited) return visited;
  return remove_all(store_, keys);
}

}  // namespace porchlight::authority
