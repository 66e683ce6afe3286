#include "server/scim_handler.h"

#include <utility>

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

}  // namespace

ScimHandler::ScimHandler(const node::Node& node, const Clock& clock) : node_(node), clock_(clock) {
  for (auto& queue : queues_)
    queue = std::make_unique<RequestQueue>(kWaitingForScimMax, 1, [](TaskStatus, http::Response& response) {
      scim::write_error(scim::unavailable().error(), response);
    });
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
                        node_.open_scim()->handle(owned, tenant, clock_.wall(), out);
                        out.caller.tenant = tenant;
                        log_change(owned, tenant, out.status);
                      });
}

}  // namespace porchlight::server
