// What waits at the authority: a flood of sign-ins holds the hashing threads, and everything else is answered.
#include "server/authority_handler.h"

#include <gmock/gmock.h>

#include <algorithm>
#include <atomic>
#include <functional>
#include <future>
#include <latch>
#include <thread>

#include "authority/client_secret.h"
#include "base/mutex.h"
#include "base/text.h"
#include "counted_handler.h"
#include "http/listen.h"
#include "http/loop.h"
#include "small_client.h"
#include "support/memory_kv_store.h"

namespace porchlight::server {
namespace {

using testing::EndsWith;
using testing::HasSubstr;
using testing::StartsWith;

const Guid kContoso = parse_guid("11111111-1111-4111-8111-111111111111").value();
const Guid kFabrikam = parse_guid("22222222-2222-4222-8222-222222222222").value();
const Guid kSync = parse_guid("44444444-4444-4444-8444-444444444441").value();
const Guid kPhone = parse_guid("44444444-4444-4444-8444-444444444442").value();
constexpr const char* kFlooder = "198.51.100.1";
constexpr const char* kOther = "198.51.100.2";

// Two tenants with the same applications. The lookup of a name, which precedes each password hash, waits for release().
class HeldDirectory final : public authority::Directory {
 public:
  std::vector<Guid> tenant_ids() const override { return {kContoso, kFabrikam}; }
  std::optional<directory::Tenant> find_tenant(const Guid& tenant) const override {
    if (tenant == kContoso) return directory::Tenant{kContoso, "Contoso"};
    return tenant == kFabrikam ? std::optional(directory::Tenant{kFabrikam, "Fabrikam"}) : std::nullopt;
  }
  std::optional<Guid> find_tenant_named(std::string_view name) const override {
    if (equals_ignore_case(name, "Contoso")) return kContoso;
    return equals_ignore_case(name, "Fabrikam") ? std::optional(kFabrikam) : std::nullopt;
  }
  std::optional<directory::App> find_app(const Guid&, const Guid& app) const override {
    return directory::App{app, "App", false, {"Presence.Read"}, {"Presence.Read.All"}};
  }
  std::optional<directory::User> find_user(const Guid&, const Guid&) const override { return std::nullopt; }
  std::optional<directory::User> find_upn(const Guid& tenant, std::string_view upn) const override {
    {
      const MutexLock lock(mutex_);
      const std::string name = to_string(tenant).substr(0, 1) + std::string(upn);
      if (std::ranges::find(names_, name) == names_.end()) names_.push_back(name);
    }
    ++asked_;
    asked_.notify_all();
    released_.wait();
    return std::nullopt;
  }

  std::optional<Time> revoked_at(const Guid&, const Guid&) const override { return std::nullopt; }
  bool is_administrator(const Guid&, const Guid&) const override { return false; }

  void release() {
    if (!released_.try_wait()) released_.count_down();
  }
  void await_asked(int count) const {
    for (int now = asked_; now < count; now = asked_) asked_.wait(now);
  }
  // In the order of their first lookups.
  std::vector<std::string> names() const {
    const MutexLock lock(mutex_);
    return names_;
  }

 private:
  mutable std::latch released_{1};
  mutable std::atomic<int> asked_ = 0;
  mutable Mutex mutex_;
  mutable std::vector<std::string> names_ ABSL_GUARDED_BY(mutex_);
};

// The steady time does not move, so no budget is given back.
class StoppedClock final : public Clock {
 public:
  Time wall() const override { return now_.wall(); }
  SteadyTime steady() const override { return SteadyTime(std::chrono::hours(1)); }

