// The publisher over a store on disk and a receiver that the tests command: what needs many people or many rows.
#include "notify/publisher.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <string>
#include <vector>

#include "presence/rules.h"
#include "support/fake_webhook_client.h"
#include "support/temp_folder.h"

namespace porchlight::notify {
namespace {

constexpr Time kOpening{std::chrono::hours(500'000)};
const std::string kUrl = "https://receiver.example/hook";

Guid numbered(std::uint8_t kind, std::uint32_t number) {
  Guid id;
  id.bytes[0] = kind;
  for (std::size_t i = 0; i < 4; ++i) id.bytes[12 + i] = static_cast<std::uint8_t>(number >> (24 - 8 * i));
  return id;
}

const Guid kOwner = numbered(0xA0, 1);

// Shows every user to every subscriber; a body is lines of ids. Counts the states that are read between two calls of
// may_have_moved(), with which each comparison ends.
class CountingView final : public SubscriberView {
 public:
  explicit CountingView(const state::View& view) : view_(view) {}
  std::vector<Guid> people(const Subscription& subscription) const override {
    return watch::people_of(view_, subscription.tenant, subscription.target).value();
  }
  std::vector<state::UserKey> watch_keys(const Subscription& subscription,
                                         std::span<const Guid> people) const override {
    return watch::watch_keys(view_, subscription.tenant, people);
  }
  bool may_have_moved(const Subscription& subscription,
                      std::span<const state::UserKey> changed) const override {
    reads_ = 0;
    return watch::may_have_moved(view_, subscription.tenant, changed);
  }
  VisibleState visible_state(const Subscription& subscription, const Guid& person, Time now) const override {
    ++all_reads_;
    most_reads_ = std::max<std::size_t>(most_reads_, ++reads_);
    const auto found = view_.copy({subscription.tenant, person});
    if (!found) return {presence::kPresenceUnknown, 0};
    return {presence::effective(found->record, now), found->record.sequence_base};
  }
  bool is_still_permitted(const Subscription&) const override { return true; }
  std::optional<std::string> render(std::span<const Notification> notifications, Time) override {
    std::string body;
    for (const Notification& one : notifications) body += to_string(one.person) + "\n";
    return body;
  }

  std::size_t all_reads() const { return all_reads_; }
  std::size_t most_reads() const { return most_reads_; }

 private:
  const state::View& view_;
  mutable std::atomic<std::size_t> reads_ = 0, most_reads_ = 0, all_reads_ = 0;
};

class PublisherTest : public testing::Test {
 protected:
  void add_people(std::uint32_t count) {
    for (std::uint32_t number = 0; number < count; ++number) {
      const Guid person = numbered(1, number);
      const std::uint32_t shard = state::shard_of(kOwner, person);
      const log::Event event{
          secure_random_guid(), kOwner, person, 1,
          log::DirectoryEvent{kOpening, directory::UserPut{to_string(person) + "@x.test", "Name"}}};
      view_.apply({shard, ++seq_}, log::Batch{.epoch = 1, .at = kOpening, .events = {event}});
    }
  }
  static Subscription to_tenant() {
    Subscription made;
    made.id = numbered(0xB0, 1);
    made.tenant = kOwner;
    made.app = numbered(0xC0, 1);
    made.expires_at = kOpening + std::chrono::hours(10);
    made.target.kind = watch::TargetKind::kTenant;
    made.resource = "communications/presences";
    made.url = std::make_shared<const std::string>(kUrl);
    return made;
  }
  void store(const Subscription& subscription) {
    SubscriptionStore::StoreBatch writes;
    writes.put(subscription);
    ASSERT_TRUE(store_->write(std::move(writes), SubscriptionStore::WriteSync::kNo));
  }
  void start(const PublisherSettings& settings = {}) {
    publisher_ =
        std::make_unique<Publisher>(watchers_, *store_, receiver_, clock_, subscriber_view_, settings);
    ASSERT_TRUE(publisher_->start());
    settle();
  }
  // Until everything that is due was done, and its replies were processed.
  void settle() {
    watchers_.clock_advanced();
    publisher_->clock_advanced();
    receiver_.settle();
    publisher_->clock_advanced();
  }
  void TearDown() override {
    if (publisher_) publisher_->close();
    watchers_.close();
  }

  TempFolder temp_;
  ManualClock clock_{kOpening};
  state::View view_;
  watch::WatchRegistry watchers_{view_, clock_};
  CountingView subscriber_view_{view_};
  std::unique_ptr<SubscriptionStore> store_ = SubscriptionStore::open(temp_ / "subscriptions").value();
  std::unique_ptr<Publisher> publisher_;
  webhook::FakeWebhookClient receiver_;

 private:
  std::uint64_t seq_ = 0;
};

TEST_F(PublisherTest, ComparesAFewPeopleAtATime) {
  constexpr std::uint32_t kPeople = 3 * watch::kPeoplePerCall + 1;
  add_people(kPeople);
  store(to_tenant());
  start({.posts = false});  // the thread that posts reads states, too
  EXPECT_GE(subscriber_view_.all_reads(), kPeople);
  EXPECT_EQ(subscriber_view_.most_reads(), watch::kPeoplePerCall);
}

TEST_F(PublisherTest, KnowsHowThePostsOfASubscriptionGo) {
  add_people(1);
  store(to_tenant());
  receiver_.answer_with([](const webhook::Post&) { return webhook::Reply{.status = 503}; });
  start();
  EXPECT_FALSE(publisher_->status_of(numbered(0xB0, 2)));
  const auto failing = publisher_->status_of(to_tenant().id);
  ASSERT_TRUE(failing && failing->failed_post);
  EXPECT_EQ(failing->pending, 1u);
  EXPECT_EQ(failing->failed_post->status, 503);
  EXPECT_EQ(failing->failed_post->at, kOpening);
  EXPECT_FALSE(failing->accepted_at);
  receiver_.answer_with([](const webhook::Post&) { return webhook::Reply{.status = 202}; });
  clock_.advance(std::chrono::minutes(2));
  settle();
  const auto well = publisher_->status_of(to_tenant().id);
  ASSERT_TRUE(well);
  EXPECT_EQ(well->pending, 0u);
  EXPECT_EQ(well->accepted_at, kOpening + std::chrono::minutes(2));
  EXPECT_TRUE(well->failed_post) << "the last one, whatever came afterwards";
}

TEST_F(PublisherTest, TheOldestDeadLetterMakesPlaceForANewOne) {
  SubscriptionStore::StoreBatch writes;
  for (std::uint32_t number = 0; number < kDeadLettersMax; ++number)
    writes.add_dead_letter(
        {kOpening + Duration(number), numbered(2, number), numbered(1, number), kOwner, kOwner});
  ASSERT_TRUE(store_->write(std::move(writes), SubscriptionStore::WriteSync::kNo));
  add_people(1);
  store(to_tenant());
  receiver_.answer_with([](const webhook::Post&) { return webhook::Reply{.status = 503}; });
  start({.dead_letters = true});
  for (int i = 0; i < 300; ++i) {  // longer than the retries
    clock_.advance(std::chrono::minutes(1));
    settle();
  }
  const auto letters = store_->dead_letters(kDeadLettersMax + 1);
  ASSERT_EQ(letters.size(), kDeadLettersMax);
  EXPECT_EQ(letters.front().subscription, numbered(2, 1)) << "the oldest one is gone";
  EXPECT_EQ(letters.back().subscription, to_tenant().id);
}

}  // namespace
}  // namespace porchlight::notify
