// The people of a target and the keys to watch for them.
#include "watch/target.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace porchlight::watch {
namespace {

using state::UserKey;
using testing::ElementsAre;
using testing::IsEmpty;

Guid target_id(std::uint16_t number) {
  Guid id;
  id.bytes[0] = static_cast<std::uint8_t>(number >> 8);
  id.bytes[1] = static_cast<std::uint8_t>(number);
  return id;
}

const Guid kOwn = target_id(900), kTrusted = target_id(901), kGroupId = target_id(800);
const Guid kFirst = target_id(1), kSecond = target_id(2);

class WatchTargetTest : public testing::Test {
 protected:
  void apply(const Guid& tenant, const Guid& subject, directory::EntityChange change) {
    const log::Event event{secure_random_guid(), tenant, subject, ++version_,
                           log::DirectoryEvent{Time{}, std::move(change)}};
    view_.apply({state::shard_of(tenant, subject), ++seq_},
                log::Batch{.epoch = 1, .at = Time{}, .events = {event}});
  }
  void add_user(const Guid& tenant, const Guid& user) {
    apply(tenant, user, directory::UserPut{to_string(user) + "@x.example", "Name"});
  }
  void trust() {
    directory::TenantSettings settings;
    settings.trusts = {kTrusted};
    apply(kOwn, {}, directory::TenantPut{"Own", settings});
  }

  state::View view_;

 private:
  std::uint64_t version_ = 0;
  std::uint64_t seq_ = 0;
};

TEST_F(WatchTargetTest, NamedPeopleNeedNotExist) {
  EXPECT_THAT(*people_of(view_, kOwn, {TargetKind::kPeople, {kFirst, kSecond}}),
              ElementsAre(kFirst, kSecond));
}

TEST_F(WatchTargetTest, AGroupHasItsMembers) {
  EXPECT_EQ(people_of(view_, kOwn, {TargetKind::kGroup, {kGroupId}}), std::nullopt);
  apply(kOwn, kGroupId, directory::GroupPut{"Desk", {kSecond}});
  EXPECT_THAT(*people_of(view_, kOwn, {TargetKind::kGroup, {kGroupId}}), ElementsAre(kSecond));
}

TEST_F(WatchTargetTest, ATenantHasAllPeopleOverSeveralPages) {
  std::vector<Guid> all;
  for (std::uint16_t i = 1; i <= 2500; ++i) add_user(kOwn, all.emplace_back(target_id(i)));
  EXPECT_EQ(people_of(view_, kOwn, {TargetKind::kTenant, {}}), all);
  EXPECT_THAT(*people_of(view_, kTrusted, {TargetKind::kTenant, {}}), IsEmpty());
}

TEST_F(WatchTargetTest, AReadingTakesAFewPeopleAtATime) {
  std::vector<Guid> all;
  for (std::uint16_t i = 1; i < 2 * kPeoplePerCall; ++i) add_user(kOwn, all.emplace_back(target_id(i)));
  PeopleReading reading;
  EXPECT_FALSE(reading.read_more(view_, kOwn));
  add_user(kOwn, all.emplace_back(target_id(2 * kPeoplePerCall)));  // ahead of the reading
  EXPECT_FALSE(reading.read_more(view_, kOwn)) << "a full portion may not be the last";
  EXPECT_TRUE(reading.read_more(view_, kOwn));
  EXPECT_EQ(reading.take(), all);
  PeopleReading one;
  (void)one.read_more(view_, kOwn);
  EXPECT_EQ(one.take().size(), kPeoplePerCall);
}

TEST_F(WatchTargetTest, AReadingIsOutdatedByChangesBehindIt) {
  for (std::uint16_t i = 1; i <= 2 * kPeoplePerCall; ++i) add_user(kOwn, target_id(2 * i));
  PeopleReading reading;
  const UserKey read{kOwn, target_id(2)}, behind{kOwn, target_id(3)},
      ahead{kOwn, target_id(4 * kPeoplePerCall)}, directory{kOwn, {}};
  const auto is_outdated = [&](const UserKey& key) { return reading.is_outdated_by(view_, {&key, 1}); };
  EXPECT_FALSE(is_outdated(read)) << "before it begins";
  ASSERT_FALSE(reading.read_more(view_, kOwn));
  for (const UserKey& key : {read, behind, ahead, directory}) EXPECT_FALSE(is_outdated(key));
  add_user(kOwn, behind.user);
  apply(kOwn, read.user, directory::UserRemoved{});
  apply(kOwn, ahead.user, directory::UserRemoved{});
  EXPECT_TRUE(is_outdated(behind));
  EXPECT_TRUE(is_outdated(read));
  EXPECT_FALSE(is_outdated(ahead)) << "it will be read";
}

TEST_F(WatchTargetTest, AbsentPeopleAreWatchedInTrustedTenants) {
  const Guid people[] = {kFirst, kSecond};
  add_user(kOwn, kFirst);
  EXPECT_THAT(watch_keys(view_, kOwn, people), ElementsAre(UserKey{kOwn, kFirst}, UserKey{kOwn, kSecond}));
  trust();
  EXPECT_THAT(watch_keys(view_, kOwn, people),
              ElementsAre(UserKey{kOwn, kFirst}, UserKey{kOwn, kSecond}, UserKey{kTrusted, kSecond}));
  apply(kOwn, kFirst, directory::UserRemoved{});
  EXPECT_EQ(watch_keys(view_, kOwn, people).size(), 4u);
}

TEST_F(WatchTargetTest, OnlyAnAbsentPersonOfTheTenantMayHaveMoved) {
  const UserKey first{kOwn, kFirst}, elsewhere{kTrusted, kSecond}, directory{kOwn, {}};
  EXPECT_FALSE(may_have_moved(view_, kOwn, {&first, 1})) << "without a trusted tenant";
  trust();
  EXPECT_TRUE(may_have_moved(view_, kOwn, {&first, 1}));
  EXPECT_FALSE(may_have_moved(view_, kOwn, {&elsewhere, 1}));
  EXPECT_FALSE(may_have_moved(view_, kOwn, {&directory, 1}));
  add_user(kOwn, kFirst);
  EXPECT_FALSE(may_have_moved(view_, kOwn, {&first, 1}));
}

TEST_F(WatchTargetTest, TheChecksumDependsOnEveryKey) {
  const UserKey keys[] = {{kOwn, kFirst}, {kOwn, kSecond}, {kTrusted, kSecond}};
  const std::span<const UserKey> all(keys);
  EXPECT_EQ(checksum_of(all), checksum_of(std::vector(all.begin(), all.end())));
  EXPECT_NE(checksum_of(all), checksum_of(all.first(2)));
  EXPECT_NE(checksum_of(all.first(1)), checksum_of(all.subspan(1, 1)));
}

}  // namespace
}  // namespace porchlight::watch
