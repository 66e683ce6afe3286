#include "server/demo_entry.h"

#include <fmt/format.h>

#include <array>

#include "admin/demo.h"
#include "base/json.h"
#include "base/json_writer.h"
#include "node/listen_entry.h"

namespace porchlight::server {
namespace {

bool is_loopback(std::string_view host) {
  static const std::array kLoopback = {IpRange::parse("127.0.0.0/8").value(),
                                       IpRange::parse("::1/128").value()};
  const auto address = IpAddress::parse(host);
  return host == "localhost" || (address && any_contains(kLoopback, *address));
}

void refuse(int status, std::string_view code, std::string_view message, http::Response& response) {
  response.status = status;
  JsonObject out(response.body);
  out.object("error", [&](JsonObject& error) { error.text("code", code).text("message", message); });
}

}  // namespace

std::expected<DemoEntryRequest, std::string_view> parse_demo_entry(std::string_view body) {
  constexpr std::string_view kForm =
      R"(The body must be {"user":"GUID","application":"board"}, or "console".)";
  // A short body that comes with its head is not admitted before.
  if (body.size() > kDemoEntryBytesMax) return std::unexpected(kForm);
  JsonReader reader;
  const auto root = reader.parse(body);
  simdjson::dom::object members;
  if (!root || root->get(members) != simdjson::SUCCESS || members.size() != 2) return std::unexpected(kForm);
  std::string_view user, application;
  if (find_member(members, "user").get(user) != simdjson::SUCCESS ||
      find_member(members, "application").get(application) != simdjson::SUCCESS)
    return std::unexpected(kForm);
  const auto id = parse_guid(user);
  if (!id || (application != "board" && application != "console")) return std::unexpected(kForm);
  return DemoEntryRequest{
      *id, application == "board" ? admin::WebApplication::kBoard : admin::WebApplication::kConsole};
}

std::optional<std::string> demo_fault(const node::Config& config, const state::View& view) {
  for (const auto* entries : {&config.listen, &config.tls_listen}) {
    for (const std::string& entry : *entries) {
      const std::string address = node::parse_listen_entry(entry).address;
      if (!is_loopback(node::host_of(address)))
        return fmt::format(
            "--demo lets anyone who can connect act as a user of the demo: {} must be a loopback address, "
            "such as "
            "127.0.0.1:8080",
            address);
    }
  }
  if (admin::has_demo(view)) return std::nullopt;
  return "--demo needs a data folder that porchlight init --demo of this version made. Make a new one";
}

void DemoEntry::answer(const http::Request& request, http::Response& response) const {
  response.add("Content-Type", "application/json");
  response.add("Cache-Control", "no-store");
  response.add("X-Content-Type-Options", "nosniff");
  if (!is_on_) return refuse(404, "NotFound", "The server does not play the demo (serve --demo).", response);
  if (request.method != http::Method::kPost) {
    response.add("Allow", "POST");
    return refuse(405, "methodNotAllowed", "Only POST is allowed.", response);
  }
  const auto asked = parse_demo_entry(request.body);
  if (!asked) return refuse(400, "BadRequest", asked.error(), response);
  const state::UserKey user{admin::demo_tenant(), asked->user};
  const auto application = node_.view().find_app(user.tenant, admin::id_of(asked->application));
  if (!application || !node_.view().contains(user))
    return refuse(404, "NotFound", "The demo has no such user or application.", response);
  const std::string token = node_.signing_key().mint({user.tenant,
                                                      application->id,
                                                      user.user,
                                                      application->scopes,
                                                      {},
                                                      std::string(node::kAudience),
                                                      kDemoTokenLife},
                                                     node::kIssuer, node_.clock().wall());
  JsonObject out(response.body);
  out.text("access_token", token)
      .number("expires_in", std::chrono::floor<std::chrono::seconds>(kDemoTokenLife).count());
}

}  // namespace porchlight::server
