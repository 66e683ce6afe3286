#include "base/trace_context.h"

#include <gtest/gtest.h>

namespace porchlight {
namespace {

constexpr std::string_view kGood = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";

std::string with(std::size_t at, std::string_view text) {
  return std::string(kGood).replace(at, text.size(), text);
}

TEST(Traceparent, IsReadAndWritten) {
  const auto context = parse_traceparent(kGood);
  ASSERT_TRUE(context);
  EXPECT_TRUE(context->is_sampled());
  EXPECT_EQ(trace_id_text(*context), "0af7651916cd43dd8448eb211c80319c");
  EXPECT_EQ(span_id_text(*context), "b7ad6b7169203331");
  EXPECT_EQ(to_traceparent(*context), kGood);
  EXPECT_FALSE(parse_traceparent(with(53, "00"))->is_sampled());
  EXPECT_TRUE(parse_traceparent(with(53, "ff"))->is_sampled());
}

TEST(Traceparent, OfALaterVersionMayBeLonger) {
  EXPECT_TRUE(parse_traceparent(with(0, "cc")));
  EXPECT_TRUE(parse_traceparent(with(0, "cc") + "-what-follows"));
  EXPECT_FALSE(parse_traceparent(with(0, "cc") + "what"));
  EXPECT_FALSE(parse_traceparent(std::string(kGood) + "-what"));
}

TEST(Traceparent, IsRefusedInAnyOtherForm) {
  const std::string rows[] = {"",
                              "00",
                              std::string(kGood.substr(0, 54)),
                              std::string(kGood) + "0",
                              " " + std::string(kGood.substr(0, 54)),
                              with(0, "ff"),
                              with(0, "0G"),
                              with(2, "_"),
                              with(35, "0"),
                              with(52, " "),
                              with(3, "A"),
                              with(36, "B"),
                              with(53, "0A"),
                              with(53, "-1"),
                              with(3, "00000000000000000000000000000000"),
                              with(36, "0000000000000000"),
                              with(10, std::string_view("\0", 1))};
  for (const std::string& row : rows) EXPECT_FALSE(parse_traceparent(row)) << row;
}

}  // namespace
}  // namespace porchlight
