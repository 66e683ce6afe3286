// The key-value store on disk and its double in memory behave the same; the one on disk survives restarts and crashes.
#include <gtest/gtest.h>

#include "storage/rocks_kv_store.h"
#include "support/memory_kv_store.h"
#include "support/temp_folder.h"

namespace porchlight::storage {
namespace {

class KvStoreTest : public testing::Test {
 protected:
  std::unique_ptr<RocksKvStore> open(const char* name = "store", std::string_view format = "rows 1") {
    return RocksKvStore::open({folder / name, format, 1 << 20}).value();
  }
  // Every row whose key begins with `prefix`, as text.
  static std::string rows(const KvStore& store, std::string_view prefix) {
    std::string text;
    EXPECT_TRUE(store.for_each(prefix, [&](std::string_view key, std::string_view value) {
      text.append(key).append("=").append(value).append(" ");
      return true;
    }));
    return text;
  }
  TempFolder folder;
};

// Each test runs on both stores.
class BothKvStores : public KvStoreTest, public testing::WithParamInterface<bool> {
 protected:
  BothKvStores() {
    if (GetParam())
      store = open();
    else
      store = std::make_unique<MemoryKvStore>();
  }
  std::unique_ptr<KvStore> store;
};
INSTANTIATE_TEST_SUITE_P(All, BothKvStores, testing::Bool(),
                         [](const auto& on_disk) { return on_disk.param ? "Rocks" : "Memory"; });

TEST_P(BothKvStores, PutGetAndRemove) {
  EXPECT_EQ(store->get("a").value(), std::nullopt);
  for (const char* key : {"b/2", "b/1", "b", "c", "a"}) ASSERT_TRUE(store->put(key, key));
  ASSERT_TRUE(store->put("b/1", std::string("x\0y", 3)));
  ASSERT_TRUE(store->remove("b/2"));
  ASSERT_TRUE(store->remove("never put"));
  EXPECT_EQ(store->get("b/1").value(), std::string("x\0y", 3));
  EXPECT_EQ(store->get("b/2").value(), std::nullopt);
}

TEST_P(BothKvStores, WriteAppliesMutationsInOrder) {
  ASSERT_TRUE(store->write({{"b/1", "1"}, {"b/2", "2"}, {"c", "3"}}));
  ASSERT_TRUE(store->write({{"b/2", std::nullopt}, {"b/3", "3"}, {"b/3", "4"}, {"never put", std::nullopt}},
                           SyncMode::kNo));
  EXPECT_EQ(rows(*store, "b/"), "b/1=1 b/3=4 ");
}

TEST_P(BothKvStores, ForEachVisitsAPrefixInOrder) {
  ASSERT_TRUE(store->write({{"b/1", "1"}, {"b", "0"}, {"c", "3"}, {"a", "4"}}));
  EXPECT_EQ(rows(*store, "b"), "b=0 b/1=1 ");
  EXPECT_EQ(rows(*store, "b/2"), "");
  EXPECT_EQ(rows(*store, "c"), "c=3 ");
}

TEST_P(BothKvStores, ForEachStopsOnRequest) {
  ASSERT_TRUE(store->write({{"b/1", "1"}, {"b/2", "2"}}));
  int visited = 0;
  ASSERT_TRUE(store->for_each("b/", [&](std::string_view, std::string_view) { return ++visited < 1; }));
  EXPECT_EQ(visited, 1);
}

TEST_P(BothKvStores, AVisitorOfForEachMayWrite) {
  ASSERT_TRUE(store->write({{"b/1", "1"}, {"b/2", "2"}}));
  int visited = 0;
  ASSERT_TRUE(store->for_each("b/", [&](std::string_view, std::string_view) {
    ++visited;
    return store->put("b/3", "3").has_value() && store->remove("b/2").has_value();
  }));
  EXPECT_EQ(visited, 2) << "the rows of the moment of the call";
  EXPECT_EQ(rows(*store, "b/"), "b/1=1 b/3=3 ");
}

TEST_P(BothKvStores, NextReturnsTheRowAfterAKey) {
  using Row = std::optional<KvRow>;
  ASSERT_TRUE(store->write({{"a", "0"}, {"b", "1"}, {"b/1", "2"}, {"c", "3"}}));
  EXPECT_EQ(store->next("b", "").value(), Row({"b", "1"}));
  EXPECT_EQ(store->next("b", "b").value(), Row({"b/1", "2"}));
  EXPECT_EQ(store->next("b", "b/0").value(), Row({"b/1", "2"}));
  EXPECT_EQ(store->next("b", "b/1").value(), Row());
  EXPECT_EQ(store->next("b", "a").value(), Row({"b", "1"}));
  EXPECT_EQ(store->next("b", "c").value(), Row());
}

using RocksKvStoreTest = KvStoreTest;

TEST_F(RocksKvStoreTest, RowsSurviveARestart) {
  ASSERT_TRUE(open()->put("a", "1"));
  EXPECT_EQ(open()->get("a").value(), "1");
}

// A crash is simulated by a copy of the files while the store is open.
TEST_F(RocksKvStoreTest, RowsSurviveACrash) {
  const auto store = open();
  for (int i = 0; i < 100; ++i) ASSERT_TRUE(store->put("key" + std::to_string(i), std::to_string(i)));
  ASSERT_TRUE(store->remove("key7"));
  std::filesystem::copy(folder / "store", folder / "copy", std::filesystem::copy_options::recursive);
  const auto again = open("copy");
  for (int i = 0; i < 100; ++i)
    EXPECT_EQ(again->get("key" + std::to_string(i)).value(),
              i == 7 ? std::nullopt : std::optional(std::to_string(i)));
}

TEST_F(RocksKvStoreTest, AFolderCanBeOpenOnce) {
  const auto store = open();
  EXPECT_FALSE(RocksKvStore::open({folder / "store", "rows 1", 1 << 20}).has_value());
  EXPECT_FALSE(RocksKvStore::open({folder / "no" / "such", "rows 1", 1 << 20}).has_value());
}

TEST_F(RocksKvStoreTest, AnotherFormatIsRefused) {
  open();
  const auto opened = RocksKvStore::open({folder / "store", "rows 2", 1 << 20});
  ASSERT_FALSE(opened.has_value());
  EXPECT_NE(opened.error().find("format"), std::string::npos);
}

}  // namespace
}  // namespace porchlight::storage
