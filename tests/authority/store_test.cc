// The two stores do the same; the one on disk is there again after it was closed, or was not.
#include "authority/store.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>

#include "authority/credential_store.h"
#include "authority/rocks_store.h"

namespace porchlight::authority {
namespace {

namespace fs = std::filesystem;

class Stores : public ::testing::Test {
 protected:
  Stores() {
    std::string name = (fs::temp_directory_path() / "porchlight-store-XXXXXX").string();
    folder = mkdtemp(name.data());
  }
  ~Stores() override { fs::remove_all(folder); }
  std::unique_ptr<RocksAuthorityStore> open(const char* name = "store") {
    return RocksAuthorityStore::open(folder / name).value();
  }
  static std::string all(const AuthorityStore& store, std::string_view prefix) {
    std::string text;
    EXPECT_TRUE(store.for_each(prefix, [&](std::string_view key, std::string_view value) {
      text.append(key).append("=").append(value).append(" ");
    }));
    return text;
  }
  fs::path folder;
};

TEST_F(Stores, DoTheSame) {
  MemoryAuthorityStore memory;
  const auto disk = open();
  for (AuthorityStore* store :
       {static_cast<AuthorityStore*>(&memory), static_cast<AuthorityStore*>(disk.get())}) {
    EXPECT_EQ(store->get("a").value(), std::optional<std::string>());
    for (const char* key : {"b/2", "b/1", "b", "c", "a"}) ASSERT_TRUE(store->put(key, key));
    ASSERT_TRUE(store->put("b/1", std::string("x\0y", 3)));
    ASSERT_TRUE(store->remove("b/2"));
    ASSERT_TRUE(store->remove("never there"));
    EXPECT_EQ(store->get("b/1").value(), std::string("x\0y", 3));
    EXPECT_EQ(store->get("b/2").value(), std::optional<std::string>());
    EXPECT_EQ(all(*store, "b"), std::string("b=b b/1=x\0y ", 12));
    EXPECT_EQ(all(*store, "b/2"), "");
    using Item = std::optional<std::pair<std::string, std::string>>;
    EXPECT_EQ(store->next("b", "").value(), Item({"b", "b"}));
    EXPECT_EQ(store->next("b", "b").value(), Item({"b/1", std::string("x\0y", 3)}));
    EXPECT_EQ(store->next("b", "b/0").value(), Item({"b/1", std::string("x\0y", 3)}));
    EXPECT_EQ(store->next("b", "b/1").value(), Item());
    EXPECT_EQ(store->next("b", "a").value(), Item({"b", "b"}));
    EXPECT_EQ(store->next("b", "c").value(), Item());
  }
}

TEST_F(Stores, OnDiskIsThereAgain) {
  ASSERT_TRUE(open()->put("a", "1"));
  EXPECT_EQ(open()->get("a").value(), "1");
}

// What a crash leaves is the files as they are at that moment: a copy, while the store goes on.
TEST_F(Stores, OnDiskIsThereAfterACrash) {
  const auto store = open();
  for (int i = 0; i < 100; ++i) ASSERT_TRUE(store->put("key" + std::to_string(i), std::to_string(i)));
  ASSERT_TRUE(store->remove("key7"));
  fs::copy(folder / "store", folder / "copy", fs::copy_options::recursive);
  const auto again = open("copy");
  for (int i = 0; i < 100; ++i)
    EXPECT_EQ(again->get("key" + std::to_string(i)).value(),
              i == 7 ? std::nullopt : std::optional(std::to_string(i)));
}

TEST_F(Stores, OnDiskHasOneUser) {
  const auto store = open();
  EXPECT_FALSE(RocksAuthorityStore::open(folder / "store").has_value());
  EXPECT_FALSE(RocksAuthorityStore::open(folder / "no" / "such").has_value());
}

TEST_F(Stores, OnDiskOfAnotherFormatIsRefused) {
  ASSERT_TRUE(open()->put("format", "authority 2"));
  const auto opened = RocksAuthorityStore::open(folder / "store");
  ASSERT_FALSE(opened.has_value());
  EXPECT_NE(opened.error().find("format"), std::string::npos);
}

class CredentialStoreTest : public ::testing::Test {
 protected:
  const Guid tenant = guid_from_name("tenant"), other = guid_from_name("other"), app = guid_from_name("app"),
             ana = guid_from_name("ana"), ben = guid_from_name("ben");
  MemoryAuthorityStore store;
  CredentialStore credentials{store};
};

TEST_F(CredentialStoreTest, ForgetsWhatWasOfAnApplication) {
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

TEST_F(CredentialStoreTest, ForgetsWhatWasOfAPerson) {
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

TEST_F(CredentialStoreTest, IsOfOneTenant) {
  ASSERT_TRUE(credentials.set_password(tenant, ana, "correct horse", Time{}));
  EXPECT_FALSE(credentials.password(other, ana)->has_value());
}

TEST_F(CredentialStoreTest, SaysSoWhenTheStoreFails) {
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
