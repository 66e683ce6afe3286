// The command that lists the last requests.
#include "server/request_log.h"
#include "server/route_numbers.h"
#include "server/server_commands.h"

namespace porchlight::server {
namespace {

void write_request(JsonObject& out, const RequestEntry& entry) {
  out.text("dateTime", admin::date_time_text(entry.at)).text("method", entry.method);
  out.text("route", route_name(entry.route).route).number("status", entry.status);
  out.number("microseconds", entry.took.count()).text_if("requestId", entry.id);
  if (!entry.tenant.is_nil()) out.text("tenant", to_string(entry.tenant));
  if (!entry.app.is_nil()) out.text("applicationId", to_string(entry.app));
}

}  // namespace

admin::AdminResult list_requests(const LiveServer& server, admin::CommandArgs& args) {
  const auto tenant = admin::find_tenant_or_all(server.node, args);
  if (!args.fault().empty()) return std::unexpected(args.fault());
  if (!tenant) return std::unexpected(tenant.error());
  return admin::json_list(server.requests.look(*tenant ? (*tenant)->id : Guid{}),
                          [](const RequestEntry& entry) {
                            return json_object([&](JsonObject& out) { write_request(out, entry); });
                          });
}

}  // namespace porchlight::server
