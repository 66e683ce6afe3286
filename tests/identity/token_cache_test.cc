// Cached tokens: found while they are valid, never longer, and never more than the limit. The time is an
// argument.
#include "identity/token_cache.h"

#include <gtest/gtest.h>

#include <random>
#include <string>
#include <unordered_map>

namespace porchlight::identity {
namespace {

Time at_ms(std::int64_t ms) { return Time(Duration(ms)); }

Caller caller_until(std::int64_t expires_ms, std::string granted = "") {
  Caller caller;
  caller.expires_at = at_ms(expires_ms);
  caller.granted = std::move(granted);
  return caller;
}

TEST(TokenCache, FindsExactlyTheStoredTokens) {
  TokenCache cache;
  EXPECT_EQ(cache.find("ana", at_ms(0), 1), nullptr);
  EXPECT_EQ(cache.remember("ana", caller_until(1000, "Presence.Read"), 1)->granted, "Presence.Read");
  ASSERT_NE(cache.find("ana", at_ms(0), 1), nullptr);
  EXPECT_EQ(cache.find("ana", at_ms(0), 1)->granted, "Presence.Read");
  for (const char* other : {"", "an", "anb", "Ana", "ana "})
    EXPECT_EQ(cache.find(other, at_ms(0), 1), nullptr) << other;
}

// Only the end of a token is hashed, but the whole token is compared.
TEST(TokenCache, DistinguishesTokensWithTheSameEnd) {
  TokenCache cache;
  const std::string end(100, 'e');
  for (char c = 'a'; c < 'e'; ++c) cache.remember(c + end, caller_until(1000, {c}), 1);
  for (char c = 'a'; c < 'e'; ++c) {
    const Caller* known = cache.find(c + end, at_ms(0), 1);
    ASSERT_NE(known, nullptr);
    EXPECT_EQ(known->granted, std::string({c}));
  }
  for (const std::string& other : {end, "x" + end, "a" + end + "e", "ab" + end, "a" + end.substr(1)})
    EXPECT_EQ(cache.find(other, at_ms(0), 1), nullptr) << other;
}

TEST(TokenCache, EntriesExpireWithTheToken) {
  TokenCache cache;
  cache.remember("ana", caller_until(1000), 1);
  EXPECT_NE(cache.find("ana", at_ms(999), 1), nullptr);
  EXPECT_EQ(cache.find("ana", at_ms(1000), 1), nullptr);
  EXPECT_EQ(cache.find("ana", at_ms(999), 1), nullptr);  // not even if the clock goes back
}

TEST(TokenCache, EntriesEndWithTheEpoch) {
  TokenCache cache;
  cache.remember("ana", caller_until(1000), 1);
  EXPECT_EQ(cache.find("ana", at_ms(0), 2), nullptr);
  EXPECT_EQ(cache.find("ana", at_ms(0), 1), nullptr);
  cache.remember("ana", caller_until(1000), 2);
  EXPECT_NE(cache.find("ana", at_ms(0), 2), nullptr);
}

TEST(TokenCache, FindsATokenByItsPlace) {
  TokenCache cache;
  cache.remember("ana", caller_until(1000, "hers"), 1);
  const TokenCache::TokenPlace ana = cache.last_place();
  cache.remember("ben", caller_until(1000, "his"), 1);
  ASSERT_NE(cache.find(ana, at_ms(0), 1), nullptr);
  EXPECT_EQ(cache.find(ana, at_ms(0), 1)->granted, "hers");
  EXPECT_EQ(cache.last_place().serial, ana.serial);
  ASSERT_NE(cache.find("ben", at_ms(0), 1), nullptr);
  EXPECT_EQ(cache.find(cache.last_place(), at_ms(0), 1)->granted, "his");
  EXPECT_EQ(cache.find(TokenCache::TokenPlace{}, at_ms(0), 1), nullptr);
}

TEST(TokenCache, APlaceEndsAsItsTokenDoes) {
  TokenCache cache;
  const auto place_of_new = [&cache] {
    cache.remember("ana", caller_until(1000), 1);
    return cache.last_place();
  };
  const TokenCache::TokenPlace expired = place_of_new();
  EXPECT_NE(cache.find(expired, at_ms(999), 1), nullptr);
  EXPECT_EQ(cache.find(expired, at_ms(1000), 1), nullptr);
  EXPECT_EQ(cache.find(expired, at_ms(999), 1), nullptr);
  const TokenCache::TokenPlace of_epoch = place_of_new();
  EXPECT_EQ(cache.find(of_epoch, at_ms(0), 2), nullptr);
  EXPECT_EQ(cache.find(of_epoch, at_ms(0), 1), nullptr);
  const TokenCache::TokenPlace replaced = place_of_new();
  place_of_new();
  EXPECT_EQ(cache.find(replaced, at_ms(0), 1), nullptr);
}

TEST(TokenCache, APlaceIsNeverThatOfAnotherToken) {
  TokenCache cache(8);
  cache.remember("ana", caller_until(1000, "hers"), 1);
  const TokenCache::TokenPlace ana = cache.last_place();
  for (int i = 0; i < 1'000; ++i) {
    cache.remember(std::to_string(i), caller_until(1000, "other"), 1);
    const Caller* found = cache.find(ana, at_ms(0), 1);
    if (found != nullptr) {
      EXPECT_EQ(found->granted, "hers") << i;
    }
  }
}

TEST(TokenCache, StoringAgainReplaces) {
  TokenCache cache;
  cache.remember("ana", caller_until(1000, "old"), 1);
  cache.remember("ana", caller_until(2000, "new"), 1);
  ASSERT_NE(cache.find("ana", at_ms(1500), 1), nullptr);
  EXPECT_EQ(cache.find("ana", at_ms(1500), 1)->granted, "new");
}

std::size_t count_found(TokenCache& cache, std::size_t stored) {
  std::size_t found = 0;
  for (std::size_t i = 0; i < stored; ++i) found += cache.find(std::to_string(i), at_ms(0), 1) != nullptr;
  return found;
}

TEST(TokenCache, EntriesAreLimited) {
  TokenCache cache(64);
  for (std::size_t i = 0; i < 10'000; ++i) cache.remember(std::to_string(i), caller_until(1000), 1);
  EXPECT_EQ(count_found(cache, 10'000), 64U);
}

TEST(TokenCache, BytesAreLimited) {
  TokenCache cache(4096, 100'000);
  std::string token(1'000, 'x');
  std::size_t found = 0;
  for (int i = 0; i < 1'000; ++i) cache.remember(token + std::to_string(i), caller_until(1000), 1);
  for (int i = 0; i < 1'000; ++i) found += cache.find(token + std::to_string(i), at_ms(0), 1) != nullptr;
  EXPECT_LE(found, 100U);
  EXPECT_GE(found, 90U);
  // Even a token above the limit is valid for the call that stored it.
  EXPECT_NE(cache.remember(std::string(200'000, 'y'), caller_until(1000), 1), nullptr);
}

TEST(TokenCache, KeepsUsedEntries) {
  TokenCache cache(8);
  for (int i = 0; i < 8; ++i) cache.remember(std::to_string(i), caller_until(1000), 1);
  for (int i = 100; i < 1'000; ++i) {
    ASSERT_NE(cache.find("3", at_ms(0), 1), nullptr) << i;
    cache.remember(std::to_string(i), caller_until(1000), 1);
  }
}

TEST(TokenCache, ReplacesOldEpochsFirst) {
  TokenCache cache(8);
  for (int i = 0; i < 8; ++i) cache.remember(std::to_string(i), caller_until(1000), i < 4 ? 1 : 2);
  for (int i = 8; i < 12; ++i) cache.remember(std::to_string(i), caller_until(1000), 2);
  for (int i = 4; i < 12; ++i) EXPECT_NE(cache.find(std::to_string(i), at_ms(0), 2), nullptr) << i;
}

TEST(TokenCache, NeverDiffersFromAPlainMap) {
  struct Known {
    std::int64_t expires;
    std::uint64_t epoch;
    std::string granted;
  };
  std::mt19937 random(6);
  TokenCache cache(32, 2'000);
  std::unordered_map<std::string, Known> model;
  int hits = 0;
  for (int i = 0; i < 100'000; ++i) {
    const std::string token(1 + random() % 60, static_cast<char>('a' + random() % 3));
    const std::int64_t now = i / 100;
    const std::uint64_t epoch = static_cast<std::uint64_t>(i) / 5'000;
    if (random() % 3 == 0) {
      model[token] = {now + static_cast<std::int64_t>(random() % 20), epoch, std::to_string(i)};
      cache.remember(token, caller_until(model[token].expires, model[token].granted), epoch);
    } else if (const Caller* found = cache.find(token, at_ms(now), epoch)) {
      ++hits;
      ASSERT_TRUE(model.contains(token));
      ASSERT_EQ(found->granted, model[token].granted);
      ASSERT_EQ(model[token].epoch, epoch);
      ASSERT_LT(now, model[token].expires);
    }
  }
  EXPECT_GT(hits, 1'000);
}

}  // namespace
}  // namespace porchlight::identity
