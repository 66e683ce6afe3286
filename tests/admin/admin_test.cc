// The administrative commands on a data folder.
#include "admin/admin.h"

#include <fmt/format.h>
#include <gmock/gmock.h>

#include <algorithm>
#include <fstream>

#include "admin/commands.h"
#include "admin/demo.h"
#include "presence/rules.h"
#include "support/temp_folder.h"

namespace porchlight::admin {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

constexpr const char* kId = "11111111-2222-4333-8444-555555555555";

class AdminTest : public testing::Test {
 protected:
  void SetUp() override {
    ASSERT_TRUE(node::DataFolder::create(temp_ / "data"));
    open();
  }
  void open() {
    admin_.reset();
    node_.reset();
    auto node = node::Node::open(*node::DataFolder::open(temp_ / "data"), node::Config{}, clock_,
                                 node::Purpose::kCommand);
    ASSERT_TRUE(node) << node.error();
    node_ = *std::move(node);
    admin_ = std::make_unique<Admin>(*node_);
  }
  // The result, or "! " and the error.
  std::string run(const std::string& command) {
    const auto result = admin_->run(command);
    return result ? *result : "! " + result.error().text;
  }
  void expect_done(const std::string& command) { EXPECT_THAT(run(command), testing::Not(HasSubstr("! "))); }
  void expect_refused(const std::string& command, const std::string& why) {
    EXPECT_THAT(run(command), testing::AllOf(testing::StartsWith("! "), HasSubstr(why)));
  }
  void add_contoso() {
    expect_done(R"({"command":"tenant.add","name":"Contoso"})");
    clock_.advance(std::chrono::milliseconds(1));  // the export is ordered by time in milliseconds
    expect_done(
        R"({"command":"user.add","upn":"ana@contoso.com","name":"Ana","id":"11111111-2222-4333-8444-555555555555"})");
    clock_.advance(std::chrono::milliseconds(1));
    expect_done(
        R"({"command":"app.add","name":"Board","scopes":["Presence.Read"],"roles":["Presence.Read.All"]})");
  }

