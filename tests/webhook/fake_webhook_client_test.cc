// The test double of the webhook client keeps its contract: every post is answered once.
#include "support/fake_webhook_client.h"

#include <gtest/gtest.h>

#include <future>

namespace porchlight::webhook {
namespace {

TEST(FakeWebhookClient, AnswersByRuleByHandAndWhenDestroyed) {
  std::promise<int> first, second;
  int third_answers = 0;
  PostError third = PostError::kNone;
  {
    FakeWebhookClient webhook_client([](const Post& post) -> std::optional<Reply> {
      if (post.url == "https://a/") return Reply{.status = 202};
      return std::nullopt;
    });
    webhook_client.post({.url = "https://a/"}, [&](Reply reply) { first.set_value(reply.status); });
    EXPECT_EQ(first.get_future().get(), 202);
    webhook_client.post({.url = "https://b/"}, [&](Reply reply) { second.set_value(reply.status); });
    webhook_client.post({.url = "https://c/"}, [&](Reply reply) {
      third = reply.error;
      ++third_answers;
    });
    EXPECT_EQ(webhook_client.wait_for(3).at(1).url, "https://b/");
    webhook_client.answer_oldest({.status = 500});
    EXPECT_EQ(second.get_future().get(), 500);
  }
  EXPECT_EQ(third, PostError::kOther);
  EXPECT_EQ(third_answers, 1);
}

}  // namespace
}  // namespace porchlight::webhook
