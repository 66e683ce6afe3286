// Which tokens a revocation covers: by tenant, application, user and time of issue.
#include "identity/revocations.h"

#include <gtest/gtest.h>

namespace porchlight::identity {
namespace {

const Guid kRevokedTenant = guid_from_name("tenant"), kStrangeTenant = guid_from_name("other tenant"),
           kRevokedApp = guid_from_name("app"), kKeptApp = guid_from_name("other app"),
           kRevokedUser = guid_from_name("user"), kKeptUser = guid_from_name("other user");

Time moment(std::int64_t ms) { return Time(Duration(ms)); }

Caller token_caller(const Guid& tenant, const Guid& app, std::optional<Guid> user, Time issued_at) {
  Caller caller;
  caller.tenant = tenant;
  caller.app = app;
  caller.user = user;
  caller.issued_at = issued_at;
  return caller;
}

TEST(Revocations, CoverWhatWasIssuedUntilThen) {
  const struct {
    const char* name;
    Guid subject;
    Caller token;
    bool is_covered;
  } rows[] = {
      {"of the user, before", kRevokedUser,
       token_caller(kRevokedTenant, kRevokedApp, kRevokedUser, moment(9'000)), true},
      {"in the same millisecond", kRevokedUser,
       token_caller(kRevokedTenant, kRevokedApp, kRevokedUser, moment(10'500)), true},
      {"a millisecond later", kRevokedUser,
       token_caller(kRevokedTenant, kRevokedApp, kRevokedUser, moment(10'501)), false},
      {"without iat", kRevokedUser, token_caller(kRevokedTenant, kRevokedApp, kRevokedUser, Time{}), true},
      {"of another user", kRevokedUser, token_caller(kRevokedTenant, kRevokedApp, kKeptUser, moment(9'000)),
       false},
      {"of the application alone", kRevokedUser,
       token_caller(kRevokedTenant, kRevokedApp, std::nullopt, moment(9'000)), false},
      {"in another tenant", kRevokedUser,
       token_caller(kStrangeTenant, kRevokedApp, kRevokedUser, moment(9'000)), false},
      {"of the application", kRevokedApp,
       token_caller(kRevokedTenant, kRevokedApp, std::nullopt, moment(9'000)), true},
      {"of the application for a user", kRevokedApp,
       token_caller(kRevokedTenant, kRevokedApp, kRevokedUser, moment(9'000)), true},
      {"of another application", kRevokedApp,
       token_caller(kRevokedTenant, kKeptApp, kRevokedUser, moment(9'000)), false},
      {"of the tenant", kWholeTenant, token_caller(kRevokedTenant, kRevokedApp, kRevokedUser, moment(9'000)),
       true},
      {"of the tenant, later", kWholeTenant,
       token_caller(kRevokedTenant, kRevokedApp, kRevokedUser, moment(11'000)), false},
      {"of another tenant", kWholeTenant,
       token_caller(kStrangeTenant, kRevokedApp, kRevokedUser, moment(9'000)), false},
  };
  for (const auto& row : rows) {
    Revocations revocations;
    EXPECT_FALSE(revocations.covers(row.token)) << row.name;
    revocations.add(kRevokedTenant, row.subject, moment(10'500));
    EXPECT_EQ(revocations.covers(row.token), row.is_covered) << row.name;
  }
}

TEST(Revocations, TheLatestMomentStays) {
  Revocations revocations;
  EXPECT_EQ(revocations.find(kRevokedTenant, kRevokedUser), std::nullopt);
  revocations.add(kRevokedTenant, kRevokedUser, moment(2'000));
  revocations.add(kRevokedTenant, kRevokedUser, moment(1'000));
  EXPECT_EQ(revocations.find(kRevokedTenant, kRevokedUser), moment(2'000));
  revocations.add(kRevokedTenant, kWholeTenant, moment(3'000));
  EXPECT_EQ(revocations.find(kRevokedTenant, kRevokedUser), moment(3'000));
  revocations.add(kRevokedTenant, kRevokedUser, moment(4'000));
  EXPECT_EQ(revocations.find(kRevokedTenant, kRevokedUser), moment(4'000));
  EXPECT_EQ(revocations.find(kRevokedTenant, kKeptUser), moment(3'000));
  revocations.add(kRevokedTenant, kWholeTenant, moment(3'500));
  EXPECT_EQ(revocations.find(kRevokedTenant, kRevokedUser), moment(4'000)) << "the clock had jumped back";
}

TEST(Revocations, EachChangesTheEpoch) {
  Revocations revocations;
  const std::uint64_t before = revocations.epoch();
  revocations.add(kRevokedTenant, kRevokedUser, moment(2'000));
  EXPECT_GT(revocations.epoch(), before);
}

}  // namespace
}  // namespace porchlight::identity
