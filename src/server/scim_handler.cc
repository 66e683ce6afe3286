#include "server/scim_handler.h"

#include <utility>

#include "base/logging.h"

namespace porchlight::server {
namespace {

// Requests that may wait in one queue.
constexpr std::size_t kWaitingForScimMax = 64;

// Logs a request that changed the directory. The path has the id of what it changed.
void log_change(const http::Request& request, const Guid& tenant, int status) {
  if (request.method == http::Method::kGet || status >= 300) return;
  log_info("change", {{"command", "scim"},
                      {"method", http::method_name(request.method)},
                      {"path", request.path},
                      {"status", status},
                      {"client", request.peer},
                      {"tenant", to_string(tenant)}});
}

}  // namespace

ScimHandler::ScimHandler(const node::Node& node, throttle::AddressBudget& addresses, const Clock& clock,
                         const Clock& machine_clock)
    : node_(node), addresses_(addresses), clock_(clock), machine_clock_(machine_clock) {
  for (auto& queue : queues_)
    queue = std::make_unique<RequestQueue>(kWaitingForScimMax, 1, [](TaskStatus, http::Response& response) {
      scim::write_error(scim::unavailable().error(), response);
    });
}

bool ScimHandler::admit(std::int64_t body_bytes, http::Response& response) const {
  if (body_bytes <= static_cast<std::int64_t>(scim::kBodyBytesMax)) return true;
  scim::write_error({413, "", "The body is too large."}, response);
  return false;
}

http::HandleResult ScimHandler::handle(const http::Request& request, http::Response& response,
                                       http::Exchange exchange) {
  scim::Service* const service = node_.open_scim();
  if (service == nullptr || !service->tokens().any()) {
    scim::write_error(scim::not_in_use(), response);
    return http::HandleResult::kNow;
  }
  const SteadyTime now = machine_clock_.steady();
  if (!addresses_.may_verify(request.peer, now)) {
    scim::write_error({429, "", "Too many bad tokens came from this address."}, response);
    return http::HandleResult::kNow;
  }
  const auto tenant = service->caller(request);
  if (!tenant) {
    addresses_.record_failure(request.peer, now);
    scim::write_error(scim::bad_token(), response);
    return http::HandleResult::kNow;
  }
  RequestQueue& queue = *queues_[std::hash<Guid>{}(*tenant) % kQueues];
  return queue.handle(request, std::move(exchange),
                      [this, service, tenant = *tenant](const http::Request& owned, http::Response& out) {
                        service->handle(owned, tenant, clock_.wall(), out);
                        out.caller.tenant = tenant;
                        log_change(owned, tenant, out.status);
                      });
}

}  // namespace porchlight::server
