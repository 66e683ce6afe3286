// Test posts: the validation request that a receiver got when its subscription was created, sent to it again because an
// administrator asks how it answers. The subscription stays as it is.
#pragma once

#include <deque>
#include <memory>
#include <optional>
#include <string>

#include "admin/admin.h"
#include "base/guid.h"
#include "base/mutex.h"
#include "base/time.h"
#include "webhook/webhook_client.h"

namespace porchlight::server {

// Test posts of one tenant in kTestPostsWindow.
inline constexpr std::size_t kTestPostsMax = 10;
inline constexpr Duration kTestPostsWindow = std::chrono::minutes(1);
// How long a result can be read.
inline constexpr Duration kTestPostKept = std::chrono::minutes(5);

struct TestPost {
  Guid tenant, subscription;
  Time at{};                   // of the server's clock
  SteadyTime began{};          // of the machine's, as the limits are
  bool is_answered = false;    // the members below are set
  std::string fault = {};      // what is wrong with the answer, as at a creation; empty: accepted
  int status = 0;              // of HTTP; 0: no answer was received
  webhook::PostError error{};  // why none was
  Duration took{};
};

// In memory. Any thread.
class TestPosts {
 public:
  struct Now {
    Time wall;
    SteadyTime steady;
  };
  // Posts to the URL of the subscription, and returns at once. Errors: kThrottled while the last post of the
  // subscription is not answered, and beyond kTestPostsMax.
  admin::Checked<void> start(webhook::WebhookClient& client, const Guid& tenant, const Guid& subscription,
                             const std::string& url, const Now& now);
  // The last post of the subscription. Returns nullopt if none was made within kTestPostKept.
  std::optional<TestPost> find(const Guid& tenant, const Guid& subscription, SteadyTime now) const;

 private:
  // Of the answers, which may arrive when the TestPosts are gone.
  struct PostLog {
    Mutex mutex;
    std::deque<std::shared_ptr<TestPost>> posts ABSL_GUARDED_BY(mutex);  // in order of time
  };
  const std::shared_ptr<PostLog> log_ = std::make_shared<PostLog>();
};

}  // namespace porchlight::server
