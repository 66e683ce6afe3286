// The table of permissions.
#include "authority/permissions.h"

#include "base/text.h"

namespace porchlight::authority {
namespace {

constexpr auto kDelegated = PermissionKind::kDelegated;
constexpr auto kApplication = PermissionKind::kApplication;

constexpr PermissionRow kPermissions[] = {
    {"Presence.Read", kDelegated, false, "76bc735e-aecd-4a1d-8b4c-2b915deabb79"},
    {"Presence.Read.All", kDelegated, false, "9c7a330d-35b3-4aa1-963d-cb2b9f927841"},
    {"Presence.ReadWrite", kDelegated, false, "8d3c54a7-cf58-4773-bf81-c0cd6ad522bb"},
    {"Porchlight.Admin", kDelegated, true, ""},
    {"Porchlight.History.Read.All", kDelegated, true, ""},
    {"Subscription.Read.All", kDelegated, true, ""},
    {"User.Read", kDelegated, false, ""},
    {"User.ReadBasic.All", kDelegated, false, ""},
    {"User.Read.All", kDelegated, true, ""},
    {"Directory.Read.All", kDelegated, true, ""},
    {"GroupMember.Read.All", kDelegated, true, ""},
    {"Group.Read.All", kDelegated, true, ""},
    {"Calendars.Read", kDelegated, false, ""},
    {"Calendars.ReadWrite", kDelegated, false, ""},
    {"MailboxSettings.Read", kDelegated, false, ""},
    {"MailboxSettings.ReadWrite", kDelegated, false, ""},
    // The directory is read-only here, so the texts of those that write say what they grant.
    {"User.ReadWrite", kDelegated, false, ""},
    {"User.ReadWrite.All", kDelegated, true, ""},
    {"Directory.ReadWrite.All", kDelegated, true, ""},
    {"Group.ReadBasic.All", kDelegated, true, ""},
    {"Group.ReadWrite.All", kDelegated, true, ""},
    {"GroupMember.ReadBasic.All", kDelegated, true, ""},
    {"GroupMember.ReadWrite.All", kDelegated, true, ""},
    {"ProfilePhoto.Read.All", kDelegated, true, ""},
    {"ProfilePhoto.ReadWrite.All", kDelegated, true, ""},
    {"Presence.Read.All", kApplication, true, "a70e0c2d-e793-494c-94c4-118fa0a67f42"},
    {"Presence.ReadWrite.All", kApplication, true, "83cded22-8297-4ff6-a7fa-e97e9545a259"},
    {"Porchlight.Admin", kApplication, true, ""},
    {"Porchlight.History.Read.All", kApplication, true, ""},
    {"Subscription.Read.All", kApplication, true, ""},
    {"Calendars.Read.All", kApplication, true, ""},
    {"Calendars.ReadWrite.All", kApplication, true, ""},
    {"User.ReadBasic.All", kApplication, true, ""},
    {"User.Read.All", kApplication, true, ""},
    {"Directory.Read.All", kApplication, true, ""},
    {"GroupMember.Read.All", kApplication, true, ""},
    {"Group.Read.All", kApplication, true, ""},
    {"User.ReadWrite.All", kApplication, true, ""},
    {"Directory.ReadWrite.All", kApplication, true, ""},
    {"Group.ReadBasic.All", kApplication, true, ""},
    {"Group.ReadWrite.All", kApplication, true, ""},
    {"GroupMember.ReadBasic.All", kApplication, true, ""},
    {"GroupMember.ReadWrite.All", kApplication, true, ""},
    {"ProfilePhoto.Read.All", kApplication, true, ""},
    {"ProfilePhoto.ReadWrite.All", kApplication, true, ""},
};

}  // namespace

std::span<const PermissionRow> permissions() { return kPermissions; }

const PermissionRow* find_permission(PermissionKind kind, std::string_view name_or_id) {
  for (const PermissionRow& row : kPermissions) {
    if (row.kind == kind && (equals_ignore_case(row.name, name_or_id) ||
                             (!row.id.empty() && equals_ignore_case(row.id, name_or_id))))
      return &row;
  }
  return nullptr;
}

}  // namespace porchlight::authority
