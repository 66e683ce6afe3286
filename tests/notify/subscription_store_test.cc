// The stored form of subscriptions, and the rows of the store.
#include "notify/subscription_store.h"

#include <gtest/gtest.h>
#include <stdlib.h>

#include <map>

#include "presence/state.h"

namespace porchlight::notify {
namespace {

Guid stored_id(std::uint8_t number) {
  Guid id;
  id.bytes[0] = number;
  id.bytes[15] = 1;
  return id;
}

Subscription plain(std::uint8_t number) {
  Subscription made;
  made.id = stored_id(number);
  made.tenant = stored_id(0xA0);
  made.app = stored_id(0xB0);
  made.expires_at = Time(std::chrono::hours(500'000));
  made.target.ids = {stored_id(1), stored_id(2)};
  made.resource = "communications/presences";
  made.url = std::make_shared<const std::string>("https://receiver.example/hook");
  return made;
}

Subscription full(std::uint8_t number) {
  Subscription made = plain(number);
  made.user = stored_id(0xC0);
  made.target.kind = watch::TargetKind::kGroup;
  made.rich = made.requires_directory_user = made.requires_app_registration = true;
  made.tls = 3;
  const auto text = [](std::string value) { return std::make_shared<const std::string>(std::move(value)); };
  made.extras = SubscriptionExtras{text("https://receiver.example/life"), "sec\"ret\n", text("MIID"),
                                   "2030-01", "an application"};
  return made;
}

class Folder {
 public:
  Folder() {
    std::string name = std::filesystem::temp_directory_path() / "porch-store-XXXXXX";
    path_ = ::mkdtemp(name.data());
  }
  ~Folder() { std::filesystem::remove_all(path_); }
  std::unique_ptr<SubscriptionStore> open() const {
    auto opened = SubscriptionStore::open(path_);
    if (!opened) throw std::runtime_error(opened.error());
    return *std::move(opened);
  }

 private:
  std::filesystem::path path_;
};

// Fewer or more bytes than were written are refused.
TEST(SubscriptionCodec, DecodesWhatItEncodes) {
  Subscription with_ticks = full(9);
  with_ticks.expiry_ticks = 4567;
  for (const Subscription& subscription : {plain(7), full(8), with_ticks}) {
    StringPool texts;
    const std::string bytes = encode_subscription(subscription);
    const auto read = decode_subscription(bytes, texts);
    ASSERT_TRUE(read);
    EXPECT_EQ(encode_subscription(*read), bytes);
    EXPECT_EQ(read->id, subscription.id);
    EXPECT_EQ(read->user, subscription.user);
    EXPECT_EQ(read->target, subscription.target);
    EXPECT_EQ(*read->url, *subscription.url);
    EXPECT_EQ(read->extras_or_empty().client_state, subscription.extras_or_empty().client_state);
    EXPECT_EQ(read->expires_at, subscription.expires_at);
    EXPECT_EQ(read->expiry_ticks, subscription.expiry_ticks);
    for (std::size_t size = 0; size < bytes.size(); ++size)
      EXPECT_FALSE(decode_subscription(std::string_view(bytes).substr(0, size), texts)) << size;
    EXPECT_FALSE(decode_subscription(bytes + '\0', texts));
  }
}

TEST(SubscriptionCodec, SharesStrings) {
  StringPool texts;
  const std::string bytes = encode_subscription(full(1));
  const auto one = decode_subscription(bytes, texts), other = decode_subscription(bytes, texts);
  EXPECT_EQ(one->url, other->url);
  EXPECT_EQ(one->extras_or_empty().certificate, other->extras_or_empty().certificate);
}

using Rows = std::map<Guid, std::map<Guid, std::uint8_t>>;

Rows rows_of(const SubscriptionStore& store) {
  StringPool texts;
  Rows rows;
  const auto read =
      store.each(texts, [&](const Subscription& subscription, const std::vector<LastSent>& last_sent) {
        auto& row = rows[subscription.id];
        for (const LastSent& one : last_sent) row[one.person] = one.code;
        return true;
      });
  EXPECT_TRUE(read);
  return rows;
}

TEST(SubscriptionStore, StoresLastSentStatesWithTheirSubscription) {
  const Folder folder;
  auto store = folder.open();
  const LastSent first[] = {{stored_id(1), 3}, {stored_id(2), 4}};
  SubscriptionStore::StoreBatch made;
  for (const Subscription& subscription : {plain(20), plain(10), full(30)}) made.put(subscription);
  for (const std::uint8_t number : {20, 30})
    for (const LastSent& last_sent : first) made.put_last_sent(stored_id(number), last_sent);
  EXPECT_TRUE(store->write(std::move(made), SubscriptionStore::WriteSync::kYes));
  SubscriptionStore::StoreBatch batch;
  EXPECT_TRUE(batch.empty());
  batch.put_last_sent(stored_id(10), {stored_id(2), kSentUnknown});
  batch.put_last_sent(stored_id(20), {stored_id(1), 5});
  batch.remove_last_sent(stored_id(20), stored_id(2));
  batch.put_last_sent(stored_id(15), {stored_id(1), 9});  // without a subscription: skipped
  batch.put(full(20));                                    // changed: its last sent states stay
  batch.remove(stored_id(30), full(30).target.ids);
  EXPECT_FALSE(batch.empty());
  EXPECT_TRUE(store->write(std::move(batch), SubscriptionStore::WriteSync::kNo));
  const Rows expected = {{stored_id(10), {{stored_id(2), kSentUnknown}}},
                         {stored_id(20), {{stored_id(1), 5}}}};
  EXPECT_EQ(rows_of(*store), expected);
  store.reset();
  EXPECT_EQ(rows_of(*folder.open()), expected) << "after it is opened again";
}

TEST(SubscriptionStore, DeadLettersAreOldestFirst) {
  const Folder folder;
  const auto store = folder.open();
  const auto letter = [](std::uint8_t number, int hour) {
    return DeadLetter{Time(std::chrono::hours(hour)), stored_id(number), stored_id(1), stored_id(0xA0),
                      stored_id(0xB0)};
  };
  const std::vector<DeadLetter> all = {letter(9, 100), letter(1, 300), letter(2, 300), letter(4, 70'000)};
  SubscriptionStore::StoreBatch batch;
  for (const int i : {3, 1, 0, 2}) batch.add_dead_letter(all[static_cast<std::size_t>(i)]);
  EXPECT_TRUE(store->write(std::move(batch), SubscriptionStore::WriteSync::kNo));
  EXPECT_EQ(store->dead_letters(10), all);
  EXPECT_EQ(store->dead_letters(1), std::vector{all[0]});
  EXPECT_TRUE(store->remove_dead_letter(all[0]));
  EXPECT_FALSE(store->remove_dead_letter(all[0]));
  EXPECT_EQ(store->dead_letters(1), std::vector{all[1]});
}

TEST(SubscriptionStore, ReportsAFolderThatCannotBeOpened) {
  const auto opened = SubscriptionStore::open("/dev/null/store");
  ASSERT_FALSE(opened);
  EXPECT_NE(opened.error().find("/dev/null/store"), std::string::npos);
}

TEST(StringPool, KeepsStringsInUse) {
  StringPool texts;
  InternedString one = texts.intern("one");
  EXPECT_EQ(texts.intern("one"), one);
  one.reset();
  for (int i = 0; i < 1000; ++i) texts.intern(std::to_string(i));
  EXPECT_EQ(*texts.intern("one"), "one");
}

}  // namespace
}  // namespace porchlight::notify