  TempFolder temp_;
  ManualClock clock_{Time(std::chrono::seconds(1894006800))};
  std::unique_ptr<node::Node> node_;
  std::unique_ptr<Admin> admin_;
};

// For a lost phone. The secret is in no result.
TEST_F(AdminTest, SecondFactorsAreShownAndRemoved) {
  add_contoso();
  const std::string none =
      R"({"id":"11111111-2222-4333-8444-555555555555","userPrincipalName":"ana@contoso.com","enrolled":null,"recoveryCodes":0})";
  EXPECT_EQ(run(R"({"command":"user.second-factor","user":"ana@contoso.com"})"), none);
  const Guid contoso = node_->view().tenants().front().id, ana = parse_guid(kId).value();
  authority::SecondFactor factor{.secret = "12345678901234567890",
                                 .enrolled_at = clock_.wall(),
                                 .recovery_hashes = std::vector<std::string>(authority::kRecoveryCodes)};
  factor.recovery_hashes[3] = "hash";
  ASSERT_TRUE((*node_->credentials())->replace_second_factor(contoso, ana, std::nullopt, factor).value());
  const std::string shown = run(R"({"command":"user.second-factor","user":"ana@contoso.com"})");
  EXPECT_THAT(shown, HasSubstr(R"("enrolled":"2030-01-07T09:00:00Z","recoveryCodes":1})"));
  EXPECT_EQ(run(R"({"command":"user.second-factor-remove","user":"ana@contoso.com"})"), none);
  expect_refused(R"({"command":"user.second-factor-remove","user":"eve@contoso.com"})", "eve@contoso.com");
  // A removed user's factor is removed too.
  ASSERT_TRUE((*node_->credentials())->replace_second_factor(contoso, ana, std::nullopt, factor).value());
  expect_done(R"({"command":"user.remove","user":"ana@contoso.com"})");
  EXPECT_EQ((*node_->credentials())->second_factor(contoso, ana).value(), std::nullopt);
}

TEST_F(AdminTest, KeepsEntriesOverARestart) {
  add_contoso();
  const std::string user = run(R"({"command":"user.show","user":"ANA@contoso.com"})");
  EXPECT_THAT(user, HasSubstr(kId));
  EXPECT_THAT(user, HasSubstr(R"("userPrincipalName":"ana@contoso.com","displayName":"Ana")"));
  open();
  EXPECT_EQ(run(R"({"command":"user.show","user":"ana@contoso.com"})"), user);
  EXPECT_THAT(run(R"({"command":"app.list"})"), HasSubstr(R"("scopes":["Presence.Read"])"));
}

// An entry that exists is never replaced by one that is added.
TEST_F(AdminTest, RefusesDuplicates) {
  const std::string id = std::string(R"("id":")") + kId + '"';
  add_contoso();
  expect_done(R"({"command":"group.add","name":"Team",)" + id + "}");
  expect_done(R"({"command":"tenant.add","name":"Fabrikam",)" + id + "}");
  expect_done(R"({"command":"app.add","tenant":"Contoso","name":"Bot",)" + id + "}");
  for (const std::string& command : {
           R"("tenant.add","name":"Other",)" + id,
           R"("user.add","tenant":"Contoso","upn":"Ana@Contoso.com","name":"Other")" + std::string(),
           R"("user.add","tenant":"Contoso","upn":"b@contoso.com","name":"B",)" + id,
           R"("app.add","tenant":"Contoso","name":"Other",)" + id,
           R"("group.add","tenant":"Contoso","name":"Other",)" + id,
       })
    expect_refused(R"({"command":)" + command + "}", "already");
  EXPECT_THAT(run(R"({"command":"group.list","tenant":"Contoso"})"), HasSubstr("Team"));
}

TEST_F(AdminTest, RefusesMalformedCommands) {
  struct Row {
    const char* command;
    const char* why;
  };
  add_contoso();
  for (const Row& row : {
           Row{"[]", "no JSON object"},
           Row{"{", "not JSON"},
           Row{R"({"command":"tenant.list","command":"user.list"})", "not JSON"},
           Row{R"({"command":"user.show","user":"a@b.c","USER":"ana@contoso.com"})", "not JSON"},
           Row{R"({"command":"user.fly"})", "user.fly"},
           Row{R"({"command":7})", "no command"},
           Row{R"({"command":"tenant.add","name":""})", "the name is empty"},
           Row{R"({"command":"tenant.add","name":7})", "name must be a text"},
           Row{R"({"command":"tenant.add","name":"X","id":"7"})", "not a GUID"},
           Row{R"({"command":"user.add","upn":"no-at","name":"X"})",
               "the userPrincipalName is not of the form"},
           Row{R"({"command":"user.add","upn":"x@y.z","name":""})", "the name is empty"},
           Row{R"({"command":"user.add","upn":"x@y.z","name":"X","tenant":"Fabrikam"})",
               "no tenant \"Fabrikam\""},
           Row{R"({"command":"user.show","user":"nobody@contoso.com"})", "no user"},
           Row{R"({"command":"user.show"})", "which user"},
           Row{R"({"command":"app.show","app":"None"})", "no application \"None\""},
           Row{R"({"command":"app.add","name":"X","scopes":["a b"]})", "not a permission"},
           Row{R"({"command":"app.add","name":"X","scopes":"a"})", "a list"},
           Row{R"({"command":"app.add","name":"X","priority":"yes"})", "priority must be true or false"},
           Row{R"({"command":"user.list","after":"x"})", "GUID"},
           Row{R"({"command":"tenant.set"})", "say what to set"},
           Row{R"({"command":"tenant.set","zone":"Europe/Atlantis"})", "no time zone \"Europe/Atlantis\""},
           Row{R"({"command":"tenant.set","zone":""})", "no time zone \"\""},
           Row{R"({"command":"tenant.set","history":"on"})", "history must be true or false"},
           Row{R"({"command":"tenant.set","trust":["Nowhere"]})", "no tenant \"Nowhere\""},
           Row{R"({"command":"tenant.set","trust":"Nowhere"})", "trust must be a list"},
           Row{R"({"command":"tenant.set","trust":["Contoso"]})", "name another tenant"},
           Row{R"({"command":"tenant.set","untrust":["Contoso"]})", "does not trust \"Contoso\""},
           Row{R"({"command":"tenant.set","untrust":["11111111-2222-4333-8444-555555555555"]})",
               "does not trust"},
           Row{R"({"command":"group.add","name":""})", "the name is empty"},
           Row{R"({"command":"group.add","name":"X","id":"7"})", "not a GUID"},
           Row{R"({"command":"group.add","name":"X","users":["nobody@contoso.com"]})", "no user"},
           Row{R"({"command":"group.show"})", "which group"},
           Row{R"({"command":"group.remove","group":"None"})", "no group \"None\""},
           Row{R"({"command":"group.member-add","group":"None","users":[]})", "no group \"None\""},
           Row{R"({"command":"log.page","from":"x"})", "no position"},
           Row{R"({"command":"log.page","from":"0:999"})", "holds no position"},
           Row{R"({"command":"log.page","cursor":"1-2"})", "cursor"},
       }) {
    SCOPED_TRACE(row.command);
    expect_refused(row.command, row.why);
  }
}

TEST_F(AdminTest, RequiresATenantIfThereAreSeveral) {
  expect_refused(R"({"command":"user.list"})", "no tenant yet");
  add_contoso();
  expect_done(R"({"command":"tenant.add","name":"Fabrikam"})");
  expect_refused(R"({"command":"user.list"})", "2 tenants");
  expect_done(R"({"command":"user.list","tenant":"Fabrikam"})");
  expect_refused(R"({"command":"tenant.add","name":"fabrikam"})", "a tenant \"fabrikam\" already");
  expect_done(R"({"command":"tenant.add","name":"Fabrikam","allow_duplicate_name":true})");
  expect_refused(R"({"command":"user.list","tenant":"Fabrikam"})", "several");
}

TEST_F(AdminTest, SameUserMayBeInTwoTenants) {
  add_contoso();
  expect_done(R"({"command":"tenant.add","name":"Fabrikam"})");
  expect_done(R"({"command":"user.add","tenant":"Fabrikam","upn":"ana@contoso.com","name":"Ana"})");
}

TEST_F(AdminTest, RefusesToRemoveATenantInUse) {
  add_contoso();
  expect_refused(R"({"command":"tenant.remove","tenant":"Contoso"})", "1 users, 1 applications and 0 groups");
  expect_done(R"({"command":"user.remove","user":"ana@contoso.com"})");
  expect_refused(R"({"command":"tenant.remove","tenant":"Contoso"})", "0 users, 1 applications and 0 groups");
  expect_done(R"({"command":"app.remove","app":"Board"})");
  expect_done(R"({"command":"group.add","name":"Desk"})");
  expect_refused(R"({"command":"tenant.remove","tenant":"Contoso"})", "0 applications and 1 groups");
  expect_done(R"({"command":"group.remove","group":"Desk"})");
  expect_done(R"({"command":"tenant.remove","tenant":"Contoso"})");
  EXPECT_EQ(run(R"({"command":"tenant.list"})"), "[]");
}

TEST_F(AdminTest, ChangesTenantSettings) {
  add_contoso();
  const std::string before = run(R"({"command":"tenant.show"})");
  EXPECT_THAT(before, HasSubstr(R"("zone":"UTC","history":true,"trusts":[])"));
  EXPECT_THAT(run(R"({"command":"tenant.set","zone":"europe/berlin"})"),
              HasSubstr(R"("zone":"Europe/Berlin","history":true)"));
  EXPECT_THAT(run(R"({"command":"tenant.set","zone":"Tokyo Standard Time"})"),
              HasSubstr(R"("zone":"Asia/Tokyo")"));
  EXPECT_THAT(run(R"({"command":"tenant.set","history":false})"),
              HasSubstr(R"("zone":"Asia/Tokyo","history":false)"));
  expect_refused(R"({"command":"tenant.set","history":true,"zone":"Nowhere/At_All"})", "no time zone");
  const std::string after = run(R"({"command":"tenant.show"})");
  EXPECT_THAT(after, HasSubstr(R"("zone":"Asia/Tokyo","history":false)"))
      << "a command is applied as a whole or not at all";
  open();
  EXPECT_EQ(run(R"({"command":"tenant.show"})"), after);
  EXPECT_EQ(run(R"({"command":"tenant.list"})"), "[" + after + "]");
}

TEST_F(AdminTest, KeepsAdministrators) {
  add_contoso();
  const std::string ana = run(R"({"command":"user.show","user":"ana@contoso.com"})");
  EXPECT_EQ(run(R"({"command":"admin.list"})"), "[]");
  expect_refused(R"({"command":"admin.grant","user":"ben@contoso.com"})", "there is no user");
  expect_refused(R"({"command":"admin.revoke","user":"ana@contoso.com"})", "does not administer");
  EXPECT_EQ(run(R"({"command":"admin.grant","user":"ana@contoso.com"})"), ana);
  expect_done(R"({"command":"user.set","user":"ana@contoso.com","name":"Ana"})");
  open();
  EXPECT_EQ(run(R"({"command":"admin.list"})"), "[" + ana + "]");
  EXPECT_EQ(run(R"({"command":"admin.revoke","user":"ana@contoso.com"})"), ana);
  EXPECT_EQ(run(R"({"command":"admin.list"})"), "[]");
}

// What cannot be recorded is not changed. Reads go on.
TEST_F(AdminTest, ChangesNothingWithoutTheAuditLog) {
  std::ofstream(temp_ / "data" / "audit") << "not a folder";
  const auto result = admin_->run(R"({"command":"tenant.add","name":"Contoso"})");
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().fault, AdminFault::kUnavailable);
  EXPECT_EQ(run(R"({"command":"tenant.list"})"), "[]");
}

