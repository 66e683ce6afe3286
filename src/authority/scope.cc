#include "authority/scope.h"

#include <algorithm>

#include "authority/permissions.h"
#include "base/text.h"

namespace porchlight::authority {
namespace {

// How clients write Graph in front of a permission, in all clouds (spec protocol §1).
constexpr std::string_view kGraphPrefixes[] = {
    "https://graph.microsoft.com/", "https://graph.microsoft.us/", "https://dod-graph.microsoft.us/",
    "https://microsoftgraph.chinacloudapi.cn/", "00000003-0000-0000-c000-000000000000/"};

// RFC 6749 §3.3: printable but for the quote and the backslash.
bool is_scope_word(std::string_view word) {
  return word.size() <= kScopeWordBytesMax + 64 &&
         std::ranges::all_of(word, [](char c) { return c > ' ' && c < 0x7F && c != '"' && c != '\\'; });
}

// A word taken apart: the resource as it is written, with its '/', and the permission.
struct Word {
  std::string_view prefix, name;
  std::optional<Guid> resource;
};

Result<Word> split_word(std::string_view word) {
  const std::size_t slash = word.rfind('/');
  if (slash == word.npos) return Word{{}, word, {}};
  // "https://graph.microsoft.com//.default" names a resource that ends in '/'.
  const std::string_view prefix = word.substr(0, slash + 1), name = word.substr(slash + 1);
  std::string_view resource = prefix;
  if (resource.ends_with("//") && !resource.ends_with("://")) resource.remove_suffix(1);
  if (std::ranges::any_of(kGraphPrefixes, [&](auto graph) { return same_text(graph, resource); }))
    return Word{prefix, name, {}};
  if (resource.starts_with("api://")) resource.remove_prefix(6);
  resource.remove_suffix(1);
  const auto app = parse_guid(resource);
  if (!app) return refuse(Fault::kResourceUnknown);
  return Word{prefix, name, app};
}

bool* openid_flag(Scope& scope, std::string_view word) {
  if (word == "openid") return &scope.openid;
  if (word == "profile") return &scope.profile;
  if (word == "email") return &scope.email;
  if (word == "offline_access") return &scope.offline;
  return nullptr;
}

void add_once(std::vector<std::string>& names, std::string_view name) {
  if (std::ranges::find(names, name) == names.end()) names.emplace_back(name);
}

Result<void> add_permission(Scope& scope, const Word& word) {
  if (scope.asks_resource() && scope.resource != word.resource) return refuse(Fault::kScopeResources);
  scope.resource = word.resource;
  scope.prefix = word.prefix;
  if (word.name == ".default") {
    scope.everything = true;
  } else if (word.resource) {
    add_once(scope.names, word.name);
  } else {
    const PermissionRow* known = find_permission(PermissionKind::kDelegated, word.name);
    if (!known) return refuse(Fault::kScopeInvalid);
    add_once(scope.names, known->name);
  }
  if (scope.everything && !scope.names.empty()) return refuse(Fault::kScopeInvalid);
  return {};
}

Result<void> add_word(Scope& scope, std::string_view text) {
  if (!is_scope_word(text)) return refuse(Fault::kScopeInvalid);
  auto word = split_word(text);
  if (!word) return std::unexpected(word.error());
  if (!word->resource) {
    if (bool* flag = openid_flag(scope, word->name)) {
      *flag = true;
      return {};
    }
  }
  if (word->name.empty() || word->name.size() > kScopeWordBytesMax ||
      word->prefix.size() > kScopePrefixBytesMax)
    return refuse(Fault::kScopeInvalid);
  return add_permission(scope, *word);
}

bool has_word(std::span<const std::string> words, std::string_view word) {
  return std::ranges::any_of(words, [word](const std::string& w) { return same_text(w, word); });
}

}  // namespace

Result<Scope> parse_scope(std::string_view text) {
  if (text.size() > kScopeBytesMax) return refuse(Fault::kScopeInvalid);
  Scope scope;
  while (!text.empty()) {
    const std::string_view word = text.substr(0, text.find(' '));
    text.remove_prefix(std::min(word.size() + 1, text.size()));
    if (word.empty()) continue;
    if (auto added = add_word(scope, word); !added) return std::unexpected(added.error());
    if (scope.names.size() > kScopeWordsMax) return refuse(Fault::kScopeInvalid);
  }
  return scope;
}

std::string consent_word(const std::optional<Guid>& resource, std::string_view name) {
  std::string word;
  if (resource) {
    append_guid(word, *resource);
    word += '/';
  }
  return word.append(name);
}

Result<Consent> weigh(const Scope& scope, const Client& client, const Client* resource,
                      std::span<const std::string> agreed) {
  // An administrator's grants are of Graph; what an application exposes, it exposes to its tenant.
  const auto is_granted = [&](std::string_view name) {
    return (!scope.resource && has_word(client.scopes, name)) ||
           has_word(agreed, consent_word(scope.resource, name));
  };
  const auto& offered = resource ? resource->registration.exposed : client.registration.requested;
  std::vector<std::string> wanted = scope.names;
  if (scope.everything) {
    wanted = offered;
    if (!resource)
      for (const std::string& name : client.scopes) add_once(wanted, name);
  }
  Consent consent;
  for (const std::string& name : wanted) {
    if (resource && !has_word(offered, name)) return refuse(Fault::kScopeInvalid);
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

std::string granted_text(const Scope& scope, std::span<const std::string> granted) {
  std::string text;
  const auto add = [&text](std::string_view prefix, std::string_view word) {
    if (!text.empty()) text += ' ';
    text.append(prefix).append(word);
  };
  for (const std::string& name : granted) add(scope.prefix, name);
  if (scope.openid) add("", "openid");
  if (scope.profile) add("", "profile");
  if (scope.email) add("", "email");
  if (scope.offline) add("", "offline_access");
  return text;
}

}  // namespace porchlight::authority
