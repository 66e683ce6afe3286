// Tokens without HTTP: issued by the authority, verified for the first time, and verified from the cache; each on one
// thread, in processor time, as `openssl speed` measures.
//
//     bench_tokens      prints "NAME VALUE" lines, of one round
#include <fmt/format.h>

#include <chrono>
#include <cstdio>
#include <ctime>
#include <functional>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include "authority/authority.h"
#include "authority/client_secret.h"
#include "base/text.h"
#include "identity/token_cache.h"
#include "identity/verifier.h"
#include "people.h"
#include "support/memory_kv_store.h"

namespace porchlight::bench {
namespace {

constexpr Time kNow{std::chrono::sys_days(std::chrono::January / 7 / 2030)};
constexpr std::string_view kIssuer = "https://porchlight.local/{tenantid}/v2.0";
constexpr std::string_view kHost = "login.porch.example";
constexpr std::string_view kAudience = "00000003-0000-0000-c000-000000000000";
constexpr int kIssued = 20'000, kVerified = 5'000, kCallers = 1'000, kRemembered = 3'000'000;

const Guid kTenant = guid_from_name("tenant"), kApp = guid_from_name("app");

// A tenant with one application.
class OneApp final : public authority::Directory {
 public:
  std::vector<Guid> tenant_ids() const override { return {kTenant}; }
  std::optional<directory::Tenant> find_tenant(const Guid& tenant) const override {
    return tenant == kTenant ? std::optional(directory::Tenant{kTenant, "Contoso"}) : std::nullopt;
  }
  std::optional<Guid> find_tenant_named(std::string_view name) const override {
    return equals_ignore_case(name, "Contoso") ? std::optional(kTenant) : std::nullopt;
  }
  std::optional<directory::App> find_app(const Guid& tenant, const Guid& app) const override {
    if (tenant != kTenant || app != kApp) return std::nullopt;
    return directory::App{kApp, "Reader", false, {}, {"Presence.Read.All"}};
  }
  std::optional<directory::User> find_user(const Guid&, const Guid&) const override { return std::nullopt; }
  std::optional<directory::User> find_upn(const Guid&, std::string_view) const override {
    return std::nullopt;
  }
  std::optional<Time> revoked_at(const Guid&, const Guid&) const override { return std::nullopt; }
  bool is_administrator(const Guid&, const Guid&) const override { return false; }
};

double thread_seconds() {
  timespec spent;
  ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &spent);
  return static_cast<double>(spent.tv_sec) + static_cast<double>(spent.tv_nsec) / 1e9;
}

// Calls of `work(i)` per second; i counts them.
double rate(int times, const std::function<void(int)>& work) {
  for (int i = 0; i < times / 10; ++i) work(i);  // warm
  const double begin = thread_seconds();
  for (int i = 0; i < times; ++i) work(i);
  return times / (thread_seconds() - begin);
}

void require(bool good, const char* what) {
  if (!good) throw std::runtime_error(what);
}

double issued_per_second(identity::Algorithm algorithm) {
  const OneApp directory;
  storage::MemoryKvStore store;
  authority::AuthorityStores stores(store);
  authority::KeyRing ring({{identity::SigningKey::generate(algorithm), kNow}});
  authority::Authority authority({.public_base = fmt::format("https://{}", kHost),
                                  .graph_issuer = std::string(kIssuer),
                                  .hosts = {std::string(kHost)}},
                                 directory, stores, std::move(ring), std::string(32, 'k'));
  const authority::NewSecret secret = authority::make_client_secret(kNow + std::chrono::days(1));
  authority::Registration registration;
  registration.secrets = {secret.stored};
  require(stores.credentials.put(kTenant, kApp, registration).has_value(), "the application is not kept");

  const std::string path = "/" + to_string(kTenant) + "/oauth2/v2.0/token";
  const std::string body =
      "grant_type=client_credentials&scope=https%3A%2F%2Fgraph.microsoft.com%2F.default" +
      ("&client_id=" + to_string(kApp)) + "&client_secret=" + secret.text;
  const std::vector<http::HeaderField> fields = {{"Content-Type", "application/x-www-form-urlencoded"}};
  http::Request request;
  request.method = http::Method::kPost;
  request.path = path;
  request.host = kHost;
  request.headers = fields;
  request.body = body;
  request.client = IpAddress::parse("192.0.2.1");
  return rate(kIssued, [&](int) {
    http::Response response;
    authority.handle(request, kNow, response);
    require(response.status == 200, "a token was refused");
  });
}

std::vector<std::string> mint(const identity::SigningKey& key) {
  std::vector<std::string> tokens;
  for (int i = 0; i < kCallers; ++i)
    tokens.push_back(key.mint({kTenant,
                               kApp,
                               std::nullopt,
                               {},
                               {"Presence.Read.All"},
                               std::string(kAudience),
                               std::chrono::hours(1)},
                              kIssuer, kNow));
  return tokens;
}

identity::Verifier verifier_of(const identity::SigningKey& key) {
  std::vector<identity::Issuer> issuers;
  issuers.push_back({std::string(kIssuer), std::nullopt, {key.public_key()}});
  return {std::make_shared<const identity::KeySet>(std::move(issuers)), {std::string(kAudience)}};
}

// Nanoseconds per lookup over many callers, in an order that defeats the prefetcher.
double remembered_ns(const std::vector<std::string>& tokens, const identity::Verifier& verifier,
                     std::size_t callers) {
  identity::TokenCache cache;
  for (const std::string& token : tokens) cache.remember(token, verifier.verify(token, kNow).value(), 1);
  std::vector<std::string_view> order;
  for (std::uint64_t i = 0; i < (1 << 16); ++i) order.emplace_back(tokens[scramble(i) % callers]);
  std::uint64_t seen = 0;
  const double each = rate(kRemembered, [&](int i) {
    const identity::Caller* caller = cache.find(order[static_cast<std::size_t>(i) % order.size()], kNow, 1);
    seen += caller ? caller->permissions : 0;
  });
  require(seen != 0, "no token was cached");
  return 1e9 / each;
}

void run() {
  fmt::print("issued_rs256 {:.0f}\n", issued_per_second(identity::Algorithm::kRs256));
  fmt::print("issued_es256 {:.0f}\n", issued_per_second(identity::Algorithm::kEs256));
  for (const auto algorithm : {identity::Algorithm::kRs256, identity::Algorithm::kEs256}) {
    const bool rsa = algorithm == identity::Algorithm::kRs256;
    const auto key = identity::SigningKey::generate(algorithm);
    const auto verifier = verifier_of(key);
    const std::vector<std::string> tokens = mint(key);
    const double verified = rate(kVerified, [&](int i) {
      require(verifier.verify(tokens[static_cast<std::size_t>(i) % tokens.size()], kNow).has_value(),
              "a good token was refused");
    });
    fmt::print("verified_{} {:.0f}\n", rsa ? "rs256" : "es256", verified);
    if (!rsa) continue;  // the longer tokens: a lookup costs by the byte
    fmt::print("token_bytes {}\n", tokens.front().size());
    fmt::print("remembered_one {:.1f}\n", remembered_ns(tokens, verifier, 1));
    fmt::print("remembered_many {:.1f}\n", remembered_ns(tokens, verifier, tokens.size()));
  }
}

}  // namespace
}  // namespace porchlight::bench

int main() {
  porchlight::bench::run();
  return 0;
}