 private:
  const SystemClock now_;
};

// A loop with the authority.
class AuthorityHandlerTest : public testing::Test {
 protected:
  AuthorityHandlerTest() : listener_(http::listen_tcp("127.0.0.1:0").value()) {
    const auto secret = authority::make_client_secret(SystemClock().wall() + std::chrono::hours(1));
    secret_ = secret.text;
    authority::Registration sync, phone;
    sync.secrets = {secret.stored};
    phone.is_public = true;
    for (const Guid& tenant : {kContoso, kFabrikam}) {
      (void)stores_.credentials.put(tenant, kSync, sync);
      (void)stores_.credentials.put(tenant, kPhone, phone);
    }
    http::Limits limits;
    limits.unauthenticated_per_address = 10'000;
    loop_.emplace(counted_, clock_, limits, http::make_connection_limiter(limits), nullptr,
                  std::vector<http::Listener>{{listener_, http::ListenerKind::kPlain}},
                  std::vector{IpRange::parse("127.0.0.0/8").value()});
  }
  void SetUp() override {
    thread_ = std::thread([this] { loop_->run(); });
  }
  void TearDown() override {
    directory_.release();
    flood_.clear();  // waits for them
    loop_->drain({});
    thread_.join();
    handler_.reset();
    loop_.reset();
    ::close(listener_);
  }

  // A sign-in with a wrong password, on a connection of its own; the answer comes later.
  std::future<std::string> sign_in(const std::string& tenant, const std::string& name,
                                   const std::string& client) {
    return counted_.await_one([&] {
      return std::async(std::launch::async, [this, tenant, name, client] {
        return post(tenant,
                    "grant_type=password&scope=Presence.Read&password=wrong&username=" + name +
                        "&client_id=" + to_string(kPhone),
                    client);
      });
    });
  }
  // Holds the hashing threads, and lets `waiting` more sign-ins wait for them. With one name, most find it locked in
  // the end, and need no hash.
  void flood(
      std::size_t waiting,
      const std::function<std::string(std::size_t)>& name = [](std::size_t) { return "a"; }) {
    for (std::size_t i = 0; i < hashing_threads(); ++i)
      flood_.push_back(sign_in("contoso", "held", kFlooder));
    directory_.await_asked(static_cast<int>(hashing_threads()));
    for (std::size_t i = 0; i < waiting; ++i) flood_.push_back(sign_in("contoso", name(i), kFlooder));
  }
  std::string post(const std::string& tenant, const std::string& form, const std::string& client) {
    return post_form(url(), "/" + tenant + "/oauth2/v2.0/token", form, "X-Forwarded-For: " + client + "\r\n");
  }
  std::string by_secret(const std::string& tenant, const std::string& client) {
    return post(tenant,
                "grant_type=client_credentials&scope=.default&client_id=" + to_string(kSync) +
                    "&client_secret=" + secret_,
                client);
  }
  std::string url() const { return "http://127.0.0.1:" + std::to_string(http::port_of(listener_)); }
  static std::size_t hashing_threads() { return std::max(2U, std::thread::hardware_concurrency()) - 1; }

  HeldDirectory directory_;
  std::vector<std::future<std::string>> flood_;

