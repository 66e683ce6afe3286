// Which folders count as copies.
#include "node/place.h"

#include <gtest/gtest.h>

#include <fstream>

#include "support/temp_folder.h"

namespace porchlight::node {
namespace {

namespace fs = std::filesystem;

DataFolder open(const fs::path& root) { return *DataFolder::open(root); }

// What std::filesystem and `cp -a` do: new files with the same names and content.
void copy_folder(const fs::path& from, const fs::path& to) {
  fs::copy(from, to, fs::copy_options::recursive);
  fs::permissions(to, fs::perms::owner_all);
}

TEST(Place, ACopyIsOneUntilItIsAdopted) {
  const TempFolder temp;
  const fs::path original = temp / "original", copy = temp / "copy";
  ASSERT_TRUE(DataFolder::create(original));
  EXPECT_EQ(is_copy(open(original)), false);
  copy_folder(original, copy);
  EXPECT_EQ(is_copy(open(copy)), true);
  EXPECT_EQ(is_copy(open(copy)), true) << "until it is adopted";
  EXPECT_EQ(is_copy(open(original)), false);
  ASSERT_TRUE(adopt(open(copy)));
  EXPECT_EQ(is_copy(open(copy)), false);
  EXPECT_EQ(is_copy(open(original)), false) << "it does not know";
}

TEST(Place, AMovedFolderIsTheOriginal) {
  const TempFolder temp;
  ASSERT_TRUE(DataFolder::create(temp / "here"));
  fs::rename(temp / "here", temp / "there");
  EXPECT_EQ(is_copy(open(temp / "there")), false);
}

// A backup that is written back over the original changes what differs and leaves the other files.
TEST(Place, ABackupWrittenOverTheOriginalIsTheOriginal) {
  const TempFolder temp;
  const fs::path original = temp / "original", backup = temp / "backup";
  ASSERT_TRUE(DataFolder::create(original));
  copy_folder(original, backup);
  fs::copy_file(backup / "place", original / "place", fs::copy_options::overwrite_existing);
  EXPECT_EQ(is_copy(open(original)), false);
  // Restored into an empty place, it is a copy.
  fs::remove_all(original);
  copy_folder(backup, original);
  EXPECT_EQ(is_copy(open(original)), true);
}

TEST(Place, AFolderOfAnOlderVersionIsTheOriginal) {
  const TempFolder temp;
  ASSERT_TRUE(DataFolder::create(temp / "data"));
  fs::remove(temp / "data" / "place");
  EXPECT_EQ(is_copy(open(temp / "data")), false);
  EXPECT_TRUE(fs::exists(temp / "data" / "place"));
}

TEST(Place, ADamagedFileMeansACopy) {
  const TempFolder temp;
  ASSERT_TRUE(DataFolder::create(temp / "data"));
  for (const std::string text : {"", "inode", "inode 1 created 0.0\n"}) {
    std::ofstream(temp / "data" / "place") << text;
    EXPECT_EQ(is_copy(open(temp / "data")), true) << text;
  }
}

}  // namespace
}  // namespace porchlight::node
