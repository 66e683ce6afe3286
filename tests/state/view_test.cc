// The live view: users are found, listed and removed.
#include "state/view.h"

#include <gtest/gtest.h>

#include <atomic>
#include <limits>
#include <map>
#include <random>
#include <set>
#include <thread>

#include "base/text.h"
#include "log/samples.h"
#include "state/writer_fixture.h"

namespace porchlight::state {
namespace {

using namespace std::chrono_literals;

const UserKey kAna{id_of(1), id_of(100)};
const UserKey kBen{id_of(1), id_of(101)};

// Applies one event to the shard it belongs to.
void apply(View& view, const UserKey& key, std::uint64_t version, decltype(log::Event::body) body) {
  const std::uint32_t shard = shard_of(key.tenant, key.user);
  log::Batch batch;
  batch.events.push_back({id_of(9), key.tenant, key.user, version, std::move(body)});
  view.apply({shard, view.position(shard).seq + 1}, batch);
}
void put(View& view, const UserKey& key, std::uint64_t version, std::string upn) {
  apply(view, key, version, log::DirectoryEvent{at_ms(0), directory::UserPut{std::move(upn), "Name"}});
}
void remove(View& view, const UserKey& key, std::uint64_t version) {
  apply(view, key, version, log::DirectoryEvent{at_ms(0), directory::UserRemoved{}});
}
presence::Event session(std::uint64_t number) {
  return std::get<presence::Event>(log::session_event(number).body);
}

TEST(View, FindsANameInAnyCase) {
  View view;
  put(view, kAna, 1, "Ana@X.test");
  EXPECT_EQ(view.find_user_by_upn(kAna.tenant, "aNA@x.TEST"), kAna.user);
  EXPECT_EQ(view.find_user_by_upn(id_of(2), "ana@x.test"), std::nullopt) << "another tenant";
  EXPECT_EQ(view.find_user(kAna)->upn, "Ana@X.test");
}

TEST(View, CountsSessions) {
  View view;
  put(view, kAna, 1, "ana@x.test");
  put(view, kBen, 1, "ben@x.test");
  EXPECT_EQ(view.count_sessions(), 0u);
  apply(view, kAna, 2, session(1));
  apply(view, kAna, 3, session(2));
  apply(view, kAna, 3, session(4));  // repeated: applied before
  apply(view, kBen, 2, session(1));
  EXPECT_EQ(view.count_sessions(), 3u);
  const auto key = std::get<presence::SessionSet>(session(1).what).key;
  apply(view, kAna, 4, presence::Event{at_ms(3), 4, presence::SessionCleared{key}});
  EXPECT_EQ(view.count_sessions(), 2u);
  put(view, kAna, 5, "other@x.test");
  EXPECT_EQ(view.count_sessions(), 2u);
  remove(view, kAna, 6);
  EXPECT_EQ(view.count_sessions(), 1u);
}

TEST(View, ReadsManyLikeSingleReads) {
  View view;
  view.read_many(kAna.tenant, {}, [](std::size_t, const presence::Record&) { FAIL(); });
  constexpr std::size_t kPeople = 3000;  // more than a group of read_many()
  std::vector<Guid> users;
  for (std::size_t i = 0; i < kPeople; ++i) users.push_back(id_of(1000 + i));
  users.push_back(users.front());  // twice
  const auto exists = [](const Guid& user) { return user.bytes.back() % 3 != 0; };
  std::atomic<bool> is_done = false;
  // Users are added meanwhile, which makes the indexes grow.
  std::jthread writer([&] {
    for (const Guid& user : users)
      if (exists(user)) put(view, {kAna.tenant, user}, 1, to_string(user) + "@x.test");
    is_done = true;
  });
  const auto count = [&] {
    std::vector<int> seen(users.size());
    view.read_many(kAna.tenant, users, [&](std::size_t place, const presence::Record&) { ++seen.at(place); });
    return seen;
  };
  while (!is_done) {
    for (const int times : count()) ASSERT_LE(times, 1);
  }
  const std::vector<int> seen = count();
  for (std::size_t i = 0; i < users.size(); ++i) EXPECT_EQ(seen[i], exists(users[i]) ? 1 : 0);
  view.read_many(id_of(2), users, [](std::size_t, const presence::Record&) { FAIL() << "another tenant"; });
}

// The texts of the users in an order, from `after` on.
std::vector<std::string> texts_by(const View& view, const Guid& tenant, UserOrder order,
                                  std::optional<UserPlace> after = std::nullopt,
                                  std::size_t limit = std::numeric_limits<std::size_t>::max()) {
  std::vector<std::string> texts;
  view.scan_users_by(tenant, order, after, [&](const directory::User& user) {
    if (texts.size() == limit) return false;
    texts.push_back(order.by == UserText::kName ? user.name : user.upn);
    return true;
  });
  return texts;
}

// Random puts and removals, with lists in each order compared with a sort of what there should be. An order is built at
// its first use: half of the changes come before it.
TEST(View, ListsUsersInTheOrderOfATextThroughAllChanges) {
  View view;
  std::mt19937 random(7);
  std::map<Guid, directory::User> expected;
  const auto sorted = [&](UserOrder order) {
    std::vector<const directory::User*> users;
    for (const auto& [id, user] : expected) users.push_back(&user);
    const auto key = [&](const directory::User* user) {
      std::string folded = order.by == UserText::kName ? user->name : user->upn;
      for (char& c : folded) c = to_lower(c);
      return std::pair(folded, user->id);
    };
    std::ranges::sort(users, {}, key);
    if (order.descending) std::ranges::reverse(users);
    return users;
  };
  std::uint64_t version = 1;
  for (int round = 0; round < 20; ++round) {
    for (int i = 0; i < 100; ++i) {
      const Guid id = id_of(100 + random() % 300);
      if (random() % 4 == 0) {
        remove(view, {id_of(1), id}, ++version);
        expected.erase(id);
        continue;
      }
      std::string name(1 + random() % 10, 'x');
      for (char& c : name) c = "aAbB\xC3"[random() % 5];
      const std::string upn = name + to_string(id);
      apply(view, {id_of(1), id}, ++version, log::DirectoryEvent{at_ms(0), directory::UserPut{upn, name}});
      expected[id] = {id, upn, name};
      // A user of another tenant, with the same name.
      apply(view, {id_of(2), id}, ++version, log::DirectoryEvent{at_ms(0), directory::UserPut{upn, name}});
    }
    if (round < 10) continue;
    for (const UserText by : {UserText::kName, UserText::kUpn}) {
      for (const bool descending : {false, true}) {
        const UserOrder order{by, descending};
        const auto all = sorted(order);
        std::vector<std::string> texts;
        for (const auto* user : all) texts.push_back(by == UserText::kName ? user->name : user->upn);
        ASSERT_EQ(texts_by(view, id_of(1), order), texts);
        const std::size_t from = random() % all.size();
        ASSERT_EQ(
            texts_by(view, id_of(1), order, UserPlace{texts[from], all[from]->id}, 20),
            std::vector(texts.begin() + static_cast<std::ptrdiff_t>(from) + 1,
                        texts.begin() + static_cast<std::ptrdiff_t>(std::min(from + 21, texts.size()))));
      }
    }
  }
  EXPECT_TRUE(texts_by(view, id_of(3), {UserText::kName}).empty()) << "an unknown tenant";
}

TEST(View, ContinuesAnOrderAfterAUserWhoIsGone) {
  View view;
  const auto named = [&](const UserKey& key, std::uint64_t version, std::string name) {
    apply(view, key, version, log::DirectoryEvent{at_ms(0), directory::UserPut{name + "@x.test", name}});
  };
  named(kAna, 1, "Ana");
  named(kBen, 1, "ben");
  EXPECT_EQ(texts_by(view, kAna.tenant, {UserText::kName}), (std::vector<std::string>{"Ana", "ben"}));
  remove(view, kAna, 2);
  EXPECT_EQ(texts_by(view, kAna.tenant, {UserText::kName}, UserPlace{"Ana", kAna.user}),
            std::vector<std::string>{"ben"});
  EXPECT_EQ(texts_by(view, kAna.tenant, {UserText::kName, true}, UserPlace{"BENNY", kAna.user}),
            std::vector<std::string>{"ben"});
  EXPECT_TRUE(texts_by(view, kAna.tenant, {UserText::kName}, UserPlace{"BEN", kBen.user}).empty());
}

TEST(View, ForgetsTheOldNameOfARenamedUser) {
  View view;
  put(view, kAna, 1, "ana@x.test");
  put(view, kAna, 2, "anna@x.test");
  EXPECT_EQ(view.find_user_by_upn(kAna.tenant, "ana@x.test"), std::nullopt);
  EXPECT_EQ(view.find_user_by_upn(kAna.tenant, "anna@x.test"), kAna.user);
  remove(view, kAna, 3);
  EXPECT_EQ(view.find_user_by_upn(kAna.tenant, "anna@x.test"), std::nullopt);
  EXPECT_EQ(view.count_users(kAna.tenant), 0u);
}

TEST(View, AllowsTwoUsersToHaveANameWhileShardsAreReplayed) {
  View view;
  put(view, kAna, 1, "ana@x.test");
  put(view, kBen, 1, "ana@x.test");   // Ben's shard is ahead
  put(view, kAna, 2, "anna@x.test");  // Ana's shard follows
  EXPECT_EQ(view.find_user_by_upn(kAna.tenant, "ana@x.test"), kBen.user);
  EXPECT_EQ(view.find_user_by_upn(kAna.tenant, "anna@x.test"), kAna.user);
}

TEST(View, IgnoresRepeatedEventsAndUnknownUsers) {
  View view;
  apply(view, kAna, 1, session(1));
  EXPECT_FALSE(view.copy(kAna));
  put(view, kAna, 1, "ana@x.test");
  apply(view, kAna, 2, session(1));
  apply(view, kAna, 2, session(2));
  put(view, kAna, 1, "other@x.test");
  EXPECT_EQ(view.copy(kAna)->record.sessions.size(), 1u);
  EXPECT_EQ(view.find_user(kAna)->upn, "ana@x.test");
  apply(view, kAna, 3, log::SkippedEvent{200, 1, ""});
  EXPECT_EQ(view.copy(kAna)->version, 3u);
}

TEST(View, StoresTenantsAndApplications) {
  View view;
  const UserKey tenant{id_of(1), Guid{}}, app{id_of(1), id_of(50)};
  const std::uint64_t epoch = view.directory_epoch();
  apply(view, tenant, 1, log::DirectoryEvent{at_ms(0), directory::TenantPut{"Tenant"}});
  apply(view, app, 1, log::DirectoryEvent{at_ms(0), directory::AppPut{"App", true, {"a"}, {"b"}}});
  EXPECT_TRUE(view.has_tenant(id_of(1)));
  EXPECT_EQ(view.find_app(id_of(1), id_of(50)), (directory::App{id_of(50), "App", true, {"a"}, {"b"}}));
  EXPECT_EQ(view.apps(id_of(1)).size(), 1u);
  EXPECT_TRUE(view.apps(id_of(2)).empty());
  EXPECT_EQ(view.directory_epoch(), epoch + 2);
  apply(view, app, 2, log::DirectoryEvent{at_ms(0), directory::AppRemoved{}});
  apply(view, tenant, 2, log::DirectoryEvent{at_ms(0), directory::TenantRemoved{}});
  EXPECT_FALSE(view.find_app(id_of(1), id_of(50)));
  EXPECT_TRUE(view.tenants().empty());
}

TEST(View, FindsTenantsByName) {
  View view;
  const auto put = [&view](std::uint8_t number, const char* name) {
    apply(view, {id_of(number), Guid{}}, 1, log::DirectoryEvent{at_ms(0), directory::TenantPut{name}});
  };
  put(3, "Contoso");
  put(1, "Fabrikam");
  put(2, "contoso");
  EXPECT_EQ(view.tenant_ids(), (std::vector{id_of(1), id_of(2), id_of(3)}));
  EXPECT_EQ(view.find_tenant_named("CONTOSO"), id_of(2)) << "the first one in order of id";
  EXPECT_EQ(view.find_tenant_named("Fabrikam"), id_of(1));
  for (const char* name : {"", "Contos", "Contoso "}) EXPECT_EQ(view.find_tenant_named(name), std::nullopt);
}

TEST(View, StoresTenantSettingsAndPriorityOfApplications) {
  View view;
  const UserKey tenant{id_of(1), Guid{}}, app{id_of(1), id_of(50)};
  const directory::TenantSettings settings{"Europe/Berlin", false, {id_of(2), id_of(3)}};
  apply(view, tenant, 1, log::DirectoryEvent{at_ms(0), directory::TenantPut{"Tenant"}});
  EXPECT_EQ(view.find_tenant(id_of(1))->settings, directory::TenantSettings{});
  apply(view, tenant, 2, log::DirectoryEvent{at_ms(0), directory::TenantPut{"Tenant", settings}});
  apply(view, tenant, 1, log::DirectoryEvent{at_ms(0), directory::TenantPut{"Old"}});
  EXPECT_EQ(view.find_tenant(id_of(1)), (directory::Tenant{id_of(1), "Tenant", settings}));
  EXPECT_EQ(view.find_tenant(id_of(2)), std::nullopt);
  apply(view, app, 1, log::DirectoryEvent{at_ms(0), directory::AppPut{"App", false, {}, {}, true}});
  EXPECT_TRUE(view.find_app(id_of(1), id_of(50))->priority);
}

TEST(View, StoresGroups) {
  View view;
  const UserKey late{id_of(1), id_of(61)}, early{id_of(1), id_of(60)}, elsewhere{id_of(2), id_of(60)};
  const auto put_group = [&](const UserKey& key, std::uint64_t version, directory::GroupPut put) {
    apply(view, key, version, log::DirectoryEvent{at_ms(0), std::move(put)});
  };
  const std::uint64_t epoch = view.directory_epoch();
  put_group(late, 1, {"Reception", {id_of(100), id_of(101)}});
  put_group(early, 1, {"Board", {id_of(101)}});
  put_group(elsewhere, 1, {"Others", {id_of(100)}});
  EXPECT_EQ(view.directory_epoch(), epoch + 3);
  EXPECT_EQ(view.find_group(id_of(1), id_of(60)), (directory::Group{id_of(60), "Board", {id_of(101)}}));
  EXPECT_EQ(view.find_group(id_of(2), id_of(60))->name, "Others");
  EXPECT_EQ(view.find_group(id_of(2), id_of(61)), std::nullopt);
  const auto groups = view.groups(id_of(1));
  ASSERT_EQ(groups.size(), 2u);
  EXPECT_EQ(groups[0].name, "Board") << "in order of id";
  EXPECT_TRUE(view.groups(id_of(3)).empty());

  put_group(early, 3, {"Board", {}});
  put_group(early, 2, {"Older", {id_of(7)}});
  EXPECT_EQ(view.find_group(id_of(1), id_of(60)), (directory::Group{id_of(60), "Board", {}}));
  EXPECT_EQ(view.group_version(id_of(1), id_of(60)), 3u);
  apply(view, early, 3, log::DirectoryEvent{at_ms(0), directory::GroupRemoved{}});
  EXPECT_TRUE(view.find_group(id_of(1), id_of(60))) << "a repeated removal";
  apply(view, early, 4, log::DirectoryEvent{at_ms(0), directory::GroupRemoved{}});
  EXPECT_FALSE(view.find_group(id_of(1), id_of(60)));
  EXPECT_EQ(view.group_version(id_of(1), id_of(60)), 0u);
  EXPECT_TRUE(view.find_group(id_of(2), id_of(60))) << "of another tenant";
}

TEST(View, StoresAdministrators) {
  View view;
  const UserKey tenant{id_of(1), Guid{}}, user{id_of(1), id_of(100)};
  const auto set = [&](const UserKey& key, std::uint64_t version, bool on) {
    apply(view, key, version, log::DirectoryEvent{at_ms(0), directory::AdministratorSet{on}});
  };
  set(tenant, 1, true);
  set(user, 1, true);
  EXPECT_FALSE(view.is_operator(id_of(1))) << "there is no such tenant";
  EXPECT_FALSE(view.is_administrator(id_of(1), id_of(100))) << "there is no such user";
  apply(view, tenant, 1, log::DirectoryEvent{at_ms(0), directory::TenantPut{"Tenant"}});
  put(view, user, 1, "ana@x.test");
  const std::uint64_t epoch = view.directory_epoch();
  set(tenant, 2, true);
  set(user, 2, true);
  EXPECT_EQ(view.directory_epoch(), epoch + 2);
  EXPECT_TRUE(view.is_operator(id_of(1)));
  EXPECT_TRUE(view.is_administrator(id_of(1), id_of(100)));
  EXPECT_FALSE(view.is_administrator(id_of(2), id_of(100))) << "of another tenant";
  EXPECT_EQ(view.administrators(id_of(1)), std::vector{id_of(100)}) << "without the tenant itself";
  EXPECT_EQ(view.tenant_version(id_of(1)), 2u);
  EXPECT_EQ(view.copy(user)->version, 2u);
  apply(view, tenant, 3, log::DirectoryEvent{at_ms(0), directory::TenantPut{"Renamed"}});
  put(view, user, 3, "ben@x.test");
  set(tenant, 3, false);
  set(user, 3, false);
  EXPECT_TRUE(view.is_operator(id_of(1))) << "kept by a put, and by a repeated event";
  EXPECT_TRUE(view.is_administrator(id_of(1), id_of(100)));
  set(tenant, 4, false);
  set(user, 4, false);
  EXPECT_FALSE(view.is_operator(id_of(1)));
  EXPECT_FALSE(view.is_administrator(id_of(1), id_of(100)));
}

TEST(View, EndsAnAdministratorWithTheUserOrTenant) {
  View view;
  const UserKey tenant{id_of(1), Guid{}}, user{id_of(1), id_of(100)};
  for (int round = 0; round < 2; ++round) {
    apply(view, tenant, 1, log::DirectoryEvent{at_ms(0), directory::TenantPut{"Tenant"}});
    put(view, user, 1, "ana@x.test");
    EXPECT_FALSE(view.is_operator(id_of(1)));
    EXPECT_FALSE(view.is_administrator(id_of(1), id_of(100)));
    for (const UserKey& key : {tenant, user})
      apply(view, key, 2, log::DirectoryEvent{at_ms(0), directory::AdministratorSet{true}});
    EXPECT_TRUE(view.is_operator(id_of(1)) && view.is_administrator(id_of(1), id_of(100)));
    remove(view, user, 3);
    apply(view, tenant, 3, log::DirectoryEvent{at_ms(0), directory::TenantRemoved{}});
  }
}

TEST(View, FindsTheGroupsOfAUser) {
  View view;
  const auto put_group = [&](std::uint64_t group, std::vector<Guid> members) {
    apply(view, {id_of(1), id_of(group)}, 1,
          log::DirectoryEvent{at_ms(0), directory::GroupPut{"Group", std::move(members)}});
  };
  put_group(60, {id_of(100), id_of(101), id_of(103)});
  put_group(61, {id_of(101)});
  put_group(62, {});
  const std::vector<Guid> all = {id_of(62), id_of(61), id_of(60), id_of(99)};
  EXPECT_EQ(view.groups_with(id_of(1), id_of(101), all), (std::vector{id_of(61), id_of(60)}));
  EXPECT_EQ(view.groups_with(id_of(1), id_of(103), all), std::vector{id_of(60)});
  EXPECT_TRUE(view.groups_with(id_of(1), id_of(102), all).empty());
  EXPECT_TRUE(view.groups_with(id_of(2), id_of(101), all).empty()) << "another tenant";
  EXPECT_TRUE(view.groups_with(id_of(1), id_of(101), {}).empty());
  EXPECT_EQ(view.groups_of(id_of(1), id_of(101)), (std::vector{id_of(60), id_of(61)}));
  EXPECT_EQ(view.groups_of(id_of(1), id_of(103)), std::vector{id_of(60)});
  EXPECT_TRUE(view.groups_of(id_of(1), id_of(102)).empty());
  EXPECT_TRUE(view.groups_of(id_of(2), id_of(101)).empty()) << "another tenant";
}

TEST(View, ListsUsersPageByPageInOrder) {
  View view;
  std::mt19937_64 random(5);
  std::map<Guid, std::set<Guid>> expected;
  for (int i = 0; i < 3000; ++i) {
    Guid user;
    for (auto& byte : user.bytes) byte = static_cast<std::uint8_t>(random());
    const Guid tenant = id_of(random() % 3);
    put(view, {tenant, user}, 1, std::to_string(i) + "@x.test");
    if (random() % 4 == 0) {
      remove(view, {tenant, user}, 2);
    } else {
      expected[tenant].insert(user);
    }
  }
  for (const auto& [tenant, users] : expected) {
    EXPECT_EQ(view.count_users(tenant), users.size());
    for (const std::size_t limit : {1uz, 7uz, 100uz, 999uz, 5000uz}) {
      std::vector<Guid> all;
      std::optional<Guid> after;
      for (auto page = view.list_users(tenant, after, limit); !page.empty();
           page = view.list_users(tenant, after, limit)) {
        ASSERT_LE(page.size(), limit);
        all.insert(all.end(), page.begin(), page.end());
        after = all.back();
      }
      EXPECT_TRUE(std::ranges::equal(all, users)) << limit;
    }
  }
  EXPECT_TRUE(view.list_users(id_of(0), std::nullopt, 0).empty());
  EXPECT_TRUE(view.list_users(id_of(77), std::nullopt, 10).empty());
}

TEST(View, ScansEachUserOnceInStepsOfAnySize) {
  View view;
  std::mt19937_64 random(7);
  std::set<Guid> expected;
  for (int i = 0; i < 2000; ++i) {
    Guid user;
    for (auto& byte : user.bytes) byte = static_cast<std::uint8_t>(random());
    const bool is_ours = i % 3 != 0;
    put(view, {id_of(is_ours ? 1 : 2), user}, 1, std::to_string(i) + "@x.test");
    if (is_ours) expected.insert(user);
  }
  std::vector<Guid> whole;
  for (const std::size_t step : {10'000uz, 999uz, 7uz, 1uz}) {
    std::vector<Guid> all;
    std::optional<Guid> after;
    do {
      std::size_t visited = 0;
      after = view.scan_users(id_of(1), after, step,
                              [&](const Guid& id, std::string_view upn, std::string_view name) {
                                EXPECT_TRUE(upn.ends_with("@x.test"));
                                EXPECT_EQ(name, "Name");
                                all.push_back(id);
                                ++visited;
                                return true;
                              });
      ASSERT_LE(visited, step);
      ASSERT_TRUE(!after || *after == all.back());
    } while (after);
    EXPECT_EQ(std::set<Guid>(all.begin(), all.end()), expected);
    EXPECT_EQ(all.size(), expected.size());
    if (whole.empty()) whole = all;
    EXPECT_EQ(all, whole) << "the order changed";
  }
}

TEST(View, StopsAScanBeforeTheUserThatTheVisitorRefuses) {
  View view;
  for (std::uint64_t i = 0; i < 100; ++i) put(view, {id_of(1), id_of(i)}, 1, std::to_string(i) + "@x.test");
  std::vector<Guid> accepted, refused;
  const auto visit = [&](const Guid& id, std::string_view, std::string_view) {
    (accepted.size() < 10 ? accepted : refused).push_back(id);
    return refused.empty();
  };
  const auto place = view.scan_users(id_of(1), std::nullopt, 1000, visit);
  ASSERT_EQ(accepted.size(), 10u);
  EXPECT_EQ(place, accepted.back());
  accepted.clear();
  const Guid first_refused = refused.front();
  refused.clear();
  view.scan_users(id_of(1), place, 1000, visit);
  EXPECT_EQ(accepted.front(), first_refused) << "the refused user is the first of the next scan";
  EXPECT_EQ(view.scan_users(id_of(1), std::nullopt, 1000,
                            [](const Guid&, std::string_view, std::string_view) { return false; }),
            std::nullopt)
      << "no user was visited, so the next scan starts at the beginning";
  EXPECT_EQ(view.scan_users(id_of(3), std::nullopt, 10, visit), std::nullopt) << "no users";
}

TEST(View, VisitsEachUserOfAShardOnce) {
  View view;
  constexpr std::uint64_t kPeople = 80'000;  // more in each shard than kPeoplePerLock
  for (std::uint64_t i = 0; i < kPeople; ++i)
    put(view, {id_of(1 + i % 2), id_of(i)}, 1 + i % 9, std::to_string(i));
  std::size_t seen = 0;
  for (std::uint32_t shard = 0; shard < kShards; ++shard) {
    std::optional<UserKey> last;
    view.each(shard, [&](const UserKey& key, const presence::Record&, std::uint64_t version) {
      ASSERT_EQ(shard_of(key.tenant, key.user), shard);
      ASSERT_TRUE(!last || *last < key);
      std::uint64_t number = 0;
      std::memcpy(&number, key.user.bytes.data(), sizeof(number));
      ASSERT_EQ(version, 1 + number % 9);
      last = key;
      ++seen;
    });
  }
  EXPECT_EQ(seen, kPeople);
}

TEST(View, ListsTheNamesOfGroups) {
  View view;
  for (std::uint64_t i = 1; i <= 5; ++i) {
    apply(view, {id_of(1), id_of(i)}, 1,
          log::DirectoryEvent{at_ms(0), directory::GroupPut{"Group " + std::to_string(i), {id_of(9)}}});
  }
  EXPECT_EQ(view.count_groups(id_of(1)), 5u);
  EXPECT_EQ(view.count_groups(id_of(2)), 0u);
  const auto first = view.list_groups(id_of(1), std::nullopt, 2);
  EXPECT_EQ(first, (std::vector<GroupName>{{id_of(1), "Group 1"}, {id_of(2), "Group 2"}}));
  EXPECT_EQ(view.list_groups(id_of(1), id_of(4), 2), (std::vector<GroupName>{{id_of(5), "Group 5"}}));
  EXPECT_TRUE(view.list_groups(id_of(1), id_of(5), 2).empty());
  EXPECT_TRUE(view.list_groups(id_of(2), std::nullopt, 2).empty());
  EXPECT_TRUE(view.list_groups(id_of(0), std::nullopt, 2).empty()) << "the tenant after it has groups";
}

TEST(View, KeepsTextsWhenTheArenaIsRebuilt) {
  View view;
  constexpr std::uint64_t kPeople = 400;
  for (std::uint64_t round = 1; round <= 60; ++round) {
    for (std::uint64_t i = 0; i < kPeople; ++i) {
      const std::string name = std::string(200, 'a') + std::to_string(i * round) + "@x.test";
      put(view, {id_of(1), id_of(i)}, round, name);
    }
  }
  for (std::uint64_t i = 0; i < kPeople; ++i) {
    const std::string name = std::string(200, 'a') + std::to_string(i * 60) + "@x.test";
    ASSERT_EQ(view.find_user({id_of(1), id_of(i)})->upn, name);
  }
}

TEST(View, MayBeReadWhileItChanges) {
  View view;
  std::atomic<bool> is_done = false;
  std::vector<std::jthread> readers;
  for (int reader = 0; reader < 2; ++reader) {
    readers.emplace_back([&] {
      while (!is_done) {
        for (std::uint64_t i = 0; i < 50; ++i) {
          view.read({id_of(1), id_of(i)},
                    [](const presence::Record& record) { ASSERT_LE(record.sessions.size(), 1u); });
          if (const auto found = view.find_user_by_upn(id_of(1), "u" + std::to_string(i))) {
            ASSERT_EQ(*found, id_of(i));
          }
        }
        view.list_users(id_of(1), std::nullopt, 20);
      }
    });
  }
  for (int round = 0; round < 30; ++round) {
    for (std::uint64_t i = 0; i < 50; ++i) {
      const UserKey key{id_of(1), id_of(i)};
      put(view, key, 1, "u" + std::to_string(i));
      apply(view, key, 2, session(1));
      put(view, key, 3, "v" + std::to_string(i));
      remove(view, key, 4);
    }
  }
  is_done = true;
}

}  // namespace
}  // namespace porchlight::state
