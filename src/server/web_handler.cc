// `GET /porchlight/v1/web` needs no token, so it names no tenant that its caller does not name, unless there is only
// one.
#include "server/web_handler.h"

#include <optional>

#include "admin/demo.h"
#include "admin/web_applications.h"
#include "base/json_writer.h"
#include "base/percent.h"
#include "base/time_text.h"
#include "server/front_page.h"

namespace porchlight::server {
namespace {

constexpr std::string_view kFacts = "/porchlight/v1/web";
constexpr std::string_view kTenantOption = "tenant=";

// The tenant that the query names, by id or name; nullopt if it names none, or an unknown one.
std::optional<directory::Tenant> named_tenant(const state::View& view, std::string_view query) {
  std::string name;
  if (!percent_decode(query.substr(kTenantOption.size()), true, name)) return std::nullopt;
  const auto id = parse_guid(name);
  const auto found = id ? id : view.find_tenant_named(name);
  return found ? view.find_tenant(*found) : std::nullopt;
}

// The only tenant of the server; nullopt if it has several.
std::optional<directory::Tenant> only_tenant(const state::View& view) {
  const std::vector<Guid> ids = view.tenant_ids();
  return ids.size() == 1 ? view.find_tenant(ids.front()) : std::nullopt;
}

void write_tenant(JsonObject& out, const std::optional<directory::Tenant>& tenant) {
  if (!tenant) {
    out.null("tenant");
    return;
  }
  out.object("tenant", [&](JsonObject& one) {
    one.text("id", to_string(tenant->id)).text("name", tenant->name).text("zone", tenant->settings.zone);
  });
}

void write_applications(JsonObject& out) {
  using admin::WebApplication;
  out.object("applications", [](JsonObject& ids) {
    ids.text("board", to_string(admin::id_of(WebApplication::kBoard)))
        .text("console", to_string(admin::id_of(WebApplication::kConsole)))
        .text("wall", to_string(admin::id_of(WebApplication::kWall)));
  });
}

void write_demo(JsonObject& out) {
  out.object("demo", [](JsonObject& demo) {
    demo.array("people", admin::demo_people(), [](JsonArray& list, const admin::DemoPerson& person) {
      list.object([&](JsonObject& one) {
        one.text("id", to_string(person.id)).text("displayName", person.name);
        one.text("userPrincipalName", person.upn).boolean("administrator", person.is_administrator);
      });
    });
  });
}

void refuse(int status, std::string_view code, std::string_view message, http::Response& response) {
  response.status = status;
  JsonObject out(response.body);
  out.object("error", [&](JsonObject& error) { error.text("code", code).text("message", message); });
}

}  // namespace

WebHandler::WebHandler(const node::Config& config, const node::Node& node, std::string version, bool is_demo)
    : site_(config.web_frame_ancestors),
      node_(node),
      version_(std::move(version)),
      has_authority_(config.authority),
      is_demo_(is_demo),
      demo_entry_(node, is_demo) {}

bool WebHandler::owns(const http::Request& request) const {
  if (request.path.starts_with("/v1.0/")) return false;  // most requests: they need not cost more
  return request.path == kFacts || DemoEntry::owns(request) || wants_front_page(request) ||
         site_.owns(request.path);
}

http::Admission WebHandler::admission(const http::Request& head) const {
  return DemoEntry::owns(head) ? DemoEntry::admission() : true;
}

void WebHandler::answer(const http::Request& request, http::Response& response) const {
  if (request.path == kFacts) return answer_facts(request, response);
  if (DemoEntry::owns(request)) return demo_entry_.answer(request, response);
  if (wants_front_page(request)) return answer_front(request, response);
  site_.answer(request, response);
}

void WebHandler::answer_front(const http::Request& request, http::Response& response) const {
  if (!site_.has_pages()) return write_front_page(request, response);
  response.status = 302;
  response.add("Location", "/board/");
  response.add("Cache-Control", "no-cache");
  response.add("Vary", "Accept");
}

void WebHandler::answer_facts(const http::Request& request, http::Response& response) const {
  response.add("Content-Type", "application/json");
  response.add("Cache-Control", "no-store");
  response.add("X-Content-Type-Options", "nosniff");
  if (request.method != http::Method::kGet && request.method != http::Method::kHead) {
    response.add("Allow", "GET, HEAD");
    return refuse(405, "methodNotAllowed", "Only GET and HEAD are allowed.", response);
  }
  const bool is_named = request.query.starts_with(kTenantOption);
  if (!request.query.empty() && !is_named)
    return refuse(400, "BadRequest", "The only query option is tenant.", response);
  const auto tenant = is_named ? named_tenant(node_.view(), request.query) : only_tenant(node_.view());
  if (is_named && !tenant) return refuse(404, "NotFound", "There is no such tenant.", response);
  JsonObject out(response.body);
  out.text("version", version_).boolean("authority", has_authority_);
  std::string now;
  append_date_time(now, node_.clock().wall());
  out.text("clock", node_.clock().is_manual() ? "manual" : "system").text("now", now);
  write_tenant(out, tenant);
  write_applications(out);
  if (is_demo_) write_demo(out);
  // Whether the tenant uses the web interface (porchlight tenant set --web).
  if (tenant)
    out.boolean("enabled", node_.view().has_app(tenant->id, admin::id_of(admin::WebApplication::kBoard)));
}

}  // namespace porchlight::server
