#include "authority/vault.h"

#include <fmt/format.h>

#include <algorithm>

#include "authority/password.h"
#include "base/bytes.h"

namespace porchlight::authority {
namespace {

std::string vault_key(std::string_view kind, const Guid& tenant, const Guid& whose) {
  return fmt::format("{}/{}/{}", kind, to_string(tenant), to_string(whose));
}

std::string consent_key(const Guid& tenant, const Guid& app, const Guid& user) {
  return fmt::format("{}/{}", vault_key("consent", tenant, app), to_string(user));
}

std::vector<std::string> split_words(std::string_view text) {
  std::vector<std::string> words;
  while (!text.empty()) {
    const std::string_view word = text.substr(0, text.find(' '));
    text.remove_prefix(std::min(word.size() + 1, text.size()));
    if (!word.empty()) words.emplace_back(word);
  }
  return words;
}

Result<void> remove_all(Store& store, const std::vector<std::string>& keys) {
  for (const std::string& key : keys)
    if (auto removed = store.remove(key); !removed) return removed;
  return {};
}

}  // namespace

Result<Registration> Vault::registration(const Guid& tenant, const Guid& app) const {
  const auto bytes = store_.get(vault_key("app", tenant, app));
  if (!bytes) return std::unexpected(bytes.error());
  if (!*bytes) return Registration{};
  auto registration = read_registration(**bytes);
  if (!registration) return refuse(Fault::kUnavailable);
  return *std::move(registration);
}

Result<void> Vault::put(const Guid& tenant, const Guid& app, const Registration& registration) {
  return store_.put(vault_key("app", tenant, app), print_registration(registration));
}

Result<std::optional<Password>> Vault::password(const Guid& tenant, const Guid& user) const {
  const auto bytes = store_.get(vault_key("password", tenant, user));
  if (!bytes) return std::unexpected(bytes.error());
  if (!*bytes) return std::nullopt;
  ByteReader in(**bytes);
  const Time set_at(Duration(in.fixed<std::int64_t>()));
  if (!in.ok()) return refuse(Fault::kUnavailable);
  return Password{std::string(in.rest()), set_at};
}

Result<void> Vault::set_password(const Guid& tenant, const Guid& user, std::string_view password, Time now) {
  std::string bytes;
  ByteWriter out(bytes);
  out.fixed(static_cast<std::int64_t>(now.time_since_epoch().count()));
  out.raw(hash_password(password));
  return store_.put(vault_key("password", tenant, user), bytes);
}

Result<std::vector<std::string>> Vault::consents(const Guid& tenant, const Guid& app,
                                                 const Guid& user) const {
  const auto text = store_.get(consent_key(tenant, app, user));
  if (!text) return std::unexpected(text.error());
  return split_words(text->value_or(""));
}

Result<void> Vault::consent(const Guid& tenant, const Guid& app, const Guid& user,
                            std::span<const std::string> words) {
  auto agreed = consents(tenant, app, user);
  if (!agreed) return std::unexpected(agreed.error());
  for (const std::string& word : words)
    if (std::ranges::find(*agreed, word) == agreed->end()) agreed->push_back(word);
  return store_.put(consent_key(tenant, app, user), fmt::format("{}", fmt::join(*agreed, " ")));
}

Result<void> Vault::forget_app(const Guid& tenant, const Guid& app) {
  std::vector<std::string> keys = {vault_key("app", tenant, app)};
  const auto looked = store_.each(fmt::format("{}/", vault_key("consent", tenant, app)),
                                  [&](std::string_view key, std::string_view) { keys.emplace_back(key); });
  if (!looked) return looked;
  return remove_all(store_, keys);
}

Result<void> Vault::forget_user(const Guid& tenant, const Guid& user) {
  std::vector<std::string> keys = {vault_key("password", tenant, user)};
  const std::string mine = fmt::format("/{}", to_string(user));
  const auto looked =
      store_.each(fmt::format("consent/{}/", to_string(tenant)), [&](std::string_view key, std::string_view) {
        if (key.ends_with(mine)) keys.emplace_back(key);
      });
  if (!looked) return looked;
  return remove_all(store_, keys);
}

}  // namespace porchlight::authority
