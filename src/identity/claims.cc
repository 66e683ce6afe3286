#include "identity/claims.h"

#include <algorithm>
#include <cmath>
#include <span>

#include "base/text.h"
#include "identity/token_form.h"

namespace porchlight::identity {
namespace {

using simdjson::dom::element;

constexpr double kSecondsMax = 8'589'934'592.0;  // 2^33
constexpr std::string_view kPersonalTenant = "9188040d-6c67-4c5b-b112-36a304b66dad";

// Reads members of one object; remembers whether any had a wrong type.
class ClaimReader {
 public:
  explicit ClaimReader(const simdjson::dom::object& members) : members_(members) {}
  bool good() const { return good_; }

  std::optional<std::string_view> text(std::string_view name) {
    element value;
    if (!find(name, value)) return std::nullopt;
    return text_of(value);
  }

  std::optional<Time> time(std::string_view name) {
    element value;
    double seconds = 0;
    if (!find(name, value)) return std::nullopt;
    // Negated so that a NaN would fail as well.
    if (value.get(seconds) != simdjson::SUCCESS || !(seconds >= 0 && seconds <= kSecondsMax)) return refuse();
    return Time(Duration(std::llround(std::floor(seconds * 1000))));
  }

  std::optional<std::vector<std::string_view>> texts(std::string_view name) {
    element value;
    if (!find(name, value)) return std::nullopt;
    simdjson::dom::array list;
    if (value.get(list) != simdjson::SUCCESS) return refuse();
    std::vector<std::string_view> words;
    for (const element item : list)
      if (const auto word = text_of(item)) words.push_back(*word);
    return words;
  }

  // `aud` may be one text or a list of them (RFC 7519 §4.1.3).
  std::vector<std::string_view> text_or_texts(std::string_view name) {
    element value;
    if (find(name, value) && value.is_array()) return texts(name).value_or(std::vector<std::string_view>{});
    if (const auto word = text(name)) return {*word};
    return {};
  }

 private:
  bool find(std::string_view name, element& value) const {
    return members_[name].get(value) == simdjson::SUCCESS;
  }

  std::optional<std::string_view> text_of(element value) {
    std::string_view text;
    if (value.get(text) != simdjson::SUCCESS) return refuse();
    return text;
  }

  std::nullopt_t refuse() {
    good_ = false;
    return std::nullopt;
  }

  const simdjson::dom::object& members_;
  bool good_ = true;
};

struct PermissionName {
  std::string_view name;
  Permission permission;
};

constexpr PermissionName kDelegated[] = {{"Presence.Read", Permission::kDelegatedRead},
                                         {"Presence.Read.All", Permission::kDelegatedReadAll},
                                         {"Presence.ReadWrite", Permission::kDelegatedReadWrite},
                                         {"Porchlight.History.Read.All", Permission::kDelegatedHistory},
                                         {"User.Read", Permission::kDelegatedUserRead},
                                         {"User.ReadBasic.All", Permission::kDelegatedUserReadBasicAll},
                                         {"User.Read.All", Permission::kDelegatedUserReadAll},
                                         {"Directory.Read.All", Permission::kDelegatedDirectoryReadAll},
                                         {"GroupMember.Read.All", Permission::kDelegatedMemberReadAll},
                                         {"Group.Read.All", Permission::kDelegatedGroupReadAll}};
constexpr PermissionName kApplication[] = {{"Presence.Read.All", Permission::kAppReadAll},
                                           {"Presence.ReadWrite.All", Permission::kAppReadWriteAll},
                                           {"Porchlight.Admin", Permission::kAppAdmin},
                                           {"Porchlight.History.Read.All", Permission::kAppHistory},
                                           {"User.ReadBasic.All", Permission::kAppUserReadBasicAll},
                                           {"User.Read.All", Permission::kAppUserReadAll},
                                           {"Directory.Read.All", Permission::kAppDirectoryReadAll},
                                           {"GroupMember.Read.All", Permission::kAppMemberReadAll},
                                           {"Group.Read.All", Permission::kAppGroupReadAll}};

// Gives the caller one word of scp or roles.
void grant(Caller& caller, std::string_view word, std::span<const PermissionName> known) {
  if (word.empty()) return;
  if (!caller.granted.empty()) caller.granted += ' ';
  caller.granted += word;
  for (const auto& [name, permission] : known)
    if (same_text(name, word)) caller.permissions |= static_cast<Permissions>(permission);
}

void grant_scopes(Caller& caller, std::string_view scp) {
  while (!scp.empty()) {
    const std::size_t end = std::min(scp.find(' '), scp.size());
    grant(caller, scp.substr(0, end), kDelegated);
    scp.remove_prefix(std::min(end + 1, scp.size()));
  }
}

bool has_words(const std::optional<std::string_view>& scp) {
  return scp && scp->find_first_not_of(' ') != std::string_view::npos;
}

// A user's token. One that calls itself a user's is one even without scopes: its roles are the user's, and
// must not pass for an application's.
bool is_delegated(const Claims& claims) {
  return claims.idtyp != "app" && (claims.idtyp == "user" || has_words(claims.scp));
}

// The calling application: `appid` in v1.0 tokens, `azp` in v2.0 ones; with both, they must agree.
std::optional<Guid> find_app(const Claims& claims) {
  if (!claims.appid && !claims.azp) return std::nullopt;
  const auto app = parse_guid(claims.appid ? *claims.appid : *claims.azp);
  if (claims.appid && claims.azp && parse_guid(*claims.azp) != app) return std::nullopt;
  return app;
}

}  // namespace

std::expected<Claims, TokenFault> read_claims(JsonReader& reader, std::string_view payload) {
  const auto root = reader.parse(payload, kTokenJson);
  simdjson::dom::object members;
  if (!root || root->get(members) != simdjson::SUCCESS) return std::unexpected(TokenFault::kMalformed);
  ClaimReader read(members);
  Claims claims{.iss = read.text("iss"),
                .aud = read.text_or_texts("aud"),
                .exp = read.time("exp"),
                .nbf = read.time("nbf"),
                .iat = read.time("iat"),
                .tid = read.text("tid"),
                .oid = read.text("oid"),
                .appid = read.text("appid"),
                .azp = read.text("azp"),
                .idtyp = read.text("idtyp"),
                .scp = read.text("scp"),
                .roles = read.texts("roles")};
  if (!read.good()) return std::unexpected(TokenFault::kMalformed);
  return claims;
}

std::expected<Caller, TokenFault> make_caller(const Claims& claims) {
  const auto tenant = parse_guid(claims.tid.value_or(""));
  const auto app = find_app(claims);
  if (!tenant || !app || !claims.exp) return std::unexpected(TokenFault::kMalformed);
  Caller caller;
  caller.tenant = *tenant;
  caller.app = *app;
  caller.expires_at = *claims.exp;
  caller.personal = tenant == parse_guid(kPersonalTenant);
  if (is_delegated(claims)) {
    caller.user = parse_guid(claims.oid.value_or(""));
    if (!caller.user) return std::unexpected(TokenFault::kMalformed);
    grant_scopes(caller, claims.scp.value_or(""));
  } else if (claims.roles && (!claims.idtyp || claims.idtyp == "app")) {
    for (const std::string_view role : *claims.roles) grant(caller, role, kApplication);
  }
  return caller;
}

}  // namespace porchlight::identity