// A change that fails, and one that only checks: the first has an entry, the second changes nothing. `check` is an
// argument of user.import, and hides no change of another command.
TEST_F(AdminTest, RecordsChangesAndNoReads) {
  add_contoso();
  expect_refused(R"({"command":"user.set","user":"ana@contoso.com","name":""})", "name");
  expect_done(R"({"command":"group.add","name":"Support","check":true})");
  expect_done(R"({"command":"user.import","rows":[],"check":true})");
  expect_done(R"({"command":"user.list"})");
  const std::string entries = run(R"({"command":"audit.page"})");
  EXPECT_THAT(entries,
              testing::AllOf(HasSubstr(R"("action":"user.set")"), HasSubstr(R"("outcome":"failed")"),
                             HasSubstr(R"("action":"group.add")"), testing::Not(HasSubstr("user.import")),
                             testing::Not(HasSubstr("user.list"))));
}

TEST_F(AdminTest, HasAtMostOneOperator) {
  expect_done(R"({"command":"tenant.add","name":"Contoso"})");
  expect_done(R"({"command":"tenant.add","name":"Fabrikam"})");
  const auto set = [&](const std::string& tenant, const std::string& on) {
    return run(R"({"command":"tenant.set","tenant":")" + tenant + R"(","operator":)" + on + "}");
  };
  EXPECT_THAT(set("Contoso", "true"), HasSubstr(R"("operator":true)"));
  EXPECT_THAT(set("Contoso", "true"), HasSubstr(R"("operator":true)"));
  EXPECT_THAT(set("Fabrikam", "true"), HasSubstr("! tenant \"Contoso\" is the operator's already"));
  EXPECT_THAT(set("Fabrikam", "1"), HasSubstr("! operator must be true or false"));
  expect_done(R"({"command":"tenant.set","tenant":"Contoso","zone":"Europe/Berlin"})");
  open();
  EXPECT_THAT(run(R"({"command":"tenant.show","tenant":"Contoso"})"), HasSubstr(R"("operator":true)"));
  EXPECT_THAT(set("Contoso", "false"), HasSubstr(R"("operator":false)"));
  EXPECT_THAT(set("Fabrikam", "true"), HasSubstr(R"("operator":true)"));
}

