// The stand-in for a poster keeps a poster's promise: every post is answered, once.
#include "support/fake_poster.h"

#include <gtest/gtest.h>

#include <future>

namespace porchlight::webhook {
namespace {

TEST(FakePoster, AnswersByItsRuleByHandAndAtItsEnd) {
  std::promise<int> first, second;
  int third_answers = 0;
  Fault third = Fault::kNone;
  {
    FakePoster poster([](const Post& post) -> std::optional<Reply> {
      if (post.url == "https://a/") return Reply{.status = 202};
      return std::nullopt;
    });
    poster.post({.url = "https://a/"}, [&](Reply reply) { first.set_value(reply.status); });
    EXPECT_EQ(first.get_future().get(), 202);
    poster.post({.url = "https://b/"}, [&](Reply reply) { second.set_value(reply.status); });
    poster.post({.url = "https://c/"}, [&](Reply reply) {
      third = reply.fault;
      ++third_answers;
    });
    EXPECT_EQ(poster.wait_for(3).at(1).url, "https://b/");
    poster.answer_oldest({.status = 500});
    EXPECT_EQ(second.get_future().get(), 500);
  }
  EXPECT_EQ(third, Fault::kOther);
  EXPECT_EQ(third_answers, 1);
}

}  // namespace
}  // namespace porchlight::webhook
