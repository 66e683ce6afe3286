// The kind of caller that the claims describe, and the permissions they grant.
#include "identity/claims.h"

#include <gtest/gtest.h>

#include "forge.h"

namespace porchlight::identity {
namespace {

using namespace forge;

std::expected<Caller, TokenFault> caller_of(const std::string& members) {
  JsonReader reader;
  const std::string ids = R"("exp":1,"tid":)" + in_quotes(kTenant) + R"(,"oid":)" + in_quotes(kUser) +
                          R"(,"appid":)" + in_quotes(kApp);
  const auto claims = read_claims(reader, "{" + ids + (members.empty() ? "" : "," + members) + "}");
  if (!claims) return std::unexpected(claims.error());
  return make_caller(*claims);
}

constexpr Permissions bits(std::initializer_list<Permission> permissions) {
  Permissions sum = 0;
  for (const Permission permission : permissions) sum |= static_cast<Permissions>(permission);
  return sum;
}

struct ClaimsRow {
  std::string members;
  bool delegated;
  Permissions permissions;
};

TEST(Claims, KindAndPermissions) {
  using enum Permission;
  const ClaimsRow rows[] = {
      // Delegated: scopes count, roles and wids do not.
      {R"("scp":"Presence.Read")", true, bits({kDelegatedRead})},
      {R"("scp":"openid  Presence.Read.All profile")", true, bits({kDelegatedReadAll})},
      {R"("scp":"PRESENCE.READ presence.readwrite")", true, bits({kDelegatedRead, kDelegatedReadWrite})},
      {R"("scp":" Presence.Read ")", true, bits({kDelegatedRead})},
      {R"("scp":"Mail.Read","roles":["Presence.ReadWrite.All","Porchlight.Admin"])", true, 0},
      {R"("scp":"Mail.Read","wids":["62e90394-69f5-4237-9190-012177145e10"])", true, 0},
      {R"("scp":"Presence.Read","idtyp":"user")", true, bits({kDelegatedRead})},
      {R"("idtyp":"user","roles":["Presence.ReadWrite.All"])", true, 0},
      {R"("idtyp":"user")", true, 0},
      {R"("scp":"Presence.ReadWrite.All Porchlight.Admin")", true, bits({kDelegatedAdmin})},
      // Only whole words match.
      {R"("scp":"Presence.Rea Presence.Reads XPresence.Read Presence.Read.Al")", true, 0},
      {R"("scp":"Presence.Read,Presence.ReadWrite")", true, 0},
      {R"("scp":"Presence.Read\tPresence.ReadWrite")", true, 0},
      // App-only: roles count, scopes do not.
      {R"("roles":["Presence.Read.All"])", false, bits({kAppReadAll})},
      {R"("idtyp":"app","roles":["presence.readwrite.all","PORCHLIGHT.ADMIN"])", false,
       bits({kAppReadWriteAll, kAppAdmin})},
      {R"("idtyp":"app","scp":"Presence.ReadWrite")", false, 0},
      {R"("idtyp":"app","scp":"Presence.Read","roles":["Presence.Read.All"])", false, bits({kAppReadAll})},
      {R"("scp":"","roles":["Presence.Read.All"])", false, bits({kAppReadAll})},
      {R"("scp":"  ","roles":["Presence.Read.All"])", false, bits({kAppReadAll})},
      {R"("roles":["Presence.Read","Presence.ReadWrite"])", false, 0},
      {R"("roles":["Presence.Read.All Presence.ReadWrite.All"])", false, 0},
      {R"("roles":[])", false, 0},
      // Directory permissions.
      {R"("scp":"user.read User.ReadBasic.All User.Read.All")", true,
       bits({kDelegatedUserRead, kDelegatedUserReadBasicAll, kDelegatedUserReadAll})},
      {R"("scp":"Directory.Read.All GroupMember.Read.All Group.Read.All")", true,
       bits({kDelegatedDirectoryReadAll, kDelegatedMemberReadAll, kDelegatedGroupReadAll})},
      {R"("roles":["User.Read","User.ReadBasic.All","User.Read.All","Directory.Read.All"])", false,
       bits({kAppUserReadBasicAll, kAppUserReadAll, kAppDirectoryReadAll})},
      {R"("roles":["GroupMember.Read.All","Group.Read.All"])", false,
       bits({kAppMemberReadAll, kAppGroupReadAll})},
      {R"("scp":"User.ReadWrite User.ReadWrite.All Directory.ReadWrite.All")", true,
       bits({kDelegatedUserReadWrite, kDelegatedUserReadWriteAll, kDelegatedDirectoryReadWriteAll})},
      {R"("scp":"Group.ReadBasic.All Group.ReadWrite.All GroupMember.ReadBasic.All GroupMember.ReadWrite.All")",
       true,
       bits({kDelegatedGroupReadBasicAll, kDelegatedGroupReadWriteAll, kDelegatedMemberReadBasicAll,
             kDelegatedMemberReadWriteAll})},
      {R"("scp":"ProfilePhoto.Read.All profilephoto.readwrite.all")", true,
       bits({kDelegatedPhotoReadAll, kDelegatedPhotoReadWriteAll})},
      {R"("roles":["User.ReadWrite","User.ReadWrite.All","Directory.ReadWrite.All"])", false,
       bits({kAppUserReadWriteAll, kAppDirectoryReadWriteAll})},
      {R"("roles":["Group.ReadBasic.All","Group.ReadWrite.All","GroupMember.ReadBasic.All",)"
       R"("GroupMember.ReadWrite.All"])",
       false,
       bits({kAppGroupReadBasicAll, kAppGroupReadWriteAll, kAppMemberReadBasicAll, kAppMemberReadWriteAll})},
      {R"("roles":["ProfilePhoto.Read.All","ProfilePhoto.ReadWrite.All"])", false,
       bits({kAppPhotoReadAll, kAppPhotoReadWriteAll})},
      // Neither.
      {"", false, 0},
      {R"("wids":["x"])", false, 0},
      // An unknown kind of token gets no application permissions.
      {R"("idtyp":"device","roles":["Presence.ReadWrite.All"])", false, 0},
  };
  for (const ClaimsRow& row : rows) {
    const auto caller = caller_of(row.members);
    ASSERT_TRUE(caller.has_value()) << row.members;
    EXPECT_EQ(caller->delegated(), row.delegated) << row.members;
    EXPECT_EQ(caller->permissions, row.permissions) << row.members;
  }
}

TEST(Claims, StoresTheGrantedNamesForThe403) {
  EXPECT_EQ(caller_of(R"("scp":" User.Read  Mail.Read ")")->granted, "User.Read Mail.Read");
  EXPECT_EQ(caller_of(R"("roles":["User.Read.All","Mail.Read"])")->granted, "User.Read.All Mail.Read");
  EXPECT_EQ(caller_of(R"("idtyp":"app","scp":"User.Read")")->granted, "");
}

TEST(Claims, AppTokensNeedNoOid) {
  JsonReader reader;
  const auto claims = read_claims(
      reader, R"({"exp":1,"idtyp":"app","tid":)" + in_quotes(kTenant) + R"(,"azp":)" + in_quotes(kApp) + "}");
  ASSERT_TRUE(claims.has_value());
  ASSERT_TRUE(make_caller(*claims).has_value());
  EXPECT_FALSE(make_caller(*claims)->user.has_value());
}

TEST(Claims, PersonalAccountsAreMarked) {
  JsonReader reader;
  for (const std::string_view tid :
       {"9188040d-6c67-4c5b-b112-36a304b66dad", "9188040D-6C67-4C5B-B112-36A304B66DAD"}) {
    const auto claims =
        read_claims(reader, R"({"exp":1,"scp":"Presence.Read","tid":)" + in_quotes(tid) + R"(,"oid":)" +
                                in_quotes(kUser) + R"(,"appid":)" + in_quotes(kApp) + "}");
    ASSERT_TRUE(claims.has_value());
    EXPECT_TRUE(make_caller(*claims)->personal);
  }
  EXPECT_FALSE(caller_of("")->personal);
}

}  // namespace
}  // namespace porchlight::identity
