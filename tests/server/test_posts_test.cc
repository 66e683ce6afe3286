// Test posts of subscriptions: what is posted, what of the answer is kept, and the limits.
#include "server/test_posts.h"

#include <gmock/gmock.h>

#include "base/guid.h"
#include "support/fake_webhook_client.h"

namespace porchlight::server {
namespace {

using testing::HasSubstr;
using testing::StartsWith;
using webhook::PostError;
using webhook::Reply;

// What a receiver answers that accepts the validation request of this URL.
Reply echo(const webhook::Post& post) {
  std::string token = post.url.substr(post.url.find('=') + 1);
  for (std::size_t at; (at = token.find('%')) != std::string::npos;)
    token.replace(at, 3, 1, static_cast<char>(std::stoi(token.substr(at + 1, 2), nullptr, 16)));
  return {.status = 200, .body = token, .took = std::chrono::milliseconds(7)};
}

class TestPostsTest : public testing::Test {
 protected:
  static TestPosts::Now at(Duration after) {
    return {Time(std::chrono::seconds(1894006800)) + after, SteadyTime() + after};
  }
  admin::Checked<void> start(const Guid& subscription, Duration after, std::string_view tenant = "contoso") {
    return posts_.start(client_, guid_from_name(tenant), subscription, "https://a.example/hook", at(after));
  }
  std::optional<TestPost> find(const Guid& subscription, Duration after,
                               std::string_view tenant = "contoso") {
    return posts_.find(guid_from_name(tenant), subscription, at(after).steady);
  }
  static Guid numbered(std::size_t number) { return guid_from_name(std::to_string(number)); }

  webhook::FakeWebhookClient client_;
  TestPosts posts_;
  const Guid one_ = guid_from_name("one");
};

TEST_F(TestPostsTest, SendsTheValidationRequest) {
  client_.answer_with(echo);
  ASSERT_TRUE(start(one_, {}));
  client_.settle();
  EXPECT_THAT(client_.posts().at(0).url,
              StartsWith("https://a.example/hook?validationToken=Validation%3A%20"));
  EXPECT_EQ(client_.posts().at(0).body, "");
  const auto post = find(one_, {});
  ASSERT_TRUE(post);
  EXPECT_TRUE(post->is_answered);
  EXPECT_EQ(post->fault, "");
  EXPECT_EQ(post->status, 200);
  EXPECT_EQ(post->took, std::chrono::milliseconds(7));
}

TEST_F(TestPostsTest, KeepsWhatIsWrong) {
  struct Row {
    Reply reply;
    const char* fault;
  };
  const Row rows[] = {
      {{.status = 500}, "HTTP status code is 'InternalServerError'."},
      {{.status = 200, .body = "no token"}, "Response must exactly match validationToken"},
      {{.error = PostError::kTimeout}, "Subscription validation request timed out."},
      {{.error = PostError::kConnect}, "The notification endpoint could not be reached"},
      {{.error = PostError::kBlockedAddress}, "The notification endpoint could not be reached"},
  };
  Guid subscription = one_;
  for (const Row& row : rows) {
    subscription = guid_from_name(to_string(subscription));
    client_.answer_with([&](const webhook::Post&) { return row.reply; });
    ASSERT_TRUE(start(subscription, {}));
    client_.settle();
    const auto post = find(subscription, {});
    ASSERT_TRUE(post);
    EXPECT_THAT(post->fault, HasSubstr(row.fault));
    EXPECT_EQ(post->status, row.reply.status);
    EXPECT_EQ(post->error, row.reply.error);
  }
}

TEST_F(TestPostsTest, OneOfASubscriptionAtATime) {
  ASSERT_TRUE(start(one_, {}));
  EXPECT_FALSE(find(one_, {})->is_answered);
  EXPECT_EQ(start(one_, {}).error().fault, admin::AdminFault::kThrottled);
  EXPECT_EQ(client_.posts().size(), 1u);
  client_.answer_all({.status = 500});
  client_.settle();
  EXPECT_TRUE(start(one_, {}));
}

TEST_F(TestPostsTest, ATenantHasALimit) {
  client_.answer_with(echo);
  for (std::size_t i = 0; i < kTestPostsMax; ++i) EXPECT_TRUE(start(numbered(i), {}));
  EXPECT_EQ(start(one_, {}).error().fault, admin::AdminFault::kThrottled);
  EXPECT_EQ(start(one_, kTestPostsWindow - Duration(1)).error().fault, admin::AdminFault::kThrottled);
  EXPECT_TRUE(start(one_, {}, "fabrikam")) << "it is not that of others";
  client_.settle();
  EXPECT_TRUE(start(one_, kTestPostsWindow));
}

TEST_F(TestPostsTest, ResultsAreOfTheTenantAndForgotten) {
  client_.answer_with(echo);
  ASSERT_TRUE(start(one_, {}));
  client_.settle();
  EXPECT_TRUE(find(one_, kTestPostKept - Duration(1)));
  EXPECT_FALSE(find(one_, kTestPostKept));
  EXPECT_FALSE(find(one_, {}, "fabrikam"));
  EXPECT_FALSE(find(numbered(1), {}));
}

// A receiver may answer when nothing waits for it any more.
TEST_F(TestPostsTest, AnswersMayComeLate) {
  {
    TestPosts gone;
    ASSERT_TRUE(gone.start(client_, one_, one_, "https://a.example/", at({})));
  }
  client_.answer_all({.status = 200});
  client_.settle();
}

}  // namespace
}  // namespace porchlight::server
