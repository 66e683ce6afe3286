#include "authority/form.h"

#include <gtest/gtest.h>

namespace porchlight::authority {
namespace {

TEST(Form, ParsesFormsOfBrowsersAndLibraries) {
  const auto form = Form::parse("grant_type=client_credentials&scope=a%2Fb+c%20d&empty=&flag&x=1=2&");
  ASSERT_TRUE(form.has_value());
  EXPECT_EQ(form->find("grant_type"), "client_credentials");
  EXPECT_EQ(form->find("scope"), "a/b c d");
  EXPECT_EQ(form->find("x"), "1=2");
  EXPECT_EQ(form->find("empty"), std::nullopt);
  EXPECT_EQ(form->find("flag"), std::nullopt);
  EXPECT_EQ(form->find("Scope"), std::nullopt);
  EXPECT_TRUE(Form::parse("").has_value());
}

TEST(Form, RefusesMalformedForms) {
  struct Row {
    std::string_view text;
    FormFault fault;
  };
  const Row rows[] = {
      {"a=1&a=2", FormFault::kRepeated},      {"a=1&%61=2", FormFault::kRepeated},
      {"a=&a=1", FormFault::kRepeated},       {"a=%", FormFault::kMalformed},
      {"a=%1", FormFault::kMalformed},        {"a=%zz", FormFault::kMalformed},
      {"a=%00", FormFault::kMalformed},       {std::string_view("a=\0", 3), FormFault::kMalformed},
      {"a=%ff", FormFault::kMalformed},       {"a=%c0%af", FormFault::kMalformed},
      {"%ed%a0%80=1", FormFault::kMalformed}, {"=1", FormFault::kMalformed},
      {"a=1&=2", FormFault::kMalformed},
  };
  for (const Row& row : rows) {
    const auto form = Form::parse(row.text);
    ASSERT_FALSE(form.has_value()) << row.text;
    EXPECT_EQ(form.error(), row.fault) << row.text;
  }
}

TEST(Form, LimitsSizeAndFields) {
  std::string text = "a=" + std::string(kFormBytesMax - 2, 'x');
  EXPECT_TRUE(Form::parse(text).has_value());
  EXPECT_EQ(Form::parse(text + 'x').error(), FormFault::kTooLong);
  text.clear();
  for (std::size_t i = 0; i < kFormFieldsMax; ++i) text += "f" + std::to_string(i) + "=1&";
  EXPECT_TRUE(Form::parse(text).has_value());
  EXPECT_EQ(Form::parse(text + "g=1").error(), FormFault::kTooMany);
}

TEST(Form, ParsesItsOwnOutput) {
  std::string every;
  for (int c = 1; c < 0x80; ++c) every += static_cast<char>(c);
  every += "é漢";
  std::string text = "v=";
  append_form_value(text, every);
  const auto form = Form::parse(text);
  ASSERT_TRUE(form.has_value());
  EXPECT_EQ(form->find("v"), every);
  EXPECT_EQ(text.find_first_of(" \r\n&+\"<>"), std::string::npos);
}

}  // namespace
}  // namespace porchlight::authority
