// Parsing and evaluation of scopes.
#include "authority/scope.h"

#include <fmt/format.h>

#include <algorithm>

#include "authority/permissions.h"
#include "base/split.h"
#include "base/text.h"

namespace porchlight::authority {
namespace {

// The URLs of Graph before a permission, in all clouds (spec protocol §1).
constexpr std::string_view kGraphPrefixes[] = {
    "https://graph.microsoft.com/", "https://graph.microsoft.us/", "https://dod-graph.microsoft.us/",
    "https://microsoftgraph.chinacloudapi.cn/", "00000003-0000-0000-c000-000000000000/"};

// Characters of a scope token (RFC 6749 §3.3): printable, except the quote and the backslash.
bool is_scope_token(std::string_view token) {
  return token.size() <= kScopeTokenBytesMax + 64 &&
         std::ranges::all_of(token, [](char c) { return c > ' ' && c < 0x7F && c != '"' && c != '\\'; });
}

// A scope token in parts: the resource as written, with its '/', and the permission.
struct ScopeToken {
  std::string_view prefix, name;
  std::optional<Guid> resource;
};

OAuthResult<ScopeToken> split_scope_token(std::string_view token) {
  const std::size_t slash = token.rfind('/');
  if (slash == token.npos) return ScopeToken{{}, token, {}};
  // "https://graph.microsoft.com//.default" names a resource that ends in '/'.
  const std::string_view prefix = token.substr(0, slash + 1), name = token.substr(slash + 1);
  std::string_view resource = prefix;
  if (resource.ends_with("//") && !resource.ends_with("://")) resource.remove_suffix(1);
  if (std::ranges::any_of(kGraphPrefixes, [&](auto graph) { return equals_ignore_case(graph, resource); }))
    return ScopeToken{prefix, name, {}};
  if (resource.starts_with("api://")) resource.remove_prefix(6);
  resource.remove_suffix(1);
  const auto app = parse_guid(resource);
  if (!app) return refuse(OAuthFault::kResourceUnknown);
  return ScopeToken{prefix, name, app};
}

bool* openid_flag(Scope& scope, std::string_view token) {
  if (token == "openid") return &scope.openid;
  if (token == "profile") return &scope.profile;
  if (token == "email") return &scope.email;
  if (token == "offline_access") return &scope.offline;
  return nullptr;
}

void add_once(std::vector<std::string>& names, std::string_view name) {
  if (std::ranges::find(names, name) == names.end()) names.emplace_back(name);
}

// Adds a permission, or `.default`. The first permission determines the resource of the whole request.
OAuthResult<void> add_permission(Scope& scope, const ScopeToken& token) {
  if (scope.asks_resource() && scope.resource != token.resource) return refuse(OAuthFault::kScopeResources);
  scope.resource = token.resource;
  scope.prefix = token.prefix;
  if (token.name == ".default") {
    scope.everything = true;
  } else if (token.resource) {
    add_once(scope.names, token.name);
  } else {
    const PermissionRow* known = find_permission(PermissionKind::kDelegated, token.name);
    if (!known) return refuse(OAuthFault::kScopeInvalid);
    add_once(scope.names, known->name);
  }
  if (scope.everything && !scope.names.empty()) return refuse(OAuthFault::kScopeInvalid);
  return {};
}

// The scopes of OpenID Connect are recognised only without a resource prefix: "https://graph…/openid" is a permission.
OAuthResult<void> add_scope_token(Scope& scope, std::string_view text) {
  if (!is_scope_token(text)) return refuse(OAuthFault::kScopeInvalid);
  auto token = split_scope_token(text);
  if (!token) return std::unexpected(token.error());
  if (!token->resource) {
    if (bool* flag = openid_flag(scope, token->name)) {
      *flag = true;
      return {};
    }
  }
  if (token->name.empty() || token->name.size() > kScopeTokenBytesMax ||
      token->prefix.size() > kScopePrefixBytesMax)
    return refuse(OAuthFault::kScopeInvalid);
  return add_permission(scope, *token);
}

bool contains_ignore_case(std::span<const std::string> texts, std::string_view token) {
  return std::ranges::any_of(texts, [token](const std::string& w) { return equals_ignore_case(w, token); });
}

}  // namespace

OAuthResult<Scope> parse_scope(std::string_view text) {
  if (text.size() > kScopeBytesMax) return refuse(OAuthFault::kScopeInvalid);
  Scope scope;
  for (const std::string_view token : split(text, ' ')) {
    if (token.empty()) continue;
    if (auto added = add_scope_token(scope, token); !added) return std::unexpected(added.error());
    if (scope.names.size() > kScopeTokensMax) return refuse(OAuthFault::kScopeInvalid);
  }
  return scope;
}

std::string qualified_permission(const std::optional<Guid>& resource, std::string_view name) {
  std::string token;
  if (resource) {
    append_guid(token, *resource);
    token += '/';
  }
  return token.append(name);
}

// A permission is granted by an administrator, in the directory or by a preauthorized client of the resource, or by the
// user, in `agreed`. `.default` stands for the
// registered permissions of the client and those that an administrator granted, or for all exposed scopes of another
// application. What is not granted is missing and leads to the consent page.
OAuthResult<Consent> evaluate_consent(const Scope& scope, const Client& client, const Client* resource,
                                      std::span<const std::string> agreed) {
  const bool is_preauthorized =
      resource && std::ranges::count(resource->registration.preauthorized, client.id) > 0;
  const auto is_granted = [&](std::string_view name) {
    return is_preauthorized || (!scope.resource && contains_ignore_case(client.scopes, name)) ||
           contains_ignore_case(agreed, qualified_permission(scope.resource, name));
  };
  const auto& offered = resource ? resource->registration.exposed : client.registration.requested;
  std::vector<std::string> wanted = scope.names;
  if (scope.everything) {
    wanted = offered;
    if (!resource)
      for (const std::string& name : client.scopes) add_once(wanted, name);
  }
  Consent consent{
      .resource = resource ? resource->name : std::string(kOwnName), .granted = {}, .missing = {}};
  for (const std::string& name : wanted) {
    if (resource && !contains_ignore_case(offered, name)) return refuse(OAuthFault::kScopeInvalid);
    const PermissionRow* known = resource ? nullptr : find_permission(PermissionKind::kDelegated, name);
    if (is_granted(name)) {
      consent.granted.push_back(name);
    } else {
      consent.missing.push_back(name);
      consent.missing_admin |= known && known->needs_admin;
    }
  }
  return consent;
}

std::vector<std::string> consent_sentences(const PageTexts& texts, const Scope& scope,
                                           const Consent& consent) {
  std::vector<std::string> sentences;
  for (const auto& names : {consent.missing, consent.granted}) {
    for (const std::string& name : names) {
      const PermissionRow* known =
          scope.resource ? nullptr : find_permission(PermissionKind::kDelegated, name);
      sentences.push_back(
          known ? texts.fill("consent.permission", {{"sentence", texts.permission(known->name)},
                                                    {"permission", name},
                                                    {"resource", consent.resource}})
                : texts.fill("consent.scope", {{"permission", name}, {"resource", consent.resource}}));
    }
  }
  return sentences;
}

std::string granted_text(const Scope& scope, std::span<const std::string> granted) {
  std::string text;
  const auto add = [&text](std::string_view prefix, std::string_view token) {
    if (!text.empty()) text += ' ';
    text.append(prefix).append(token);
  };
  for (const std::string& name : granted) add(scope.prefix, name);
  if (scope.openid) add("", "openid");
  if (scope.profile) add("", "profile");
  if (scope.email) add("", "email");
  if (scope.offline) add("", "offline_access");
  return text;
}

}  // namespace porchlight::authority