TEST_F(AdminTest, KeepsTrustsSortedWithoutDuplicates) {
  const std::string a = "aaaaaaaa-0000-4000-8000-000000000000", b = "bbbbbbbb-0000-4000-8000-000000000000";
  expect_done(R"({"command":"tenant.add","name":"Contoso"})");
  expect_done(R"({"command":"tenant.add","name":"A","id":")" + a + "\"}");
  expect_done(R"({"command":"tenant.add","name":"B","id":")" + b + "\"}");
  const auto set = [&](const std::string& rest) {
    return run(R"({"command":"tenant.set","tenant":"Contoso",)" + rest + "}");
  };
  EXPECT_THAT(set(R"("trust":["B","A","A"])"), HasSubstr("\"trusts\":[\"" + a + "\",\"" + b + "\"]"));
  EXPECT_THAT(set(R"("trust":["B"],"untrust":["A"])"), HasSubstr("\"trusts\":[\"" + b + "\"]"));
  expect_done(R"({"command":"tenant.remove","tenant":"B"})");
  EXPECT_THAT(set("\"untrust\":[\"" + b + "\"]"), HasSubstr("\"trusts\":[]"))
      << "by id, although the tenant was removed";
}

TEST_F(AdminTest, LimitsTrusts) {
  expect_done(R"({"command":"tenant.add","name":"Contoso"})");
  expect_done(R"({"command":"tenant.add","name":"Fabrikam"})");
  const auto tenants = node_->view().tenants();
  directory::Tenant contoso = tenants[0].name == "Contoso" ? tenants[0] : tenants[1];
  for (std::size_t i = 0; i + 1 < directory::kTrustsMax; ++i) {
    contoso.settings.trusts.push_back(secure_random_guid());
  }
  std::ranges::sort(contoso.settings.trusts);
  ASSERT_TRUE(write(*node_, {{contoso.id, Guid{}, directory::TenantPut{contoso.name, contoso.settings}}}));
  expect_done(R"({"command":"tenant.set","tenant":"Contoso","trust":["Fabrikam"]})");
  expect_done(R"({"command":"tenant.set","tenant":"Contoso","trust":["Fabrikam"]})");
  expect_done(R"({"command":"tenant.add","name":"One too many"})");
  expect_refused(R"({"command":"tenant.set","tenant":"Contoso","trust":["One too many"]})",
                 "trusts at most 1000 others");
}