 private:
  const StoppedClock clock_;
  const int listener_;
  storage::MemoryKvStore store_;
  authority::AuthorityStores stores_{store_};
  authority::Authority authority_{{.public_base = "https://login.porch.example",
                                   .graph_issuer = "https://porchlight.local/{tenantid}/v2.0",
                                   .password_grant = true,
                                   .hosts = {"localhost"}},
                                  directory_,
                                  stores_,
                                  authority::KeyRing({{identity::SigningKey::generate(), Time{}}}),
                                  std::string(32, 'k')};
  std::string secret_;
  std::optional<AuthorityHandler> handler_{std::in_place, authority_, clock_};
  CountedHandler counted_{
      [this](const http::Request& request, http::Response& response, http::Exchange exchange) {
        return handler_->handle(request, response, std::move(exchange));
      }};
  std::optional<http::Loop> loop_;
  std::thread thread_;
};

TEST_F(AuthorityHandlerTest, OnlySignInsWaitForAFloodOfThem) {
  flood(kWaitingForAuthorityMax);
  EXPECT_THAT(by_secret("contoso", kOther), HasSubstr("\"access_token\""));
  EXPECT_THAT(by_secret("contoso", kFlooder), HasSubstr("\"access_token\""));
  for (const char* target : {"/contoso/discovery/v2.0/keys", "/fabrikam/discovery/keys",
                             "/common/v2.0/.well-known/openid-configuration", "/common/discovery/instance"})
    EXPECT_THAT(ask(url(), "GET", target), StartsWith("HTTP/1.1 200 ")) << target;
}

TEST_F(AuthorityHandlerTest, SignInsOfOthersTakeTheirTurn) {
  flood(8 + 2 * hashing_threads(), [](std::size_t i) { return std::to_string(i); });
  auto of_other_tenant = sign_in("fabrikam", "ben", kFlooder);
  auto of_other_address = sign_in("contoso", "ana", kOther);
  directory_.release();
  EXPECT_THAT(of_other_tenant.get(), HasSubstr("AADSTS50126"));
  EXPECT_THAT(of_other_address.get(), HasSubstr("AADSTS50126"));
  for (auto& answer : flood_) answer.wait();
  // A sign-in waits for those that run ("held"), for one of each other tenant, and for one of each other address of its
  // own. Each thread takes the next one, so as many more may be ahead as threads run.
  auto names = directory_.names();
  names.resize(4 + hashing_threads());
  EXPECT_THAT(names, testing::Contains("2ben"));
  EXPECT_THAT(names, testing::Contains("1ana"));
}

TEST_F(AuthorityHandlerTest, AFullQueueRefusesTheOneWhoFillsIt) {
  flood(kWaitingForAuthorityMax);
  auto one_past = sign_in("contoso", "newest", kFlooder);
  EXPECT_THAT(one_past.get(),
              testing::AllOf(StartsWith("HTTP/1.1 503 "), HasSubstr("temporarily_unavailable"),
                             HasSubstr("Retry-After: 1\r\n")));
  auto of_other_address = sign_in("contoso", "ana", kOther);
  auto of_other_tenant = sign_in("fabrikam", "ben", kFlooder);
  // The two newest of the flooder made room.
  EXPECT_THAT(flood_.back().get(), StartsWith("HTTP/1.1 503 "));
  flood_.pop_back();
  EXPECT_THAT(flood_.back().get(), StartsWith("HTTP/1.1 503 "));
  flood_.pop_back();
  directory_.release();
  EXPECT_THAT(of_other_address.get(), HasSubstr("AADSTS50126"));
  EXPECT_THAT(of_other_tenant.get(), HasSubstr("AADSTS50126"));
  for (auto& answer : flood_) EXPECT_THAT(answer.get(), Not(StartsWith("HTTP/1.1 503 ")));
}

TEST_F(AuthorityHandlerTest, RequestsOfANetworkAreBounded) {
  // The cheapest request that is counted: it is refused for its form.
  const auto post_nothing = [this](const std::string& client) { return post("contoso", "x=1", client); };
  for (std::uint32_t i = 0; i < kAuthorityRequests.requests; ++i)
    ASSERT_THAT(post_nothing("2001:db8::" + std::to_string(i)), StartsWith("HTTP/1.1 400 ")) << i;
  EXPECT_THAT(post_nothing("2001:db8::ffff"),
              testing::AllOf(StartsWith("HTTP/1.1 429 "), HasSubstr("Retry-After: 60\r\n"),
                             HasSubstr("\"temporarily_unavailable\""), HasSubstr("AADSTS50196")));
  EXPECT_THAT(post_nothing("2001:db8:0:1::1"), StartsWith("HTTP/1.1 400 "));
  EXPECT_THAT(by_secret("contoso", kOther), HasSubstr("\"access_token\""));
  EXPECT_THAT(ask(url(), "GET", "/contoso/discovery/v2.0/keys"), StartsWith("HTTP/1.1 200 "));
}

}  // namespace
}  // namespace porchlight::server
