#include "server/scim_handler.h"

#include <utility>

#include "base/json.h"
#include "base/logging.h"

namespace porchlight::server {
namespace {

// Logs a request that changed the directory. The path has the id of what it changed.
void log_change(const http::Request& request, const Guid& tenant, int status) {
  if (request.method == http::Method::kGet || status >= 300) return;
  log_info("change", {{"command", "scim"},
                      {"method", http::method_name(request.method)},
                      {"path", request.path},
                      {"status", status},
                      {"client", request.client_text()},
                      {"tenant", to_string(tenant)}});
}

// The id with which a path or an address ends, as in /scim/v2/Users/{id}.
std::optional<Guid> id_at_end(std::string_view path) {
  const std::size_t slash = path.rfind('/');
  return slash == std::string_view::npos ? std::nullopt : parse_guid(path.substr(slash + 1));
}

// The id of what was made, out of the answer.
std::optional<Guid> id_in(const std::string& body) {
  JsonReader reader;
  const auto root = reader.parse(body);
  std::string_view id;
  if (!root || (*root)["id"].get_string().get(id)) return std::nullopt;
  return parse_guid(id);
}

// The entry of a change that begins: "scim POST", of the user or group that the path names.
audit::AuditEntry entry_of(const http::Request& request, const Guid& tenant, Time now) {
  return {.at = now,
          .actor = {.way = audit::Way::kScim, .tenant = tenant, .address = request.client_text()},
          .action = "scim " + std::string(http::method_name(request.method)),
          .tenant = tenant,
          .target = id_at_end(request.path)};
}

}  // namespace

ScimHandler::ScimHandler(const node::Node& node, const Clock& clock) : node_(node), clock_(clock) {
  for (auto& queue : queues_)
    queue = std::make_unique<RequestQueue>(kWaitingForScimMax, 1, [](TaskStatus, http::Response& response) {
      scim::write_error(scim::unavailable().error(), response);
    });
}

std::size_t ScimHandler::waiting() const {
  std::size_t waiting = 0;
  for (const auto& queue : queues_) waiting += queue->waiting();
  return waiting;
}

scim::ScimResult<Guid> ScimHandler::identify(const http::Request& request) const {
  scim::Service* const service = node_.open_scim();
  if (service == nullptr || !service->tokens().any()) return std::unexpected(scim::not_in_use());
  const auto tenant = service->caller(request);
  if (!tenant) return std::unexpected(scim::bad_token());
  return *tenant;
}

bool ScimHandler::admit(const http::Request& head, std::int64_t body_bytes, http::Response& response) const {
  if (const auto tenant = identify(head); !tenant) return scim::write_error(tenant.error(), response), false;
  response.authenticated = true;
  if (body_bytes <= static_cast<std::int64_t>(scim::kBodyBytesMax)) return true;
  scim::write_error({413, "", "The body is too large."}, response);
  return false;
}

// A change is in the audit log before it begins.
void ScimHandler::answer(const http::Request& request, const Guid& tenant, http::Response& response) const {
  scim::Service& service = *node_.open_scim();
  if (request.method == http::Method::kGet || request.method == http::Method::kHead)
    return service.handle(request, tenant, clock_.wall(), response);
  audit::AuditEntry entry = entry_of(request, tenant, clock_.wall());
  const auto number = node_.audit().begin(entry);
  if (!number) return scim::write_error(scim::unavailable().error(), response);
  service.handle(request, tenant, clock_.wall(), response);
  const bool is_done = response.status < 300;
  entry.outcome = is_done ? audit::ChangeOutcome::kDone : audit::ChangeOutcome::kFailed;
  if (is_done && !entry.target) entry.target = id_in(response.body);
  if (is_done && entry.target) entry.target_name = name_of_target(tenant, *entry.target);
  node_.audit().finish(*number, entry);
}

std::string ScimHandler::name_of_target(const Guid& tenant, const Guid& id) const {
  if (const auto user = node_.view().find_user({tenant, id})) return user->upn;
  const auto group = node_.view().find_group(tenant, id);
  return group ? group->name : std::string();
}

http::HandleResult ScimHandler::handle(const http::Request& request, http::Response& response,
                                       http::Exchange exchange) {
  const auto tenant = identify(request);
  if (!tenant) {
    scim::write_error(tenant.error(), response);
    return http::HandleResult::kNow;
  }
  response.authenticated = true;
  const QueueOwner owner{.tenant = std::hash<Guid>{}(*tenant)};
  RequestQueue& queue = *queues_[owner.tenant % kScimThreads];
  return queue.handle(owner, request, std::move(exchange),
                      [this, tenant = *tenant](const http::Request& owned, http::Response& out) {
                        answer(owned, tenant, out);
                        out.caller.tenant = tenant;
                        log_change(owned, tenant, out.status);
                      });
}

}  // namespace porchlight::server
