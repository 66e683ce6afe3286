// Users over time: deactivation and activation, crashes, concurrent changes by administrators, tenants.
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <functional>

#include <fmt/format.h>

#include "scim/test_server.h"

namespace porchlight::scim::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

constexpr std::string_view kOff = R"([{"op":"replace","value":{"active":false}}])";
constexpr std::string_view kOn = R"([{"op":"replace","value":{"active":true}}])";

class UsersTest : public ::testing::Test, public TestServer {
 protected:
  Answer switch_to(const std::string& id, std::string_view operations) {
    return patch(fmt::format("/Users/{}", id), operations);
  }
  Guid guid(const std::string& id) const { return parse_guid(id).value(); }
};

TEST_F(UsersTest, ADeactivatedUserLosesPresence) {
  const std::string ana = add("ana@contoso.com", R"(,"externalId":"e1","title":"Host")");
  const state::UserKey key{kContoso, guid(ana)};
  ASSERT_TRUE(world.run(key, state::busy(1), now));
  ASSERT_FALSE(world.record(key).sessions.empty());
  switch_to(ana, kOff);
  EXPECT_FALSE(world.view->contains(key));
  EXPECT_FALSE(world.view->find_user_by_upn(kContoso, "ana@contoso.com"));
  EXPECT_THAT(forgotten, ElementsAre());
  EXPECT_THAT(revoked, ElementsAre(key.user));
  const Answer back = switch_to(ana, kOn);
  EXPECT_EQ(back.text("title"), "Host");
  EXPECT_EQ(back.text("externalId"), "e1");
  EXPECT_TRUE(world.record(key).sessions.empty());
}

TEST_F(UsersTest, ActivationRestoresGroups) {
  const std::string ana = add("ana@contoso.com"), ben = add("ben@contoso.com");
  const std::string stays = add_group("Stays", {ana, ben}), goes = add_group("Goes", {ana, ben}),
                    left = add_group("Left", {ana, ben}), joined = add_group("Joined", {ben});
  switch_to(ana, kOff);
  EXPECT_THAT(directory_members(stays), ElementsAre(ben));
  EXPECT_THAT(get(fmt::format("/Groups/{}", stays)).members(), ElementsAre(ben, ana));
  // The identity provider changes memberships meanwhile.
  const std::string named = fmt::format(R"(members[value eq \"{}\"])", ana);
  ASSERT_EQ(
      patch(fmt::format("/Groups/{}", left), fmt::format(R"([{{"op":"remove","path":"{}"}}])", named)).status,
      204);
  ASSERT_EQ(patch(fmt::format("/Groups/{}", joined),
                  fmt::format(R"([{{"op":"add","path":"members","value":[{{"value":"{}"}}]}}])", ana))
                .status,
            204);
  ASSERT_EQ(
      patch(fmt::format("/Groups/{}", stays), R"([{"op":"replace","path":"displayName","value":"Still"}])")
          .status,
      204);
  ASSERT_EQ(remove(fmt::format("/Groups/{}", goes)).status, 204);
  restart();
  ASSERT_TRUE(switch_to(ana, kOn).active());
  EXPECT_EQ(directory_members(stays).size(), 2U);
  EXPECT_THAT(directory_members(left), ElementsAre(ben));
  EXPECT_EQ(directory_members(joined).size(), 2U);
  EXPECT_EQ(get(fmt::format("/Groups/{}", stays)).members().size(), 2U);
}

TEST_F(UsersTest, ADeactivatedUserKeepsTheName) {
  const std::string ana = add("ana@contoso.com");
  switch_to(ana, kOff);
  EXPECT_EQ(post("/Users", R"({"userName":"ANA@contoso.com"})").status, 409);
  const std::string ben = add("ben@contoso.com");
  EXPECT_EQ(switch_to(ben, R"([{"op":"replace","path":"userName","value":"ana@contoso.com"}])").status, 409);
  EXPECT_EQ(user(ben)->upn, "ben@contoso.com");
  EXPECT_EQ(switch_to(ana, R"([{"op":"replace","path":"userName","value":"anna@contoso.com"}])").status, 200);
  EXPECT_EQ(switch_to(ben, R"([{"op":"replace","path":"userName","value":"ana@contoso.com"}])").status, 200);
}

TEST_F(UsersTest, AUserCanBeCreatedDeactivated) {
  const std::string ana = add("ana@contoso.com", R"(,"active":false)");
  EXPECT_FALSE(user(ana));
  EXPECT_EQ(get("/Users?filter=active+eq+false").total(), 1U);
  EXPECT_EQ(remove(fmt::format("/Users/{}", ana)).status, 204);
  EXPECT_EQ(get("/Users").total(), 0U);
}

