// Opening a data folder, and positions in its log as text.
#include "node/data_folder.h"

#include <gmock/gmock.h>

#include <filesystem>
#include <fstream>

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

// The error is the system's if the folder cannot be examined; only a folder without a format is another kind of folder.
TEST(DataFolder, NamesWhatIsWrong) {
  TempFolder temp;
  const auto made = [&](const char* name) {
    EXPECT_TRUE(DataFolder::create(temp / name));
    return temp / name;
  };
  std::filesystem::create_symlink(temp / "loop", temp / "loop");
  std::filesystem::create_directory(temp / "empty");
  std::ofstream(temp / "file") << "x";
  std::filesystem::remove(made("unreadable") / "format");
  std::filesystem::create_directory(temp / "unreadable/format");
  std::filesystem::remove(made("looping") / "format");
  std::filesystem::create_symlink(temp / "loop", temp / "looping/format");
  std::ofstream(made("newer") / "format") << "porchlight data 2\n";
  std::ofstream(made("cut off") / "format") << "porchlight da";
  std::ofstream(made("empty format") / "format");
  const struct {
    std::string name;
    const char* error;
  } rows[] = {
      {"none", "no such folder; create one"},
      {"file", "no such folder; create one"},
      {"file/below", "no such folder; create one"},
      {"empty", "not a data folder; create one"},
      {"empty format", "not a data folder; create one"},
      {"loop", "cannot be examined: Too many levels of symbolic links"},
      {std::string(300, 'x'), "cannot be examined: File name too long"},
      {"unreadable", "format: cannot be read: Is a directory"},
      {"looping", "format: cannot be read: Too many levels of symbolic links"},
      {"newer", "its format \"porchlight data 2\" is unknown"},
      {"cut off", "its format \"porchlight da\" is unknown"},
  };
  for (const auto& row : rows) {
    const auto opened = DataFolder::open(temp / row.name);
    ASSERT_FALSE(opened) << row.name;
    EXPECT_THAT(opened.error(), HasSubstr(row.error)) << row.name;
  }
  EXPECT_THAT(DataFolder::create(temp / "loop").error(), HasSubstr("cannot be examined"));
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

// A command does not know for how long the server keeps entries.
TEST(DataFolder, OnlyAServerDropsEntriesOfTheAuditLog) {
  TempFolder temp;
  const auto folder = DataFolder::create(temp / "data");
  ASSERT_TRUE(folder);
  const SystemClock clock;
  Config config;
  config.audit.age_max = std::chrono::hours(1);
  const auto kept_after = [&](Purpose purpose, std::initializer_list<Duration> ages) {
    const auto node = Node::open(*folder, config, clock, purpose);
    EXPECT_TRUE(node) << node.error();
    for (const Duration age : ages) EXPECT_TRUE((*node)->audit().begin({.at = clock.wall() - age}));
    return (*node)->audit().page({})->entries.size();
  };
  EXPECT_EQ(kept_after(Purpose::kCommand, {std::chrono::hours(2), Duration{}}), 2u);
  EXPECT_EQ(kept_after(Purpose::kServe, {Duration{}}), 2u) << "not the first of the three";
}

TEST(Positions, TextIsShardAndNumber) {
  EXPECT_EQ(parse_position("3:17"), (log::Position{3, 17}));
  for (const char* bad : {"", "3", "3:", ":3", "3:x", "64:1", "-1:1", "3:1 "})
    EXPECT_FALSE(parse_position(bad)) << bad;
}

}  // namespace
}  // namespace porchlight::node
