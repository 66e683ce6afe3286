// Reading of claims. Two kinds of issuers differ in how an application is named and how a user's token is
// told from an application's; read_entra() and read_other() hold these rules. In doubt a token is a user's,
// since roles of a user must never count as an application's permissions.
#include "identity/claims.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <span>

#include "base/text.h"
#include "identity/token_form.h"

namespace porchlight::identity {
namespace {

using simdjson::dom::element;

constexpr double kSecondsMax = 8'589'934'592.0;  // 2^33, in the year 2242

// Reads the members of an object, and remembers whether any had a wrong type.
class ClaimReader {
 public:
  explicit ClaimReader(const simdjson::dom::object& members) : members_(members) {}
  // Whether all members that were read had the right type.
  bool good() const { return good_; }

  // A string. nullopt if it is missing or of another type; the same below.
  std::optional<std::string_view> text(std::string_view name) {
    element value;
    if (!find(name, value)) return std::nullopt;
    return text_of(value);
  }

  // A number of seconds since 1970, fractions allowed (RFC 7519 §2).
  std::optional<Time> time(std::string_view name) {
    element value;
    double seconds = 0;
    if (!find(name, value)) return std::nullopt;
    // Negated, so that a NaN fails too.
    if (value.get(seconds) != simdjson::SUCCESS || !(seconds >= 0 && seconds <= kSecondsMax)) return refuse();
    return Time(Duration(std::llround(std::floor(seconds * 1000))));
  }

  // An array of strings.
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

  // The words of one string, separated by spaces.
  std::vector<std::string_view> words(std::string_view name) {
    std::vector<std::string_view> found;
    for (std::string_view rest = text(name).value_or(""); !rest.empty();) {
      const std::size_t end = std::min(rest.find(' '), rest.size());
      if (end != 0) found.push_back(rest.substr(0, end));
      rest.remove_prefix(std::min(end + 1, rest.size()));
    }
    return found;
  }

  // Words in one string, or an array of strings: providers differ.
  std::vector<std::string_view> words_or_texts(std::string_view name) {
    element value;
    if (find(name, value) && value.is_array()) return texts(name).value_or(std::vector<std::string_view>{});
    return words(name);
  }

  // Whether the object matches "name", or "name=value".
  bool has(std::string_view sign) {
    const std::size_t equals = sign.find('=');
    element value;
    if (sign.empty() || !find(sign.substr(0, equals), value)) return false;
    std::string_view text;
    return equals == sign.npos || (value.get(text) == simdjson::SUCCESS && text == sign.substr(equals + 1));
  }

  // A string or an array of strings, as `aud` may be (RFC 7519 §4.1.3).
  std::vector<std::string_view> text_or_texts(std::string_view name) {
    element value;
    if (find(name, value) && value.is_array()) return texts(name).value_or(std::vector<std::string_view>{});
    if (const auto word = text(name)) return {*word};
    return {};
  }

 private:
  bool find(std::string_view name, element& value) const { return find_in(members_, name, value); }

  // The member of that name, or the end of a path of members. The names come from the configuration.
  static bool find_in(const simdjson::dom::object& members, std::string_view name, element& value) {
    if (members[name].get(value) == simdjson::SUCCESS) return true;
    for (std::size_t dot = name.find('.'); dot != name.npos; dot = name.find('.', dot + 1)) {
      simdjson::dom::object inner;
      if (members[name.substr(0, dot)].get(inner) == simdjson::SUCCESS &&
          find_in(inner, name.substr(dot + 1), value))
        return true;
    }
    return false;
  }

  std::optional<std::string_view> text_of(element value) {
    std::string_view text;
    if (value.get(text) != simdjson::SUCCESS) return refuse();
    return text;
  }

  // Records a wrong type.
  std::nullopt_t refuse() {
    good_ = false;
    return std::nullopt;
  }