TEST_F(UsersTest, ShowsChangesOfAnAdministrator) {
  const std::string ana = add("ana@contoso.com", R"(,"displayName":"Ana","title":"Host")");
  const state::UserKey key{kContoso, guid(ana)};
  ASSERT_TRUE(world.put(key, "ana.b@contoso.com", "Ana B"));
  const Answer shown = get(fmt::format("/Users/{}", ana));
  EXPECT_EQ(shown.text("userName"), "ana.b@contoso.com");
  EXPECT_EQ(shown.text("displayName"), "Ana B");
  EXPECT_EQ(shown.text("title"), "Host");
  EXPECT_THAT(get("/Users?filter=userName+eq+%22ana.b@contoso.com%22").ids(), ElementsAre(ana));
  ASSERT_TRUE(world.remove(key));
  EXPECT_EQ(get(fmt::format("/Users/{}", ana)).status, 404);
  EXPECT_EQ(get("/Users").total(), 0U);
  EXPECT_NE(add("ana.b@contoso.com"), ana);
}

TEST_F(UsersTest, ShowsUsersOfTheDirectory) {
  const state::UserKey key{kContoso, log::id_of(7)};
  ASSERT_TRUE(world.put(key, "old@contoso.com", "Old Hand"));
  const std::string id = to_string(key.user);
  EXPECT_THAT(get("/Users?filter=userName+eq+%22old@contoso.com%22").ids(), ElementsAre(id));
  EXPECT_EQ(switch_to(id, R"([{"op":"add","path":"externalId","value":"e7"}])").text("externalId"), "e7");
  EXPECT_EQ(user(id)->name, "Old Hand");
  EXPECT_THAT(get("/Users?filter=externalId+eq+%22e7%22").ids(), ElementsAre(id));
}

// --- crashes between the write of the row and that of the directory

TEST_F(UsersTest, InterruptedWritesAreCompleted) {
  const std::string ana = add("ana@contoso.com"), ben = add("ben@contoso.com");
  const std::string group = add_group("Reception", {ana, ben});
  const auto refuse = [] { return log::FakeLog::Fate::kUnknownUnwritten; };
  for (auto& log : world.logs) log.set_plan(refuse);
  EXPECT_EQ(switch_to(ana, kOff).status, 503);
  EXPECT_TRUE(user(ana));
  for (auto& log : world.logs) log.set_plan({});
  restart();
  EXPECT_FALSE(user(ana));
  EXPECT_FALSE(get(fmt::format("/Users/{}", ana)).active());
  EXPECT_THAT(directory_members(group), ElementsAre(ben));
  switch_to(ana, kOn);
  EXPECT_EQ(directory_members(group).size(), 2U);
}

// As many elements as fit into a user, and one more.
TEST_F(UsersTest, TheLargestUserCanBeRead) {
  const auto body = [](std::size_t count) {
    std::string emails;
    for (std::size_t i = 0; i < count; ++i) emails += R"({"type":"a"},)";
    emails.pop_back();
    return fmt::format(R"({{"userName":"ana@contoso.com","emails":[{}]}})", emails);
  };
  const std::size_t around = std::string_view(R"({"userName":"ana@contoso.com","emails":[]})").size();
  const std::size_t most = (kResourceBytesMax - around + 1) / std::string_view(R"({"type":"a"},)").size();
  EXPECT_EQ(post("/Users", body(most + 1)).status, 400);
  const Answer made = post("/Users", body(most));
  ASSERT_EQ(made.status, 201) << made.body;
  EXPECT_EQ(get("/Users?filter=userName%20eq%20%22ana@contoso.com%22").status, 200);
}

TEST_F(UsersTest, ADeletionIsCompletedBeforeTheNextWrite) {
  const std::string ben = add("ben@contoso.com");
  const std::function<int()> writes[] = {
      [&] { return post("/Users", R"({"userName":"cleo@contoso.com"})").status; },
      [&] { return switch_to(ben, kOn).status; },
      [&] { return remove(fmt::format("/Users/{}", ben)).status; },
  };
  for (const auto& write : writes) {
    const std::string ana = add("ana@contoso.com");
    for (auto& log : world.logs) log.set_plan([] { return log::FakeLog::Fate::kUnknownUnwritten; });
    EXPECT_EQ(remove(fmt::format("/Users/{}", ana)).status, 503);
    for (auto& log : world.logs) log.set_plan({});
    EXPECT_LT(write(), 300);
    EXPECT_FALSE(user(ana));
    EXPECT_EQ(get(fmt::format("/Users/{}", ana)).status, 404);
  }
}

TEST_F(UsersTest, AFailedCreationIsCompletedOnce) {
  for (auto& log : world.logs) log.set_plan([] { return log::FakeLog::Fate::kUnknownUnwritten; });
  EXPECT_EQ(post("/Users", R"({"userName":"ana@contoso.com"})").status, 503);
  for (auto& log : world.logs) log.set_plan({});
  EXPECT_EQ(post("/Users", R"({"userName":"ana@contoso.com"})").status, 409);
  EXPECT_EQ(get("/Users?filter=userName+eq+%22ana@contoso.com%22").total(), 1U);
}

