// Revocations on disk: what is there after a restart.
#include "node/revocation_store.h"

#include <gtest/gtest.h>

#include "support/temp_folder.h"

namespace porchlight::node {
namespace {

const Guid kRevokedTenant = guid_from_name("tenant"), kStrangeTenant = guid_from_name("other tenant"),
           kRevokedApp = guid_from_name("app"), kRevokedUser = guid_from_name("user");

Time moment(std::int64_t ms) { return Time(Duration(ms)); }

class RevocationStoreTest : public testing::Test {
 protected:
  // The moment in a store that is opened now.
  std::optional<Time> stored(const Guid& tenant, const Guid& subject) {
    RevocationStore store(folder_);
    EXPECT_TRUE(store.load());
    return store.revocations().find(tenant, subject);
  }
  void add(const Guid& tenant, const Guid& subject, Time at) {
    RevocationStore store(folder_);
    ASSERT_TRUE(store.load());
    ASSERT_TRUE(store.add(tenant, subject, at));
  }

  TempFolder temp_;
  const std::filesystem::path folder_ = temp_ / "revocations";
};

TEST_F(RevocationStoreTest, CreatesNoFolderBeforeTheFirst) {
  EXPECT_EQ(stored(kRevokedTenant, kRevokedUser), std::nullopt);
  EXPECT_FALSE(std::filesystem::exists(folder_));
}

TEST_F(RevocationStoreTest, KeepsThem) {
  add(kRevokedTenant, kRevokedUser, moment(1'234));
  add(kRevokedTenant, kRevokedApp, moment(2'000));
  add(kStrangeTenant, kRevokedUser, moment(3'000));
  EXPECT_EQ(stored(kRevokedTenant, kRevokedUser), moment(1'234));
  EXPECT_EQ(stored(kRevokedTenant, kRevokedApp), moment(2'000));
  EXPECT_EQ(stored(kStrangeTenant, kRevokedUser), moment(3'000));
  EXPECT_EQ(stored(kStrangeTenant, kRevokedApp), std::nullopt);
}

TEST_F(RevocationStoreTest, KeepsTheLaterOfTwo) {
  add(kRevokedTenant, kRevokedUser, moment(2'000));
  add(kRevokedTenant, kRevokedUser, moment(1'000));
  EXPECT_EQ(stored(kRevokedTenant, kRevokedUser), moment(2'000));
}

TEST_F(RevocationStoreTest, ATenantReplacesItsRows) {
  add(kRevokedTenant, kRevokedUser, moment(1'000));
  add(kStrangeTenant, kRevokedUser, moment(1'000));
  add(kRevokedTenant, identity::kWholeTenant, moment(2'000));
  EXPECT_EQ(stored(kRevokedTenant, kRevokedUser), moment(2'000));
  EXPECT_EQ(stored(kRevokedTenant, kRevokedApp), moment(2'000));
  EXPECT_EQ(stored(kStrangeTenant, kRevokedUser), moment(1'000));
}

TEST_F(RevocationStoreTest, SaysThatAnotherProcessHasIt) {
  RevocationStore holder(folder_);
  ASSERT_TRUE(holder.add(kRevokedTenant, kRevokedUser, moment(1'000)));
  RevocationStore second(folder_);
  const auto loaded = second.load();
  ASSERT_FALSE(loaded);
  EXPECT_NE(loaded.error().find("revocations"), std::string::npos) << loaded.error();
}

}  // namespace
}  // namespace porchlight::node
