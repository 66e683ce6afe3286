// Key fetching over real HTTPS from a provider that works, is down, is slow or lies. The clock is manual.
#include "issuers/key_fetcher.h"

#include <gtest/gtest.h>
#include <stdlib.h>

#include <fstream>

#include "http/tls.h"
#include "identity/minter.h"
#include "issuers/cached_keys.h"
#include "issuers/https_get.h"
#include "issuers/schedule.h"
#include "support/fake_provider.h"

namespace porchlight::issuers {
namespace {

using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

const Time kNow{seconds(1'900'000'000)};

// The error of a fetch, or "none".
std::string error_at(const std::string& url, const std::filesystem::path& ca) {
  const auto got = https_get(url, ca, {});
  return got ? "none" : got.error();
}

// Records the fetcher's callbacks.
struct RecordedCallbacks {
  std::mutex mutex;
  std::vector<std::string> kids;  // of the first source, as last reported
  std::size_t times = 0;
  std::vector<std::string> warnings;

  KeyFetcher::Callbacks callbacks() {
    return {.keys =
                [this](std::size_t source, std::vector<identity::PublicKey> keys) {
                  const std::lock_guard lock(mutex);
                  if (source != 0) return;
                  kids.clear();
                  for (const identity::PublicKey& key : keys) kids.push_back(key.kid);
                  ++times;
                },
            .info = [](std::string_view) {},
            .warning =
                [this](std::string_view text) {
                  const std::lock_guard lock(mutex);
                  warnings.emplace_back(text);
                }};
  }
  bool await_kids(const std::vector<std::string>& wanted) {
    return await([&] {
      const std::lock_guard lock(mutex);
      return times != 0 && kids == wanted;
    });
  }
  bool await_warnings(std::size_t count) {
    return await([&] {
      const std::lock_guard lock(mutex);
      return warnings.size() >= count;
    });
  }
};

// Made once, because RSA key generation is slow.
const identity::SigningKey& made_once(int number) {
  static const identity::SigningKey keys[] = {identity::SigningKey::generate(),
                                              identity::SigningKey::generate()};
  return keys[number];
}

class KeyFetcherTest : public testing::Test {
 protected:
  KeyFetcherTest() {
    std::string name = std::filesystem::temp_directory_path() / "porch-issuers-XXXXXX";
    folder_ = ::mkdtemp(name.data());
    files_ = *http::ensure_self_signed(folder_ / "tls", {"localhost"});
    provider_ = std::make_unique<FakeProvider>(files_.certificate, files_.key);
    publish(first_);
  }
  ~KeyFetcherTest() override {
    provider_.reset();
    std::error_code ignored;
    std::filesystem::remove_all(folder_, ignored);
  }

  std::string iss() const { return provider_->url(""); }
  void publish(const identity::SigningKey& key) { provider_->answer("/keys", FakeProvider::ok(key.jwks())); }
  KeySource by_keys() const { return {iss(), "", provider_->url("/keys"), files_.ca}; }
  KeySource by_discovery() {
    provider_->answer("/config", FakeProvider::ok(R"({"issuer":")" + iss() + R"(","jwks_uri":")" +
                                                  provider_->url("/keys") + "\"}"));
    return {iss(), provider_->url("/config"), "", files_.ca};
  }
  std::unique_ptr<KeyFetcher> fetch(KeySource source) {
    return std::make_unique<KeyFetcher>(std::vector{std::move(source)}, folder_ / "kept", clock_,
                                        recorded_.callbacks());
  }
  static std::vector<std::string> kids(const identity::SigningKey& key) { return {key.public_key().kid}; }
  // The error for a bad response at /keys.
  std::string fault_of(const std::string& answer) {
    provider_->answer("/keys", answer);
    return error_at(provider_->url("/keys"), files_.ca);
  }

  std::filesystem::path folder_;
  http::SelfSigned files_;
  std::unique_ptr<FakeProvider> provider_;
  ManualClock clock_{kNow};
  RecordedCallbacks recorded_;
  const identity::SigningKey &first_ = made_once(0), &second_ = made_once(1);
};

TEST_F(KeyFetcherTest, KnowsHowTheLastFetchesWent) {
  provider_->set_down(true);
  const auto fetcher = fetch(by_keys());
  ASSERT_TRUE(recorded_.await_warnings(1));
  const KeyFetcher::FetchStatus failing = fetcher->status(0);
  EXPECT_EQ(failing.failed_at, kNow);
  EXPECT_FALSE(failing.fault.empty());
  EXPECT_FALSE(failing.fetched_at);
  provider_->set_down(false);
  clock_.advance(seconds(10));
  fetcher->clock_advanced();
  ASSERT_TRUE(await([&] { return fetcher->status(0).fetched_at == kNow + seconds(10); }));
  EXPECT_EQ(fetcher->status(0).failed_at, kNow) << "the last one, whatever came afterwards";
}

TEST_F(KeyFetcherTest, FetchesKeysByEitherUrl) {
  for (const KeySource& source : {by_keys(), by_discovery()}) {
    recorded_.times = 0;
    const auto fetcher = fetch(source);
    EXPECT_TRUE(recorded_.await_kids(kids(first_)));
    std::filesystem::remove_all(folder_ / "kept");
  }
  EXPECT_EQ(provider_->asked("/config"), 1U);
}

TEST_F(KeyFetcherTest, SeesARotationWithinAnHour) {
  const auto fetcher = fetch(by_keys());
  ASSERT_TRUE(recorded_.await_kids(kids(first_)));
  publish(second_);
  clock_.advance(kRefreshEvery);
  fetcher->clock_advanced();
  EXPECT_TRUE(recorded_.await_kids(kids(second_)));
}

TEST_F(KeyFetcherTest, FetchesOnceInFiveMinutesForUnknownKeys) {
  const auto fetcher = fetch(by_keys());
  ASSERT_TRUE(recorded_.await_kids(kids(first_)));
  publish(second_);
  for (int i = 0; i < 1000; ++i) fetcher->unknown_key(0);
  ASSERT_TRUE(recorded_.await_kids(kids(second_)));
  publish(first_);
  clock_.advance(kUnknownKeyGap - std::chrono::milliseconds(1));
  for (int i = 0; i < 1000; ++i) fetcher->unknown_key(0);
  EXPECT_LE(provider_->asked("/keys"), 3U) << "the first, and what unknown keys caused";
  clock_.advance(std::chrono::milliseconds(1));
  fetcher->unknown_key(0);
  EXPECT_TRUE(recorded_.await_kids(kids(first_)));
}

TEST_F(KeyFetcherTest, UsesTheLastGoodKeysForADay) {
  const auto fetcher = fetch(by_keys());
  ASSERT_TRUE(recorded_.await_kids(kids(first_)));
  ASSERT_TRUE(await([&] {
    return std::filesystem::exists(cached_keys_file(folder_ / "kept", iss(), by_keys().jwks_url));
  }));
  provider_->set_down(true);
  clock_.advance(kRefreshEvery);
  fetcher->clock_advanced();
  ASSERT_TRUE(recorded_.await_warnings(1));
  EXPECT_EQ(recorded_.kids, kids(first_));
  clock_.advance(kKeysMaxAge - kRefreshEvery);
  fetcher->clock_advanced();
  EXPECT_TRUE(recorded_.await_kids({}));
  ASSERT_TRUE(recorded_.await_warnings(2));
  EXPECT_NE(recorded_.warnings.back().find("its tokens are refused"), std::string::npos);
  provider_->set_down(false);
  clock_.advance(kRetryLongest);
  fetcher->clock_advanced();
  EXPECT_TRUE(recorded_.await_kids(kids(first_)));
}

TEST_F(KeyFetcherTest, UsesCachedKeysAfterARestartUntilTheyExpire) {
  const KeySource source = by_keys();
  {
    const auto fetcher = fetch(source);
    ASSERT_TRUE(recorded_.await_kids(kids(first_)));
    ASSERT_TRUE(await([&] {
      return load_cached_keys(cached_keys_file(folder_ / "kept", source.iss, source.jwks_url)).has_value();
    }));
  }
  provider_->set_down(true);
  const auto told_at_once = [&](Duration later) {
    ManualClock clock(kNow + later);
    RecordedCallbacks recorded;
    const KeyFetcher fetcher({source}, folder_ / "kept", clock, recorded.callbacks());
    return recorded.times != 0;
  };
  EXPECT_TRUE(told_at_once({}));
  EXPECT_TRUE(told_at_once(kKeysMaxAge - std::chrono::milliseconds(1)));
  EXPECT_FALSE(told_at_once(kKeysMaxAge));
  EXPECT_FALSE(told_at_once(-seconds(1))) << "from the future";
}

TEST_F(KeyFetcherTest, AHangingProviderDoesNotDelayOthers) {
  provider_->set_pace(FakeProvider::Pace::kNever);
  FakeProvider well(files_.certificate, files_.key);
  well.answer("/keys", FakeProvider::ok(second_.jwks()));
  const auto begun = std::chrono::steady_clock::now();
  {
    const KeyFetcher fetcher({{"https://well", "", well.url("/keys"), files_.ca}, by_keys()},
                             folder_ / "kept", clock_, recorded_.callbacks());
    EXPECT_TRUE(recorded_.await_kids(kids(second_)));
    EXPECT_TRUE(provider_->await_asked("/keys", 1));
  }
  EXPECT_LT(std::chrono::steady_clock::now() - begun, kFetchTimeout) << "a stop does not wait for it";
}

TEST_F(KeyFetcherTest, RefusesBadKeys) {
  const auto fetcher = fetch(by_keys());
  ASSERT_TRUE(recorded_.await_kids(kids(first_)));
  std::size_t asked = provider_->asked("/keys");
  for (const std::string& body : {std::string("{}"), std::string(R"({"keys":[]})"), std::string("<html>"),
                                  std::string(R"({"keys":[{"kty":"oct","kid":"x","k":"AA"}]})")}) {
    provider_->answer("/keys", FakeProvider::ok(body));
    clock_.advance(kRefreshEvery);
    fetcher->clock_advanced();
    ASSERT_TRUE(provider_->await_asked("/keys", ++asked));
  }
  publish(first_);
  EXPECT_EQ(recorded_.times, 1U);
  EXPECT_EQ(recorded_.kids, kids(first_));
}

TEST_F(KeyFetcherTest, RefusesBadResponses) {
  EXPECT_EQ(fault_of(FakeProvider::ok("{}")), "none");
  EXPECT_EQ(fault_of(FakeProvider::ok(std::string(kResponseBytesMax, ' '))), "none");
  EXPECT_EQ(fault_of(FakeProvider::ok(std::string(kResponseBytesMax + 1, ' '))), "the answer is too long");
  EXPECT_EQ(fault_of("HTTP/1.1 200 OK\r\n\r\n" + std::string(kResponseBytesMax + 1, ' ')),
            "the answer is too long")
      << "a length that is not told";
  std::string fields = "HTTP/1.1 200 OK\r\n";
  while (fields.size() <= kResponseHeadBytesMax) fields += "X: " + std::string(1000, 'x') + "\r\n";
  EXPECT_EQ(fault_of(fields + "Content-Length: 0\r\n\r\n"), "the answer is too long");
  EXPECT_EQ(fault_of("HTTP/1.1 500 Oops\r\nContent-Length: 2\r\n\r\n{}"), "the answer is 500, not 200");
  EXPECT_NE(fault_of("HTTP/1.1 200 OK\r\nContent-Length: 20\r\n\r\n{}"), "none") << "breaks off";
  EXPECT_NE(fault_of("hello\r\n"), "none");
}

TEST_F(KeyFetcherTest, FollowsNoRedirects) {
  provider_->answer("/there", FakeProvider::ok("{}"));
  EXPECT_EQ(fault_of(FakeProvider::redirect(provider_->url("/there"))), "the answer is 302, not 200");
  EXPECT_EQ(provider_->asked("/there"), 0U);
}

TEST_F(KeyFetcherTest, ChecksCertificates) {
  const auto other = *http::ensure_self_signed(folder_ / "other", {"localhost"});
  EXPECT_FALSE(https_get(provider_->url("/keys"), other.ca, {})) << "another CA's";
  EXPECT_FALSE(https_get(provider_->url("/keys"), {}, {})) << "nobody's";
  std::string by_address = provider_->url("/keys");
  by_address.replace(by_address.find("localhost"), 9, "127.0.0.1");
  EXPECT_FALSE(https_get(by_address, files_.ca, {})) << "another name's";
  EXPECT_TRUE(https_get(provider_->url("/keys"), files_.ca, {}));
}

TEST_F(KeyFetcherTest, IgnoresTheProxyOfTheEnvironment) {
  for (const char* name : {"https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"})
    ::setenv(name, "http://127.0.0.1:1", 1);
  EXPECT_TRUE(https_get(provider_->url("/keys"), files_.ca, {}));
  for (const char* name : {"https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"}) ::unsetenv(name);
}

TEST_F(KeyFetcherTest, RefusesOtherProtocols) {
  std::ofstream(folder_ / "file") << "{}";
  EXPECT_FALSE(https_get("file://" + (folder_ / "file").string(), files_.ca, {}));
  EXPECT_FALSE(https_get("http" + provider_->url("/keys").substr(5), files_.ca, {}));
}

// The time-out covers the whole response: neither a byte now and then nor silence extends it.
TEST_F(KeyFetcherTest, SlowResponsesTimeOutAfterFiveSeconds) {
  FakeProvider dripping(files_.certificate, files_.key);
  dripping.answer("/keys", FakeProvider::ok(first_.jwks()));
  dripping.set_pace(FakeProvider::Pace::kDripping);
  provider_->set_pace(FakeProvider::Pace::kNever);
  const auto begun = std::chrono::steady_clock::now();
  std::thread other_thread(
      [&] { EXPECT_EQ(error_at(dripping.url("/keys"), files_.ca), "no answer in time"); });
  EXPECT_EQ(error_at(provider_->url("/keys"), files_.ca), "no answer in time");
  other_thread.join();
  const auto took = std::chrono::steady_clock::now() - begun;
  EXPECT_GE(took, kFetchTimeout - seconds(1));
  EXPECT_LT(took, kFetchTimeout + seconds(3));
}

TEST(CachedKeys, AreTheSameAfterAReload) {
  const CachedKeys kept{kNow, {identity::SigningKey::generate().public_key()}};
  const std::string text = print_cached_keys(kept);
  const auto read = parse_cached_keys(text);
  ASSERT_TRUE(read);
  EXPECT_EQ(read->fetched_at, kNow);
  ASSERT_EQ(read->keys.size(), 1U);
  EXPECT_EQ(read->keys[0].kid, kept.keys[0].kid);
  for (std::size_t size = 0; size < text.size(); ++size)
    EXPECT_FALSE(parse_cached_keys(std::string_view(text).substr(0, size))) << size;
  EXPECT_FALSE(parse_cached_keys("yesterday\n{\"keys\":[]}"));
}

}  // namespace
}  // namespace porchlight::issuers