  const simdjson::dom::object& members_;
  bool good_ = true;
};

// A permission and its name in tokens. Names are compared ignoring case.
struct PermissionName {
  std::string_view name;
  Permission permission;
};

constexpr PermissionName kDelegated[] = {
    {"Presence.Read", Permission::kDelegatedRead},
    {"Presence.Read.All", Permission::kDelegatedReadAll},
    {"Presence.ReadWrite", Permission::kDelegatedReadWrite},
    {"Porchlight.History.Read.All", Permission::kDelegatedHistory},
    {"Porchlight.Admin", Permission::kDelegatedAdmin},
    {"User.Read", Permission::kDelegatedUserRead},
    {"User.ReadBasic.All", Permission::kDelegatedUserReadBasicAll},
    {"User.Read.All", Permission::kDelegatedUserReadAll},
    {"Directory.Read.All", Permission::kDelegatedDirectoryReadAll},
    {"GroupMember.Read.All", Permission::kDelegatedMemberReadAll},
    {"Group.Read.All", Permission::kDelegatedGroupReadAll},
    {"Subscription.Read.All", Permission::kDelegatedSubscriptionReadAll},
    {"Calendars.Read", Permission::kDelegatedCalendarsRead},
    {"Calendars.ReadWrite", Permission::kDelegatedCalendarsReadWrite},
    {"MailboxSettings.Read", Permission::kDelegatedMailboxRead},
    {"MailboxSettings.ReadWrite", Permission::kDelegatedMailboxReadWrite},
    {"User.ReadWrite", Permission::kDelegatedUserReadWrite},
    {"User.ReadWrite.All", Permission::kDelegatedUserReadWriteAll},
    {"Directory.ReadWrite.All", Permission::kDelegatedDirectoryReadWriteAll},
    {"Group.ReadBasic.All", Permission::kDelegatedGroupReadBasicAll},
    {"Group.ReadWrite.All", Permission::kDelegatedGroupReadWriteAll},
    {"GroupMember.ReadBasic.All", Permission::kDelegatedMemberReadBasicAll},
    {"GroupMember.ReadWrite.All", Permission::kDelegatedMemberReadWriteAll},
    {"ProfilePhoto.Read.All", Permission::kDelegatedPhotoReadAll},
    {"ProfilePhoto.ReadWrite.All", Permission::kDelegatedPhotoReadWriteAll}};
constexpr PermissionName kApplication[] = {{"Presence.Read.All", Permission::kAppReadAll},
                                           {"Presence.ReadWrite.All", Permission::kAppReadWriteAll},
                                           {"Porchlight.Admin", Permission::kAppAdmin},
                                           {"Porchlight.History.Read.All", Permission::kAppHistory},
                                           {"User.ReadBasic.All", Permission::kAppUserReadBasicAll},
                                           {"User.Read.All", Permission::kAppUserReadAll},
                                           {"Directory.Read.All", Permission::kAppDirectoryReadAll},
                                           {"GroupMember.Read.All", Permission::kAppMemberReadAll},
                                           {"Group.Read.All", Permission::kAppGroupReadAll},
                                           {"Subscription.Read.All", Permission::kAppSubscriptionReadAll},
                                           {"Calendars.Read.All", Permission::kAppCalendarsReadAll},
                                           {"Calendars.ReadWrite.All", Permission::kAppCalendarsReadWriteAll},
                                           {"User.ReadWrite.All", Permission::kAppUserReadWriteAll},
                                           {"Directory.ReadWrite.All", Permission::kAppDirectoryReadWriteAll},
                                           {"Group.ReadBasic.All", Permission::kAppGroupReadBasicAll},
                                           {"Group.ReadWrite.All", Permission::kAppGroupReadWriteAll},
                                           {"GroupMember.ReadBasic.All", Permission::kAppMemberReadBasicAll},
                                           {"GroupMember.ReadWrite.All", Permission::kAppMemberReadWriteAll},
                                           {"ProfilePhoto.Read.All", Permission::kAppPhotoReadAll},
                                           {"ProfilePhoto.ReadWrite.All", Permission::kAppPhotoReadWriteAll}};

bool is_named(std::span<const PermissionName> known, std::string_view name) {
  return std::ranges::any_of(known,
                             [&](const PermissionName& row) { return equals_ignore_case(row.name, name); });
}

// Adds one word of scp or roles to the caller.
void grant(Caller& caller, std::string_view word, std::span<const PermissionName> known) {
  if (word.empty()) return;
  if (!caller.granted.empty()) caller.granted += ' ';
  caller.granted += word;
  for (const auto& [name, permission] : known)
    if (equals_ignore_case(name, word)) caller.permissions |= static_cast<Permissions>(permission);
}

// Whether it is a user's token. A token that says so is one even without scopes: its roles are the user's and
// must not count as an application's.
bool is_entra_user(std::optional<std::string_view> idtyp, const Claims& claims) {
  return idtyp != "app" && (idtyp == "user" || !claims.scopes.empty());
}

// The application: `appid` in v1.0 tokens, `azp` in v2.0 tokens. If both are present they must agree.
std::optional<Guid> find_entra_app(ClaimReader& read) {
  const auto appid = read.text("appid"), azp = read.text("azp");
  if (!appid && !azp) return std::nullopt;
  const auto app = parse_guid(appid ? *appid : *azp);
  if (appid && azp && parse_guid(*azp) != app) return std::nullopt;
  return app;
}

void read_entra(ClaimReader& read, const ClaimMap& map, Claims& claims) {
  claims.app = find_entra_app(read);
  claims.scopes = read.words(map.scopes);
  const auto idtyp = read.text("idtyp");
  auto roles = read.texts(map.roles);
  claims.delegated = is_entra_user(idtyp, claims);
  // An unknown kind of token gets no application permissions.
  if (!claims.delegated && roles && (!idtyp || idtyp == "app")) claims.roles = *std::move(roles);
}

// Tokens of other providers. If an application's name is not a GUID, its id is derived from issuer and name.
// A token counts as an application's own only if that is certain; otherwise its roles may be a user's and are
// ignored.
void read_other(ClaimReader& read, const ClaimMap& map, Claims& claims) {
  const auto app = read.text(map.app);
  if (app && !app->empty()) {
    claims.app = parse_guid(*app);
    if (!claims.app) claims.app = guid_from_name(fmt::format("{}\n{}", claims.iss.value_or(""), *app));
  }
  claims.scopes = read.words_or_texts(map.scopes);
  auto roles = read.words_or_texts(map.roles);
  const bool is_own_token = app && read.text("sub") == app;  // RFC 9068 §2.2
  claims.delegated = !is_own_token && !read.has(map.app_only) && read.text("idtyp") != "app";
  if (!claims.delegated) claims.roles = std::move(roles);
}

}  // namespace

bool is_personal(const Guid& tenant) { return tenant == parse_guid(kPersonalTenant); }

std::expected<Claims, TokenFault> read_claims(JsonReader& reader, std::string_view payload,
                                              const ClaimMap& map) {
  const auto root = reader.parse(payload, kTokenJson);
  simdjson::dom::object members;
  if (!root || root->get(members) != simdjson::SUCCESS) return std::unexpected(TokenFault::kMalformed);
  ClaimReader read(members);
  Claims claims{.iss = read.text("iss"),
                .aud = read.text_or_texts("aud"),
                .exp = read.time("exp"),
                .nbf = read.time("nbf"),
                .iat = read.time("iat")};
  if (!map.tenant.empty()) claims.tenant = parse_guid(read.text(map.tenant).value_or(""));
  const std::string_view subject = read.text(map.subject).value_or("");
  if (map.subject_is_upn)
    claims.upn = subject;
  else
    claims.user = parse_guid(subject);
  if (map.is_entra())
    read_entra(read, map, claims);
  else
    read_other(read, map, claims);
  if (!read.good()) return std::unexpected(TokenFault::kMalformed);
  return claims;
}

std::optional<std::string_view> read_iss(JsonReader& reader, std::string_view payload) {
  const auto root = reader.parse(payload, kTokenJson);
  std::string_view iss;
  if (!root || (*root)["iss"].get(iss) != simdjson::SUCCESS) return std::nullopt;
  return iss;
}

bool is_delegated_permission(std::string_view name) { return is_named(kDelegated, name); }
bool is_application_permission(std::string_view name) { return is_named(kApplication, name); }

std::vector<std::string_view> names_of(Permissions permissions) {
  std::vector<std::string_view> names;
  for (const std::span<const PermissionName> known :
       std::initializer_list<std::span<const PermissionName>>{kDelegated, kApplication})
    for (const auto& [name, permission] : known)
      if ((permissions & static_cast<Permissions>(permission)) != 0) names.push_back(name);
  return names;
}

std::expected<Caller, TokenFault> make_caller(const Claims& claims) {
  if (!claims.tenant || !claims.app || !claims.exp) return std::unexpected(TokenFault::kMalformed);
  Caller caller;
  caller.tenant = *claims.tenant;
  caller.app = *claims.app;
  caller.issued_at = claims.iat.value_or(Time{});
  caller.expires_at = *claims.exp;
  caller.personal = is_personal(*claims.tenant);
  if (claims.delegated) {
    caller.user = claims.upn.empty() ? claims.user : Guid{};
    caller.upn = claims.upn;
    if (!caller.user) return std::unexpected(TokenFault::kMalformed);
    for (const std::string_view word : claims.scopes) grant(caller, word, kDelegated);
  } else {
    for (const std::string_view role : claims.roles) grant(caller, role, kApplication);
  }
  return caller;
}

}  // namespace porchlight::identity
