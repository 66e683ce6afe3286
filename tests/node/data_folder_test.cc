// Opening a data folder, and positions in its log as text.
#include "node/data_folder.h"

#include <gmock/gmock.h>

#include <filesystem>

#include "node/log_order.h"
#include "node/node.h"
#include "support/temp_folder.h"

namespace porchlight::node {
namespace {

using testing::HasSubstr;

TEST(DataFolder, RefusesOtherFolders) {
  TempFolder temp;
  EXPECT_FALSE(DataFolder::open(temp / "none"));
  ASSERT_TRUE(DataFolder::create(temp / "data"));
  const auto again = DataFolder::create(temp / "data");
  ASSERT_FALSE(again);
  EXPECT_THAT(again.error(), HasSubstr("already"));
  std::filesystem::permissions(temp / "data", std::filesystem::perms::others_exec,
                               std::filesystem::perm_options::add);
  const auto open = DataFolder::open(temp / "data");
  ASSERT_FALSE(open);
  EXPECT_THAT(open.error(), HasSubstr("chmod 700"));
}

TEST(DataFolder, RefusesASecondProcess) {
  TempFolder temp;
  const auto folder = DataFolder::create(temp / "data");
  ASSERT_TRUE(folder);
  const SystemClock clock;
  const auto first = Node::open(*folder, Config{}, clock, Purpose::kCommand);
  ASSERT_TRUE(first) << first.error();
  const auto second = Node::open(*folder, Config{}, clock, Purpose::kCommand);
  ASSERT_FALSE(second);
  EXPECT_THAT(second.error(), HasSubstr("in use"));
}

TEST(Positions, TextIsShardAndNumber) {
  EXPECT_EQ(parse_position("3:17"), (log::Position{3, 17}));
  for (const char* bad : {"", "3", "3:", ":3", "3:x", "64:1", "-1:1", "3:1 "})
    EXPECT_FALSE(parse_position(bad)) << bad;
}

}  // namespace
}  // namespace porchlight::node
