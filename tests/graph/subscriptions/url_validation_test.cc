// The validation of URLs (spec notifications §5).
#include "graph/subscriptions/url_validation.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <future>

#include "support/graph/test_server.h"

namespace porchlight::graph {
namespace {

using webhook::PostError;
using webhook::Reply;

constexpr std::string_view kToken = "Validation: a b";

TEST(UrlValidation, TheTokenIsAddedToTheUrl) {
  EXPECT_EQ(validation_request_url("https://a.example/", kToken),
            "https://a.example/?validationToken=Validation%3A%20a%20b");
  EXPECT_EQ(validation_request_url("https://a.example/?x=1", "a+&~"),
            "https://a.example/?x=1&validationToken=a%2B%26~");
}

std::string judged(const Reply& reply) {
  const auto judged = check_validation_reply("notificationUrl", kToken, reply);
  if (judged) return "good";
  EXPECT_EQ(judged.error().status, 400);
  EXPECT_EQ(judged.error().code, "ValidationError");
  EXPECT_EQ(judged.error().target, "notificationUrl");
  return std::string(judged.error().message.text());
}

Reply answer(std::string body, std::string type = "text/plain", int status = 200) {
  return {.status = status, .content_type = std::move(type), .body = std::move(body)};
}

// The token proves the same under any label: Express labels every text as HTML.
TEST(UrlValidation, OnlyTheTokenIsRight) {
  const std::string token(kToken);
  for (const std::string end : {"", "\n", "\r\n"}) EXPECT_EQ(judged(answer(token + end)), "good");
  for (const std::string type :
       {"text/plain; charset=utf-8", "Text/Plain", "text/plain ;x", "text/html; charset=utf-8", "text/html",
        "application/json", "application/octet-stream", "text/plainer", "nonsense", ""})
    EXPECT_EQ(judged(answer(token, type)), "good") << type;

  const std::string begin = "Subscription validation request failed. ",
                    end = " Notification endpoint must respond with 200 OK to validation request.",
                    match = begin + "Response must exactly match validationToken query parameter. ";
  const auto differs = [&](std::size_t size, const std::string& how) {
    return match + "The response body is " + std::to_string(size) + " bytes long and begins with '" + how +
           "'.";
  };
  EXPECT_EQ(judged(answer("Validation%3A%20a%20b")), differs(21, "Validation%3A%20a%20b"));
  EXPECT_EQ(judged(answer("\"" + token + "\"")), differs(17, "\"Validation: a b\""));
  EXPECT_EQ(judged(answer(token + "\n\n")), differs(17, R"(Validation: a b\x0a\x0a)"));
  EXPECT_EQ(judged(answer(std::string(100, '\''))), differs(100, [] {
              std::string all;
              for (int i = 0; i < 32; ++i) all += R"(\x27)";
              return all;
            }()));
  EXPECT_EQ(judged(answer("")), differs(0, ""));
  EXPECT_EQ(judged(answer("\"" + token + "\"", "application/json")), differs(17, "\"Validation: a b\""));
  EXPECT_EQ(judged(answer("<p>" + token, "text/html")), differs(18, "<p>Validation: a b"));
  EXPECT_EQ(judged(answer(token, "text/plain", 201)), begin + "HTTP status code is 'Created'." + end);
  EXPECT_EQ(judged(answer("", "", 302)), begin + "HTTP status code is 'Found'." + end);
  EXPECT_EQ(judged(answer("", "", 403)), begin + "HTTP status code is 'Forbidden'." + end);
  EXPECT_EQ(judged(answer("", "", 799)), begin + "HTTP status code is '799'." + end);
  EXPECT_EQ(judged({.error = PostError::kTimeout}), "Subscription validation request timed out.");
  EXPECT_EQ(judged({.error = PostError::kTooLong, .status = 200, .content_type = "text/plain"}),
            match + "The response body is longer than 4096 bytes.");
  EXPECT_EQ(judged({.error = PostError::kTooLong, .status = 404}),
            begin + "HTTP status code is 'NotFound'." + end);
}

// Callers must not learn which ports are open and which names the server's network knows (spec security §8).
TEST(UrlValidation, OneTextForEveryReasonWhyTheReceiverWasNotReached) {
  for (const PostError error : {PostError::kConnect, PostError::kCertificateUntrusted,
                                PostError::kCertificateExpired, PostError::kCertificateName, PostError::kTls,
                                PostError::kResolve, PostError::kBlockedAddress, PostError::kOther})
    EXPECT_EQ(
        judged({.error = error}),
        "Subscription validation request failed. The notification endpoint could not be reached; the log of "
        "the server has the reason. Notification endpoint must respond with 200 OK to validation request.");
}

TEST(UrlValidation, EachUrlIsAskedWithATokenOfItsOwn) {
  webhook::FakeWebhookClient webhook_client(reply_as_valid_receiver);
  std::promise<bool> done;
  validate_urls(
      webhook_client,
      {{"notificationUrl", "https://a.example/"}, {"lifecycleNotificationUrl", "https://a.example/"}},
      [&](Result<void> result) { done.set_value(result.has_value()); });
  EXPECT_TRUE(done.get_future().get());
  const auto posts = webhook_client.take();
  ASSERT_EQ(posts.size(), 2u);
  EXPECT_NE(posts[0].url, posts[1].url);
  for (const webhook::Post& post : posts) {
    EXPECT_THAT(post.url,
                testing::StartsWith("https://a.example/?validationToken=Validation%3A%20Testing%20client%20"
                                    "application%20reachability%20for%20subscription%20Request-Id%3A%20"));
    EXPECT_EQ(post.content_type, "text/plain; charset=utf-8");
    EXPECT_EQ(post.body, "");
    EXPECT_EQ(post.timeout, std::chrono::seconds(10));
  }
}

TEST(UrlValidation, TheFirstPropertyThatFailsIsSaid) {
  webhook::FakeWebhookClient webhook_client([](const webhook::Post& post) {
    return post.url.starts_with("https://good.example/") ? reply_as_valid_receiver(post)
                                                         : Reply{.status = 404};
  });
  const auto asked = [&](std::vector<UrlToValidate> urls) {
    std::promise<std::string> done;
    validate_urls(webhook_client, std::move(urls),
                  [&](Result<void> result) { done.set_value(result ? "" : result.error().target); });
    return done.get_future().get();
  };
  EXPECT_EQ(asked({{"a", "https://good.example/"}, {"b", "https://bad.example/"}}), "b");
  EXPECT_EQ(asked({{"a", "https://bad.example/"}, {"b", "https://bad.example/"}}), "a");
}

}  // namespace
}  // namespace porchlight::graph
