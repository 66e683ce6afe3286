// Whole requests to the authority: untrusted forms and URLs get a well-formed response without tokens. The first byte
// selects the endpoint; client assertions are signed here, so that all their checks are reached.
#include <openssl/evp.h>
#include <openssl/x509.h>

#include <array>
#include <cstdint>
#include <cstdlib>

#include "authority/assertion.h"
#include "authority/authority.h"
#include "base/base64url.h"
#include "base/text.h"
#include "support/memory_kv_store.h"

using namespace porchlight;
using namespace porchlight::authority;

namespace {

const Guid kTenant = guid_from_name("tenant"), kRobot = guid_from_name("robot"),
           kPhone = guid_from_name("phone");
const Time kNow{std::chrono::seconds(1'900'000'000)};

void require(bool holds) {
  if (!holds) std::abort();
}

class OneTenant final : public Directory {
 public:
  std::vector<Guid> tenant_ids() const override { return {kTenant}; }
  std::optional<directory::Tenant> find_tenant(const Guid& tenant) const override {
    return tenant == kTenant ? std::optional(directory::Tenant{kTenant, "Contoso"}) : std::nullopt;
  }
  std::optional<Guid> find_tenant_named(std::string_view name) const override {
    return equals_ignore_case(name, "Contoso") ? std::optional(kTenant) : std::nullopt;
  }
  std::optional<directory::App> find_app(const Guid& tenant, const Guid& app) const override {
    if (tenant != kTenant || (app != kRobot && app != kPhone)) return std::nullopt;
    return directory::App{app, "App", false, {"Presence.Read"}, {"Presence.Read.All"}};
  }
  std::optional<directory::User> find_user(const Guid&, const Guid&) const override { return std::nullopt; }
  std::optional<directory::User> find_upn(const Guid&, std::string_view) const override {
    return std::nullopt;
  }
  std::optional<Time> revoked_at(const Guid&, const Guid&) const override { return std::nullopt; }
  bool is_administrator(const Guid&, const Guid&) const override { return false; }
};

struct TestServer {
  OneTenant directory;
  storage::MemoryKvStore store;
  AuthorityStores stores{store};
  Authority authority{
      {.public_base = "https://login.porch.example", .graph_issuer = "https://p/{tenantid}/v2.0"},
      directory,
      stores,
      KeyRing({{identity::SigningKey::generate(), kNow}}),
      std::string(32, 'k')};
  TestServer() {
    Registration robot, phone;
    robot.redirects = phone.redirects = {"https://app.contoso.com/", "http://localhost"};
    phone.is_public = true;
    require(stores.credentials.put(kTenant, kRobot, robot) && stores.credentials.put(kTenant, kPhone, phone));
  }
};

const ClientCertificate& certificate() {
  static const ClientCertificate made = [] {
    ClientCertificate one;
    one.key = identity::own(EVP_RSA_gen(2048));
    one.thumbprint = "t";
    one.not_before = kNow - std::chrono::hours(1);
    one.not_after = kNow + std::chrono::hours(1);
    return one;
  }();
  return made;
}

// With a valid signature, only valid claims are accepted.
void fuzz_assertion(std::string_view claims) {
  const std::string text = encode_base64url(R"({"alg":"RS256","x5t":"t"})") + '.' + encode_base64url(claims);
  EVP_MD_CTX* context = EVP_MD_CTX_new();
  std::array<unsigned char, 512> signature;
  std::size_t length = signature.size();
  EVP_DigestSignInit(context, nullptr, EVP_sha256(), nullptr, certificate().key.get());
  require(EVP_DigestSign(context, signature.data(), &length,
                         reinterpret_cast<const unsigned char*>(text.data()), text.size()) == 1);
  EVP_MD_CTX_free(context);
  const std::string token =
      text + '.' + encode_base64url({reinterpret_cast<const char*>(signature.data()), length});
  const std::string audiences[] = {"https://login.porch.example/token"};
  const auto good = check_assertion(token, {&certificate(), 1}, kRobot, audiences, kNow);
  if (good)
    require(claims.find("exp") != claims.npos || claims.find('\\') != claims.npos);
  else
    require(good.error().fault != OAuthFault::kAssertionSignature);
}

// A body has no type, which counts as a form.
void fuzz_request(http::Method method, std::string_view path, std::string_view query, std::string_view body) {
  static TestServer server;
  http::Request request;
  request.method = method;
  request.path = path;
  request.query = query;
  request.body = body;
  request.host = "login.porch.example";
  request.listener_kind = http::ListenerKind::kTls;
  http::Response response;
  server.authority.handle(request, kNow, response);
  require(response.lines().find("Set-Cookie: __Host-porchlight-session=\r") == std::string_view::npos);
  require(response.body.find("access_token\":") == std::string::npos);
  if (response.status == 302) {
    const std::string_view place = response.lines().substr(response.lines().find("Location: ") + 10);
    require(place.starts_with("https://app.contoso.com/") || place.starts_with("http://localhost"));
  }
  if (!response.body.starts_with('{')) return;
  JsonReader reader;
  require(reader.parse(response.body).has_value());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::string_view text(reinterpret_cast<const char*>(data) + 1, size - 1);
  switch (data[0]) {
    case 't':
      fuzz_request(http::Method::kPost, "/contoso/oauth2/v2.0/token", "", text);
      break;
    case 'd':
      fuzz_request(http::Method::kPost, "/common/oauth2/v2.0/devicecode", "", text);
      break;
    case 'a':
      fuzz_request(http::Method::kGet, "/contoso/oauth2/v2.0/authorize", text, "");
      break;
    case 'T':
      fuzz_request(http::Method::kPost, "/contoso/oauth2/token", "", text);
      break;
    case 'D':
      fuzz_request(http::Method::kGet, "/common/oauth2/devicecode", text, "");
      break;
    case 'A':
      fuzz_request(http::Method::kGet, "/contoso/oauth2/authorize", text, "");
      break;
    case 'l':
      fuzz_request(http::Method::kGet, "/contoso/oauth2/v2.0/logout", text, "");
      break;
    case 'p':
      if (Authority::owns(text)) fuzz_request(http::Method::kGet, text, "", "");
      break;
    default:
      fuzz_assertion(text);
  }
  return 0;
}
