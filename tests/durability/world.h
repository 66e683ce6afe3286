// All that keeps data, on a disk whose power is cut (support/cut_disk.h): the log with its view, writer and
// snapshots, the subscriptions with their publisher, and the stores of credentials and SCIM tokens. Also what was
// acknowledged, and what the receiver of the notifications believes.
#pragma once

#include <gtest/gtest.h>

#include <atomic>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "authority/credential_store.h"
#include "log/embedded_log.h"
#include "log/samples.h"
#include "notify/publisher.h"
#include "presence/rules.h"
#include "scim/tokens.h"
#include "state/snapshot.h"
#include "state/writer.h"
#include "storage/rocks_kv_store.h"
#include "support/cut_disk.h"
#include "support/fake_webhook_client.h"

namespace porchlight {

// Shows every user of the view to every subscriber; a body is lines of "<user>=<code of the state>".
class OpenView final : public notify::SubscriberView {
 public:
  explicit OpenView(const state::View& view) : view_(view) {}
  std::vector<Guid> people(const notify::Subscription& subscription) const override {
    return subscription.target.ids;
  }
  std::vector<state::UserKey> watch_keys(const notify::Subscription& subscription,
                                         std::span<const Guid> people) const override;
  bool may_have_moved(const notify::Subscription&, std::span<const state::UserKey>) const override {
    return false;
  }
  notify::VisibleState visible_state(const notify::Subscription& subscription, const Guid& person,
                                     Time now) const override;
  bool is_still_permitted(const notify::Subscription&) const override { return true; }
  std::optional<std::string> render(std::span<const notify::Notification> notifications, Time now) override;

 private:
  const state::View& view_;
};

class World {
 public:
  static constexpr int kPeople = 4;
  static constexpr Duration kSessionLife = std::chrono::minutes(5);  // of set_presence()

  explicit World(std::uint64_t seed);
  ~World();

  // Opens everything, as a start does. Fails the test if something acknowledged is missing or nothing can be opened.
  void start();
  // Closes everything.
  void stop();
  // Advances the clock; nothing need be open.
  void wait(Duration time) { clock_.advance(time); }
  CutDisk& disk() { return *disk_; }

  // Operations. Each is acknowledged, or leaves its effect in doubt.
  void set_presence(int person, std::uint64_t choice);
  void subscribe();
  void unsubscribe();
  void consent();
  void make_scim_token();
  void take_snapshot();
  // Delivers all notifications that are due. With `cut_at` the power is cut when that post has left, 1 being the first.
  void deliver(int cut_at = 0);

 private:
  // A value that was acknowledged, and others that may have been written since.
  struct Known {
    std::string acknowledged;
    std::set<std::string> in_doubt;
    bool allows(const std::string& seen) const { return seen == acknowledged || in_doubt.contains(seen); }
  };
  Guid person(int number) const { return log::id_of(100 + static_cast<std::uint64_t>(number)); }
  // The code of a user's state. At kStart every session that the record has is live, whatever the time is now.
  std::string state(int number, Time at) const;
  void settle(Known& known, const std::string& value, bool is_acknowledged);
  void add_people();
  void check();
  void open_stores();
  void open_publisher();

  const log::Folder folder_;
  std::unique_ptr<CutDisk> disk_;
  const Time kStart = log::at_ms(0);
  ManualClock clock_{kStart};

  std::map<int, Known> presence_;
  std::map<Guid, Known> subscriptions_;  // "there" or "gone", by id
  std::set<std::string> consents_;
  Known token_;
  std::map<std::string, int> believed_;      // the state code of the last notification, by user
  std::uint64_t last_ = 0;                   // numbers of what is made
  std::atomic<int> posts_ = 0, cut_at_ = 0;  // read on the threads of the publisher

  std::unique_ptr<log::EmbeddedEngine> engine_;
  std::unique_ptr<state::View> view_;
  std::unique_ptr<state::Writer> writer_;
  std::unique_ptr<watch::WatchRegistry> watchers_;
  std::unique_ptr<storage::RocksKvStore> credential_rows_, scim_rows_;
  std::unique_ptr<notify::SubscriptionStore> subscription_rows_;
  std::unique_ptr<OpenView> subscriber_view_;
  std::unique_ptr<webhook::FakeWebhookClient> receiver_;
  std::unique_ptr<notify::Publisher> publisher_;
};

}  // namespace porchlight
