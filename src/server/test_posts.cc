#include "server/test_posts.h"

#include <algorithm>

#include "graph/subscriptions/url_validation.h"

namespace porchlight::server {
namespace {

admin::AdminError throttled(const char* why) { return {why, admin::AdminFault::kThrottled}; }

}  // namespace

admin::Checked<void> TestPosts::start(webhook::WebhookClient& client, const Guid& tenant,
                                      const Guid& subscription, const std::string& url, const Now& now) {
  const auto post = std::make_shared<TestPost>(
      TestPost{.tenant = tenant, .subscription = subscription, .at = now.wall, .began = now.steady});
  {
    const MutexLock lock(log_->mutex);
    auto& posts = log_->posts;
    while (!posts.empty() && now.steady - posts.front()->began >= kTestPostKept) posts.pop_front();
    const bool waits = std::ranges::any_of(
        posts, [&](const auto& other) { return other->subscription == subscription && !other->is_answered; });
    if (waits)
      return std::unexpected(throttled("the last test post of the subscription is not answered yet"));
    const auto recent = std::ranges::count_if(posts, [&](const auto& other) {
      return other->tenant == tenant && now.steady - other->began < kTestPostsWindow;
    });
    if (static_cast<std::size_t>(recent) >= kTestPostsMax)
      return std::unexpected(throttled("too many test posts; try again in a minute"));
    posts.push_back(post);
  }
  graph::validate_url(client, {"notificationUrl", url},
                      [log = log_, post](const webhook::Reply& reply, graph::Result<void> accepted) {
                        const MutexLock lock(log->mutex);
                        post->is_answered = true;
                        if (!accepted) post->fault = std::string(accepted.error().message.text());
                        post->status = reply.status;
                        post->error = reply.error;
                        post->took = reply.took;
                      });
  return {};
}

std::optional<TestPost> TestPosts::find(const Guid& tenant, const Guid& subscription, SteadyTime now) const {
  const MutexLock lock(log_->mutex);
  for (auto post = log_->posts.rbegin(); post != log_->posts.rend(); ++post) {
    if (now - (*post)->began >= kTestPostKept) break;
    if ((*post)->tenant == tenant && (*post)->subscription == subscription) return **post;
  }
  return std::nullopt;
}

}  // namespace porchlight::server