// An administrator gives the name to another user before the write is completed.
TEST_F(UsersTest, ANameTakenMeanwhileStaysTaken) {
  for (auto& log : world.logs) log.set_plan([] { return log::FakeLog::Fate::kUnknownUnwritten; });
  EXPECT_EQ(post("/Users", R"({"userName":"ana@contoso.com"})").status, 503);
  for (auto& log : world.logs) log.set_plan({});
  ASSERT_TRUE(world.put({kContoso, log::id_of(7)}, "ana@contoso.com"));
  restart();
  add("ben@contoso.com");
  EXPECT_EQ(get("/Users").total(), 2U);
}

TEST_F(UsersTest, AFailingStoreChangesNothing) {
  const std::string ana = add("ana@contoso.com");
  memory.fail(true);
  const Answer answer = post("/Users", R"({"userName":"ben@contoso.com"})");
  EXPECT_EQ(answer.status, 503);
  EXPECT_THAT(answer.lines, HasSubstr("Retry-After: 1\r\n"));
  EXPECT_EQ(get("/Users").status, 503);
  memory.fail(false);
  EXPECT_THAT(get("/Users").ids(), ElementsAre(ana));
}

// --- tenants

TEST_F(UsersTest, TenantsAreSeparate) {
  const std::string ana = add("ana@contoso.com", R"(,"externalId":"e1")");
  const std::string off = add("off@contoso.com", R"(,"active":false,"externalId":"e2")");
  const std::string group = add_group("Reception", {ana, off});
  tenant = kFabrikam;
  for (const char* list : {"/Users", "/Groups", "/Users?filter=userName+eq+%22ana@contoso.com%22",
                           "/Users?filter=userName+eq+%22off@contoso.com%22",
                           "/Users?filter=externalId+eq+%22e1%22", "/Users?filter=externalId+eq+%22e2%22",
                           "/Users?filter=active+eq+false", "/Groups?filter=displayName+eq+%22Reception%22"})
    EXPECT_EQ(get(list).total(), 0U) << list;
  const Answer missing = get(fmt::format("/Users/{}", to_string(log::id_of(99))));
  for (const auto& at :
       {fmt::format("/Users/{}", ana), fmt::format("/Users/{}", off), fmt::format("/Groups/{}", group)}) {
    EXPECT_EQ(get(at).body, missing.body);
    EXPECT_EQ(remove(at).status, 404);
    EXPECT_EQ(put(at, R"({"userName":"x@fabrikam.com","displayName":"X"})").status, 404);
    EXPECT_EQ(patch(at, R"([{"op":"replace","value":{"displayName":"X"}}])").status, 404);
  }
  EXPECT_EQ(
      post("/Groups", fmt::format(R"({{"displayName":"Mine","members":[{{"value":"{}"}}]}})", ana)).status,
      400);
  EXPECT_EQ(
      post("/Groups", fmt::format(R"({{"displayName":"Mine","members":[{{"value":"{}"}}]}})", off)).status,
      400);
  add("ana@contoso.com");  // the name is free in this tenant
  tenant = kContoso;
  EXPECT_EQ(get("/Users").total(), 2U);
}

TEST_F(UsersTest, ForgetsAWholeTenant) {
  add("ana@contoso.com", R"(,"active":false,"externalId":"e1")");
  ASSERT_TRUE(service->forget_tenant(kContoso));
  EXPECT_EQ(get("/Users").total(), 0U);
  EXPECT_FALSE(service->tokens().any());
  std::string left;
  ASSERT_TRUE(store->for_each("", [&](std::string_view key, std::string_view) {
    left += key;
    return true;
  }));
  EXPECT_THAT(left, Not(HasSubstr(to_string(kContoso))));
}

// --- on disk

class OnDisk : public ::testing::Test {
 protected:
  OnDisk() {
    std::string name = (std::filesystem::temp_directory_path() / "porchlight-scim-XXXXXX").string();
    folder = mkdtemp(name.data());
  }
  ~OnDisk() override { std::filesystem::remove_all(folder); }
  std::filesystem::path folder;
};

// A crash is simulated by a copy of the files while the store is open.
TEST_F(OnDisk, AnsweredWritesSurviveACrash) {
  TestServer server;
  server.store = open_scim_store(folder / "store").value();
  server.restart();
  const std::string token = server.service->tokens().make(kContoso).value();
  const std::string ana = server.add("ana@contoso.com", R"(,"externalId":"e1","title":"Host")");
  server.patch(fmt::format("/Users/{}", ana), kOff);
  std::filesystem::copy(folder / "store", folder / "crashed", std::filesystem::copy_options::recursive);
  server.store = open_scim_store(folder / "crashed").value();
  server.restart();
  const Answer shown = server.get(fmt::format("/Users/{}", ana));
  EXPECT_EQ(shown.text("title"), "Host");
  EXPECT_FALSE(shown.active());
  EXPECT_EQ(server.service->tokens().tenant_of(token), kContoso);
}

}  // namespace
}  // namespace porchlight::scim::testing
