#include "server/scim_handler.h"

#include "server/owned_request.h"

namespace porchlight::server {
namespace {

// Requests that wait in one lane.
constexpr std::size_t kWaitingForScimMax = 64;

// A request on its way. One that is dropped before its turn is answered all the same.
class PendingScimRequest {
 public:
  PendingScimRequest(const http::Request& request, http::Exchange exchange)
      : kept_(std::make_unique<OwnedRequest>(request, std::move(exchange))) {}
  PendingScimRequest(PendingScimRequest&&) = default;
  ~PendingScimRequest() {
    if (!kept_) return;
    http::Response response;
    scim::write_error(scim::unavailable().error(), response);
    answer(std::move(response));
  }

  void run(scim::Service& service, const Guid& tenant, Time now) {
    http::Response response;
    service.handle(kept_->request(), tenant, now, response);
    answer(std::move(response));
    kept_.reset();
  }

 private:
  void answer(http::Response made) {
    kept_->exchange.answer(
        [made = std::move(made)](http::Response& response) mutable { response = std::move(made); });
  }

  std::unique_ptr<OwnedRequest> kept_;
};

}  // namespace

ScimHandler::ScimHandler(const node::Node& node, throttle::AddressBudget& addresses, const Clock& clock,
                         const Clock& machine_clock)
    : node_(node), addresses_(addresses), clock_(clock), machine_clock_(machine_clock) {
  for (auto& worker : workers_) worker = std::make_unique<Worker>(kWaitingForScimMax);
}

ScimHandler::~ScimHandler() = default;

bool ScimHandler::owns(const http::Request& request) const {
  if (!scim::owns(request.path)) return false;
  scim::Service* const service = node_.open_scim();
  return service && service->tokens().any();
}

bool ScimHandler::admit(std::int64_t body_bytes, http::Response& response) const {
  if (body_bytes <= static_cast<std::int64_t>(scim::kBodyBytesMax)) return true;
  scim::write_error({413, "", "The body is too large."}, response);
  return false;
}

http::HandleResult ScimHandler::handle(const http::Request& request, http::Response& response,
                                       http::Exchange exchange) {
  const SteadyTime now = machine_clock_.steady();
  if (!addresses_.may_verify(request.peer, now)) {
    scim::write_error({429, "", "Too many bad tokens came from this address."}, response);
    return http::HandleResult::kNow;
  }
  scim::Service& service = *node_.open_scim();
  const auto tenant = service.caller(request);
  if (!tenant) {
    addresses_.record_failure(request.peer, now);
    scim::write_error(scim::bad_token(), response);
    return http::HandleResult::kNow;
  }
  Worker& worker = *workers_[std::hash<Guid>{}(*tenant) % kWorkers];
  // Where the lane is full, the turn is dropped, and that answers.
  worker.run(
      [this, &service, tenant = *tenant, turn = PendingScimRequest(request, std::move(exchange))]() mutable {
        turn.run(service, tenant, clock_.wall());
      });
  return http::HandleResult::kLater;
}

}  // namespace porchlight::server