TEST_F(AdminTest, AddsApplicationsWithPriority) {
  add_contoso();
  EXPECT_THAT(run(R"({"command":"app.show","app":"Board"})"),
              HasSubstr(R"("client":false,"priority":false)"));
  EXPECT_THAT(run(R"({"command":"app.add","name":"On-call","priority":true})"),
              HasSubstr(R"("priority":true)"));
  open();
  EXPECT_THAT(run(R"({"command":"app.show","app":"On-call"})"), HasSubstr(R"("priority":true)"));
}

TEST_F(AdminTest, AddsAndRemovesGroupMembers) {
  add_contoso();
  expect_done(R"({"command":"user.add","upn":"ben@contoso.com","name":"Ben"})");
  EXPECT_THAT(run(R"({"command":"group.add","name":"Desk","users":["ana@contoso.com","ANA@contoso.com"]})"),
              HasSubstr(R"("displayName":"Desk")"));
  EXPECT_THAT(run(R"({"command":"group.list"})"), HasSubstr(R"("memberCount":1}])"));
  const std::string add = R"({"command":"group.member-add","group":"Desk","users":["ben@contoso.com",")";
  EXPECT_THAT(run(add + kId + "\"]}"), HasSubstr(R"("memberCount":2})"));
  const std::string shown = run(R"({"command":"group.show","group":"Desk"})");
  EXPECT_THAT(shown, HasSubstr(R"("userPrincipalName":"ana@contoso.com")"));
  EXPECT_THAT(shown, HasSubstr(R"("userPrincipalName":"ben@contoso.com")"));
  open();
  EXPECT_EQ(run(R"({"command":"group.show","group":"Desk"})"), shown);

  const std::string remove =
      R"({"command":"group.member-remove","group":"Desk","users":["ana@contoso.com"]})";
  EXPECT_THAT(run(remove), HasSubstr(R"("memberCount":1})"));
  expect_refused(remove, "is not in group \"Desk\"");
  expect_refused(
      R"({"command":"group.member-remove","group":"Desk","users":["ben@contoso.com","ana@contoso.com"]})",
      "is not in group");
  EXPECT_THAT(run(R"({"command":"group.list"})"), HasSubstr(R"("memberCount":1})"))
      << "all users are removed, or none";
  expect_refused(R"({"command":"group.member-add","group":"Desk","users":[]})", "say which users");
  expect_done(R"({"command":"group.remove","group":"Desk"})");
  EXPECT_EQ(run(R"({"command":"group.list"})"), "[]");
}

