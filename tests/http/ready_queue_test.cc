#include "http/ready_queue.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <deque>
#include <map>
#include <random>
#include <vector>

namespace porchlight::http {
namespace {

// A tenant whose id ends in `n`.
Guid tenant(unsigned n) {
  Guid id{};
  id.bytes.back() = static_cast<std::uint8_t>(n);
  return id;
}

// How many others are served before the entry.
std::size_t waits_for(ReadyQueue& queue, const ReadyEntry& awaited) {
  std::size_t others = 0;
  while (queue.pop() != &awaited) ++others;
  return others;
}

TEST(ReadyQueue, ATenantWaitsForOneEntryOfAnother) {
  ReadyQueue queue;
  std::vector<ReadyEntry> flood(500);
  for (ReadyEntry& entry : flood) queue.push(entry, tenant(1));
  ReadyEntry own;
  queue.push(own, tenant(2));
  EXPECT_LE(waits_for(queue, own), 1u);
}

TEST(ReadyQueue, ATenantWithManyWaitsForOneOfEachOther) {
  ReadyQueue queue;
  std::vector<ReadyEntry> flood(500), others(20);
  for (ReadyEntry& entry : flood) queue.push(entry, tenant(1));
  for (unsigned n = 0; n < others.size(); ++n) queue.push(others[n], tenant(2 + n));
  EXPECT_EQ(waits_for(queue, flood[0]), 0u);
  EXPECT_LE(waits_for(queue, flood[1]), others.size());
}

TEST(ReadyQueue, AnEntryKeepsItsPlace) {
  ReadyQueue queue;
  ReadyEntry first, second;
  queue.push(first, tenant(1));
  queue.push(second, tenant(1));
  queue.push(first, tenant(1));
  EXPECT_EQ(queue.pop(), &first);
  EXPECT_EQ(queue.pop(), &second);
  EXPECT_EQ(queue.pop(), nullptr);
}

// Against a model: the entries of a tenant come in order, each once, and none is lost.
TEST(ReadyQueue, KeepsTheOrderOfATenantThroughRandomHistories) {
  std::mt19937 random(7);
  for (int round = 0; round < 50; ++round) {
    ReadyQueue queue;
    std::vector<ReadyEntry> entries(64);
    std::map<unsigned, std::deque<ReadyEntry*>> model;
    for (int step = 0; step < 2000; ++step) {
      const unsigned index = random() % entries.size(), owner = index % 5;
      ReadyEntry& entry = entries[index];
      auto& own = model[owner];
      switch (random() % 3) {
        case 0:
          if (!entry.is_ready()) own.push_back(&entry);
          queue.push(entry, tenant(owner));
          break;
        case 1:
          std::erase(own, &entry);
          queue.remove(entry);
          break;
        default:
          ReadyEntry* const served = queue.pop();
          ASSERT_EQ(served == nullptr,
                    std::ranges::all_of(model, [](const auto& tenant) { return tenant.second.empty(); }));
          if (served == nullptr) break;
          auto& queued = model[static_cast<unsigned>(served - entries.data()) % 5];
          ASSERT_EQ(served, queued.front());
          queued.pop_front();
      }
      ASSERT_EQ(queue.empty(),
                std::ranges::all_of(model, [](const auto& tenant) { return tenant.second.empty(); }));
    }
  }
}

}  // namespace
}  // namespace porchlight::http
