// Conversions of a data folder to the next format, and back: through a next format of the smallest store, the
// revocations, whose rows have the moment as text there.
#include "node/upgrade.h"

#include <gmock/gmock.h>

#include <fstream>

#include "base/bytes.h"
#include "log/embedded_log.h"
#include "node/place.h"
#include "node/revocation_store.h"
#include "storage/rocks_kv_store.h"
#include "support/temp_folder.h"

namespace porchlight::node {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;

const Guid kUpgradeTenant = guid_from_name("tenant"), kUpgradeUser = guid_from_name("user");
constexpr std::size_t kRowMemory = 256 * 1024;

std::unique_ptr<storage::KvStore> open_rows(const fs::path& folder, std::string_view format) {
  auto opened = storage::RocksKvStore::open({folder, format, kRowMemory});
  EXPECT_TRUE(opened) << opened.error();
  return opened ? *std::move(opened) : nullptr;
}

// "revocations 1" to "revocations 2".
std::expected<void, std::string> moments_as_text(const DataFolder& folder) {
  const fs::path next = folder.root() / "revocations.next";
  fs::remove_all(next);
  {
    const auto from = open_rows(folder.revocations(), "revocations 1"), to = open_rows(next, "revocations 2");
    storage::KvBatch rows;
    const auto read = from->for_each("revoked/", [&](std::string_view key, std::string_view value) {
      rows.push_back({std::string(key), std::to_string(ByteReader(value).fixed<std::int64_t>())});
      return true;
    });
    if (!read || !to->write(rows)) return std::unexpected("the revocations cannot be converted");
  }
  fs::remove_all(folder.revocations());
  fs::rename(next, folder.revocations());
  return {};
}

constexpr Upgrade kNextRelease{{.oldest = 1, .current = 2}, moments_as_text};

class UpgradeTest : public testing::Test {
 protected:
  void SetUp() override {
    ASSERT_TRUE(DataFolder::create(data_));
    ASSERT_EQ(revoke(Time(Duration(1'234))), "");
  }
  // Revokes as this release does. Returns the error.
  std::string revoke(Time at) {
    RevocationStore store(data_ / "revocations");
    if (const auto loaded = store.load(); !loaded) return loaded.error();
    const auto added = store.add(kUpgradeTenant, kUpgradeUser, at);
    return added ? "" : added.error();
  }
  std::string rows(std::string_view format) {
    std::string text;
    const auto store = open_rows(data_ / "revocations", format);
    EXPECT_TRUE(store->for_each("revoked/", [&](std::string_view, std::string_view value) {
      text += value;
      return true;
    }));
    return text;
  }
  std::string format() {
    std::ifstream in(data_ / "format");
    std::string line;
    std::getline(in, line);
    return line;
  }
  void expect_as_before() {
    EXPECT_EQ(format(), "porchlight data 1");
    EXPECT_EQ(rows("revocations 1").size(), 8U);
    EXPECT_FALSE(fs::exists(data_ / "before_upgrade"));
    const auto folder = DataFolder::open(data_);
    ASSERT_TRUE(folder) << folder.error();
    EXPECT_EQ(is_copy(*folder), false);
  }

  const TempFolder temp_;
  const fs::path data_ = temp_ / "data";
};

TEST_F(UpgradeTest, TheFormatBeforeIsRefusedUntilItIsConverted) {
  const auto refused = DataFolder::open(data_, kNextRelease.formats);
  ASSERT_FALSE(refused);
  EXPECT_THAT(refused.error(),
              HasSubstr("is of an older format, \"porchlight data 1\"; make a backup, then run: "
                        "porchlight upgrade --data "));
  ASSERT_TRUE(upgrade(data_, kNextRelease));
  const auto folder = DataFolder::open(data_, kNextRelease.formats);
  ASSERT_TRUE(folder) << folder.error();
  EXPECT_EQ(format(), "porchlight data 2");
  EXPECT_EQ(rows("revocations 2"), "1234");
  EXPECT_EQ(is_copy(*folder), false) << "it is still the original";
  EXPECT_THAT(DataFolder::open(data_).error(), HasSubstr("\"porchlight data 2\" is unknown"))
      << "to this release";
  EXPECT_THAT(upgrade(data_, kNextRelease).error(), HasSubstr("is of the present format already"));
}

TEST_F(UpgradeTest, ThePresentFormatIsNotConverted) {
  EXPECT_THAT(upgrade(data_, this_release()).error(), HasSubstr("is of the present format already"));
  EXPECT_THAT(undo_upgrade(data_, this_release()).error(), HasSubstr("no upgrade to undo"));
  expect_as_before();
}

TEST_F(UpgradeTest, IsUndone) {
  ASSERT_TRUE(upgrade(data_, kNextRelease));
  const auto undone = undo_upgrade(data_, kNextRelease);
  ASSERT_TRUE(undone) << undone.error();
  expect_as_before();
  EXPECT_THAT(undo_upgrade(data_, kNextRelease).error(), HasSubstr("no upgrade to undo"));
  ASSERT_TRUE(upgrade(data_, kNextRelease)) << "once more";
  EXPECT_EQ(rows("revocations 2"), "1234");
}

TEST_F(UpgradeTest, ACopyStaysOne) {
  std::ofstream(data_ / "place") << "a backup\n";
  ASSERT_TRUE(upgrade(data_, kNextRelease));
  EXPECT_EQ(is_copy(*DataFolder::open(data_, kNextRelease.formats)), true);
  ASSERT_TRUE(undo_upgrade(data_, kNextRelease));
  EXPECT_EQ(is_copy(*DataFolder::open(data_)), true);
}

TEST_F(UpgradeTest, IsNotUndoneAfterAWrite) {
  ASSERT_TRUE(upgrade(data_, kNextRelease));
  ASSERT_TRUE(open_rows(data_ / "revocations", "revocations 2")->put("revoked/x", "1"));
  const auto undone = undo_upgrade(data_, kNextRelease);
  ASSERT_FALSE(undone);
  EXPECT_THAT(undone.error(), HasSubstr("was written to after the upgrade"));
  EXPECT_EQ(rows("revocations 2"), "11234") << "nothing is lost";
  EXPECT_TRUE(fs::exists(data_ / "before_upgrade"));
}

TEST_F(UpgradeTest, AStartAloneIsNoWrite) {
  ASSERT_TRUE(upgrade(data_, kNextRelease));
  EXPECT_EQ(rows("revocations 2"), "1234");  // opens it for writing
  EXPECT_TRUE(log::EmbeddedEngine::open({.dir = (data_ / "log").string()}));
  EXPECT_TRUE(undo_upgrade(data_, kNextRelease));
  expect_as_before();
}

TEST_F(UpgradeTest, AFailureLeavesTheFolderAsItWas) {
  constexpr Upgrade kFailing{kNextRelease.formats, [](const DataFolder& folder) {
                               EXPECT_TRUE(moments_as_text(folder));
                               return std::expected<void, std::string>(std::unexpected("no space"));
                             }};
  EXPECT_EQ(upgrade(data_, kFailing).error(), "no space");
  expect_as_before();
}

// As a power cut leaves it: the image is there, the store is converted or half so, and the format is the one before.
TEST_F(UpgradeTest, AnInterruptedOneIsBegunAgainOrUndone) {
  for (const bool is_undone : {false, true}) {
    ASSERT_TRUE(upgrade(data_, kNextRelease));
    std::ofstream(data_ / "format") << "porchlight data 1\n";
    fs::resize_file(data_ / "revocations/CURRENT", 3);
    const auto done = is_undone ? undo_upgrade(data_, kNextRelease) : upgrade(data_, kNextRelease);
    ASSERT_TRUE(done) << done.error();
    if (is_undone) return expect_as_before();
    EXPECT_EQ(rows("revocations 2"), "1234");
    ASSERT_TRUE(undo_upgrade(data_, kNextRelease));
    expect_as_before();
  }
}

TEST_F(UpgradeTest, AFolderInUseIsRefused) {
  const auto engine = log::EmbeddedEngine::open({.dir = (data_ / "log").string()});
  EXPECT_THAT(upgrade(data_, kNextRelease).error(), HasSubstr("in use by another process"));
}

}  // namespace
}  // namespace porchlight::node