TEST_F(AdminTest, RemovingAUserRemovesMemberships) {
  add_contoso();
  expect_done(R"({"command":"group.add","name":"Desk","users":["ana@contoso.com"]})");
  expect_done(R"({"command":"group.add","name":"Empty"})");
  expect_done(R"({"command":"user.remove","user":"ana@contoso.com"})");
  expect_done(
      R"({"command":"user.add","upn":"new@contoso.com","name":"New","id":"11111111-2222-4333-8444-555555555555"})");
  EXPECT_THAT(run(R"({"command":"group.show","group":"Desk"})"),
              HasSubstr(R"("memberCount":0,"members":[])"));
}

TEST_F(AdminTest, LimitsGroupMembers) {
  expect_done(R"({"command":"tenant.add","name":"T"})");
  std::string rows, names;
  for (std::size_t i = 0; i < directory::kGroupMembersMax; ++i) {
    const std::string upn = "u" + std::to_string(i) + "@t.t";
    rows += (i ? ",[1,\"\",\"" : "[1,\"\",\"") + upn + "\",\"U\"]";
    names += (i ? ",\"" : "\"") + upn + '"';
  }
  expect_done(R"({"command":"user.import","rows":[)" + rows + "]}");
  expect_done(R"({"command":"user.add","upn":"last@t.t","name":"Last"})");
  EXPECT_THAT(run(R"({"command":"group.add","name":"All","users":[)" + names + "]}"),
              HasSubstr(R"("memberCount":10000})"));
  expect_refused(R"({"command":"group.member-add","group":"All","users":["last@t.t"]})",
                 "a group has at most 10000 members");
  expect_refused(R"({"command":"group.add","name":"More","users":["last@t.t",)" + names + "]}",
                 "at most 10000 members");
}

TEST_F(AdminTest, PagesThroughUsers) {
  expect_done(R"({"command":"tenant.add","name":"T"})");
  expect_done(
      R"({"command":"user.import","rows":[[2,"","a@t.t","A"],[3,"","b@t.t","B"],[4,"","c@t.t","C"]]})");
  const std::string first = run(R"({"command":"user.list","limit":2})");
  const auto next = first.find("\"next\":\"");
  ASSERT_NE(next, std::string::npos);
  const std::string id = first.substr(next + 8, 36);
  const std::string second = run(R"({"command":"user.list","limit":2,"after":")" + id + "\"}");
  EXPECT_EQ(second.find("\"next\""), std::string::npos);
}

// In steps: one command removes at most 1000 users, applications and groups.
TEST_F(AdminTest, EmptiesATenant) {
  expect_done(R"({"command":"tenant.add","name":"T"})");
  expect_done(R"({"command":"tenant.add","name":"Other"})");
  expect_done(R"({"command":"user.add","tenant":"Other","upn":"a@o.o","name":"A"})");
  expect_done(R"({"command":"app.add","tenant":"T","name":"App"})");
  std::string rows;
  for (int i = 0; i < 1001; ++i) rows += fmt::format("{}[1,\"\",\"u{}@t.t\",\"U\"]", i ? "," : "", i);
  expect_done(R"({"command":"user.import","tenant":"T","rows":[)" + rows + "]}");
  expect_done(R"({"command":"group.add","tenant":"T","name":"G","users":["u1@t.t"]})");
  const auto of = [](const char* command, const char* tenant) {
    return fmt::format(R"({{"command":"tenant.{}","tenant":"{}"}})", command, tenant);
  };
  EXPECT_EQ(run(of("contents", "T")), R"({"users":1001,"applications":1,"groups":1})");
  expect_refused(of("remove", "T"), "still has 1001 users, 1 applications and 1 groups");
  EXPECT_EQ(run(of("empty", "T")), R"({"users":3,"applications":0,"groups":0})");
  EXPECT_EQ(run(of("empty", "T")), R"({"users":0,"applications":0,"groups":0})");
  EXPECT_EQ(run(of("empty", "T")), R"({"users":0,"applications":0,"groups":0})");
  EXPECT_EQ(run(of("contents", "Other")), R"({"users":1,"applications":0,"groups":0})");
  expect_done(of("remove", "T"));
  expect_refused(of("contents", "T"), "no tenant");
  expect_refused(R"({"command":"tenant.empty"})", "say which tenant");
}

