// Credentials in the key-value store: registrations, passwords and consents, and what removing a user or an application
// leaves.
#include "authority/credential_store.h"

#include <gtest/gtest.h>

#include "support/memory_kv_store.h"
#include "support/temp_folder.h"

namespace porchlight::authority {
namespace {

// The format that data folders of earlier versions name.
TEST(CredentialStoreOnDisk, HasTheFormatAuthority1) {
  const TempFolder folder;
  EXPECT_EQ(open_credential_store(folder / "credentials").value()->get("format").value(), "authority 1");
}

class CredentialStoreTest : public ::testing::Test {
 protected:
  const Guid tenant = guid_from_name("tenant"), other = guid_from_name("other"), app = guid_from_name("app"),
             ana = guid_from_name("ana"), ben = guid_from_name("ben");
  storage::MemoryKvStore store;
  CredentialStore credentials{store};
};

TEST_F(CredentialStoreTest, RemovesAnApplication) {
  Registration open;
  open.is_public = true;
  const std::vector<std::string> words = {"Presence.Read"};
  for (const Guid& which : {app, other}) {
    ASSERT_TRUE(credentials.put(tenant, which, open));
    ASSERT_TRUE(credentials.consent(tenant, which, ana, words));
  }
  ASSERT_TRUE(credentials.forget_app(tenant, app));
  EXPECT_EQ(credentials.registration(tenant, app), Registration{});
  EXPECT_EQ(credentials.consents(tenant, app, ana), std::vector<std::string>{});
  EXPECT_EQ(credentials.registration(tenant, other), open);
  EXPECT_EQ(credentials.consents(tenant, other, ana), words);
}

TEST_F(CredentialStoreTest, RemovesAUser) {
  const std::vector<std::string> words = {"Presence.Read"}, more = {"Presence.Read", "User.Read"};
  for (const Guid& who : {ana, ben}) {
    ASSERT_TRUE(credentials.set_password(tenant, who, "correct horse", Time{}));
    ASSERT_TRUE(credentials.consent(tenant, app, who, words));
    ASSERT_TRUE(credentials.consent(tenant, app, who, more));
  }
  ASSERT_TRUE(credentials.forget_user(tenant, ana));
  EXPECT_FALSE(credentials.password(tenant, ana)->has_value());
  EXPECT_EQ(credentials.consents(tenant, app, ana), std::vector<std::string>{});
  EXPECT_TRUE(credentials.password(tenant, ben)->has_value());
  EXPECT_EQ(credentials.consents(tenant, app, ben), more);
}

TEST_F(CredentialStoreTest, SeparatesTenants) {
  ASSERT_TRUE(credentials.set_password(tenant, ana, "correct horse", Time{}));
  EXPECT_FALSE(credentials.password(other, ana)->has_value());
}

TEST_F(CredentialStoreTest, ReportsStoreFailures) {
  store.fail(true);
  EXPECT_EQ(credentials.registration(tenant, app).error().fault, OAuthFault::kUnavailable);
  EXPECT_EQ(credentials.password(tenant, ana).error().fault, OAuthFault::kUnavailable);
  EXPECT_EQ(credentials.consent(tenant, app, ana, {}).error().fault, OAuthFault::kUnavailable);
  EXPECT_EQ(credentials.forget_app(tenant, app).error().fault, OAuthFault::kUnavailable);
  store.fail(false);
  ASSERT_TRUE(store.put("app/" + to_string(tenant) + "/" + to_string(app), "damaged"));
  EXPECT_EQ(credentials.registration(tenant, app).error().fault, OAuthFault::kUnavailable);
}

}  // namespace
}  // namespace porchlight::authority