TEST_F(AdminTest, ImportCountsAndCanBeRepeated) {
  expect_done(R"({"command":"tenant.add","name":"T"})");
  const std::string rows =
      R"({"command":"user.import","rows":[[2,"","a@t.t","A"],[3,"11111111-2222-4333-8444-555555555555","b@t.t","B"]]})";
  EXPECT_EQ(run(rows), R"({"added":2,"updated":0,"unchanged":0,"faults":[]})");
  EXPECT_EQ(run(rows), R"({"added":0,"updated":0,"unchanged":2,"faults":[]})");
  EXPECT_EQ(
      run(R"({"command":"user.import","rows":[[2,"","A@t.t","A"],[3,"11111111-2222-4333-8444-555555555555","b2@t.t","B"]]})"),
      R"({"added":0,"updated":2,"unchanged":0,"faults":[]})");
}

TEST_F(AdminTest, ImportLeavesOutABadRow) {
  expect_done(R"({"command":"tenant.add","name":"T"})");
  expect_done(R"({"command":"user.add","upn":"x@t.t","name":"X"})");
  const std::pair<const char*, const char*> rows[] = {
      {R"([9,"","","A"])", "the userPrincipalName is empty"},
      {R"([9,"","no-at","A"])", "the userPrincipalName is not of the form local@domain"},
      {R"([9,"","b/c@t.t","A"])", "the userPrincipalName holds a space, one of"},
      {R"([9,"","b c@t.t","A"])", "the userPrincipalName holds a space, one of"},
      {R"([9,"","b%27c@t.t","A"])", "the userPrincipalName holds a space, one of"},
      {R"([9,"7","b@t.t","B"])", R"(id \"7\" is not a GUID)"},
      {R"([9,"00000000-0000-0000-0000-000000000000","b@t.t","B"])", "is not a GUID"},
      {R"([9,"","A@T.t","Twice"])", R"(\"A@T.t\" is there twice)"},
      {R"([9,"11111111-2222-4333-8444-555555555555","X@t.t","Taken"])",
       "is another user's userPrincipalName"},
      {R"([9,"","b@t.t",""])", "the name is empty"},
      {R"([9,"","b@t.t","B\u0007"])", "the name holds a control character"},
  };
  for (const auto& [bad, why] : rows) {
    SCOPED_TRACE(bad);
    const std::string command = std::string(R"({"command":"user.import","rows":[[8,"","a@t.t","A"],)") + bad +
                                R"(,[10,"","o'b#@t.t","O"]])";
    const std::string checked = run(command + R"(,"check":true})");
    EXPECT_THAT(checked, StartsWith(R"({"added":2,"updated":0,"unchanged":0,"faults":[{"line":9,"error":")"));
    EXPECT_THAT(checked, HasSubstr(why));
    expect_refused(R"({"command":"user.show","user":"a@t.t"})", "no user");
    EXPECT_EQ(run(command + "}"), checked);
    expect_done(R"({"command":"user.remove","user":"a@t.t"})");
    expect_done(R"({"command":"user.remove","user":"o'b#@t.t"})");
  }
  expect_refused(R"({"command":"user.import","rows":[7]})", "a row must be");
  expect_refused(R"({"command":"user.import","rows":[],"check":1})", "check must be true or false");
}

TEST_F(AdminTest, MintsTokensOnlyForKnownAppsAndUsers) {
  add_contoso();
  expect_refused(R"({"command":"token","app":"Nope"})", "no application");
  expect_refused(R"({"command":"token","app":"Board","user":"nobody@x.y"})", "no user");
  const auto caller_of = [&](const std::string& command) {
    const std::string result = run(command);
    const std::string token = result.substr(10, result.size() - 12);
    return node_->verifier().verify(token, clock_.wall());
  };
  const auto delegated = caller_of(R"({"command":"token","app":"Board","user":"ana@contoso.com"})");
  ASSERT_TRUE(delegated);
  EXPECT_EQ(to_string(*delegated->user), kId);
  EXPECT_TRUE(delegated->has(identity::Permission::kDelegatedRead));
  EXPECT_FALSE(delegated->has(identity::Permission::kDelegatedReadAll));
  const auto app_only = caller_of(R"({"command":"token","app":"Board"})");
  ASSERT_TRUE(app_only);
  EXPECT_FALSE(app_only->user);
  EXPECT_TRUE(app_only->has(identity::Permission::kAppReadAll));
  const auto told = caller_of(R"({"command":"token","app":"Board","roles":["Porchlight.Admin"]})");
  ASSERT_TRUE(told);
  EXPECT_TRUE(told->has(identity::Permission::kAppAdmin));
  EXPECT_FALSE(told->has(identity::Permission::kAppReadAll));
}

TEST_F(AdminTest, ExportsTheLogInOrderFromAnyPosition) {
  add_contoso();
  const auto page = [&](const std::string& rest) { return run(R"({"command":"log.page")" + rest + "}"); };
  const std::string all = page("");
  EXPECT_THAT(all, HasSubstr("tenantPut"));
  EXPECT_LT(all.find("tenantPut"), all.find("userPut"));
  EXPECT_LT(all.find("userPut"), all.find("appPut"));
  EXPECT_EQ(all.find("cursor"), std::string::npos);
  // Pages give the same lines as one large page.
  std::string pages, rest = ",\"limit\":1";
  for (int i = 0; i < 9; ++i) {
    const std::string one = page(rest);
    const auto cursor = one.find("\"cursor\":");
    pages += one.substr(0, cursor);
    if (cursor == std::string::npos) break;
    rest = ",\"limit\":1," + one.substr(cursor, one.size() - cursor - 1);
  }
  for (const char* kind : {"tenantPut", "userPut", "appPut"}) EXPECT_THAT(pages, HasSubstr(kind));
  // From the second event.
  const auto user_line = all.rfind("position", all.find("userPut"));
  const std::string position = all.substr(user_line + 13, all.find('\\', user_line + 13) - user_line - 13);
  const std::string tail = page(",\"from\":\"" + position + "\"");
  EXPECT_EQ(tail.find("tenantPut"), std::string::npos);
  EXPECT_THAT(tail, HasSubstr("userPut"));
  EXPECT_THAT(tail, HasSubstr("appPut"));
}

TEST_F(AdminTest, DemoMatchesTheReferencesExamples) {
  const auto text = make_demo(*node_, temp_ / "data");
  ASSERT_TRUE(text) << text.error();
  EXPECT_THAT(*text, HasSubstr("export ME='ey"));
  const Guid tenant = node_->view().tenants().front().id;
  const auto reads = [&](const char* id) {
    std::string out;
    node_->view().read({tenant, *parse_guid(id)}, [&](const presence::Record& record) {
      const auto state = presence::effective(record, clock_.wall() + std::chrono::days(400));
      out = std::string(state.availability()) + "/" + std::string(state.activity());
    });
    return out;
  };
  EXPECT_EQ(node_->view().count_users(tenant), 12u);
  EXPECT_EQ(reads("fa8bf3dc-eca7-46b7-bad1-db199b62afc3"), "Available/Available");
  EXPECT_EQ(reads("66825e03-7ef5-42da-9069-724602c31f6b"), "DoNotDisturb/Presenting");
  EXPECT_EQ(reads("dc74d9bb-6afe-433d-8eaa-e39d80d3a647"), "Away/BeRightBack");
}

}  // namespace
}  // namespace porchlight::admin
