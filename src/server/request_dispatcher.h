// The handler of a serving loop: passes each request to the handler that owns its path (admin, health checks,
// authority, SCIM, Graph API) and logs it at debug level.
#pragma once

#include <atomic>

#include "base/published.h"
#include "base/random.h"
#include "http/handler.h"
#include "http/tls.h"
#include "node/node.h"
#include "server/admin_handler.h"
#include "server/authority_handler.h"
#include "server/metrics_handler.h"
#include "server/request_log.h"
#include "server/scim_handler.h"
#include "server/web_handler.h"
#include "state/writer.h"
#include "trace/exporter.h"

namespace porchlight::server {

// Whether the server is ready for requests (/readyz). Outlives the dispatchers.
struct Readiness {
  std::atomic<bool> serving = false;  // false while the server starts and once it drains
  const state::Writer* writer = nullptr;
  const node::Node* node = nullptr;
  Published<std::shared_ptr<http::TlsContext>> tls{nullptr};  // null without TLS
  std::string_view notifications;                             // whether they are sent, as text
  const notify::Publisher* publisher = nullptr;
};

// Why the server is not ready, as /readyz says it; empty if it is. Any thread.
std::string_view readiness_fault(const Readiness& readiness);

// On its loop's thread only.
class RequestDispatcher final : public http::Handler {
 public:
  // All must outlive the dispatcher. `graph` belongs to the same loop. `authority` is null if it is off, `spans` if
  // no traces are sent.
  RequestDispatcher(http::Handler& graph, AdminHandler& admin, AuthorityHandler* authority, ScimHandler& scim,
                    const WebHandler& web, MetricsHandler& metrics, const Readiness& readiness,
                    RequestLog& requests, trace::SpanExporter* spans)
      : graph_(graph),
        admin_(admin),
        authority_(authority),
        scim_(scim),
        web_(web),
        metrics_(metrics),
        readiness_(readiness),
        requests_(requests),
        spans_(spans) {}

  void on_loop_iteration(Time wall, SteadyTime steady) override { graph_.on_loop_iteration(wall, steady); }
  http::Admission admit(const http::Request& head, std::int64_t body_bytes,
                        http::Response& response) override;
  http::HandleResult handle(const http::Request& request, http::Response& response,
                            http::Exchange exchange) override;
  void refuse(int status, std::string_view reason, http::Response& response) override {
    graph_.refuse(status, reason, response);
  }

 private:
  // Answers /healthz and /readyz. Returns false if the request is for neither.
  bool answer_health(const http::Request& request, http::Response& response) const;
  // Appends what /readyz?verbose shows besides the state, a line for each part.
  void append_details(std::string& out) const;
  // Whether the authority answers the request.
  bool is_signing_in(const http::Request& request) const;
  // Answers 421 to a request for a host that is not a name of this server, if the authority is on. Returns false if the
  // host is served.
  bool refuse_host(const http::Request& request, http::Response& response);
  http::HandleResult dispatch(const http::Request& request, http::Response& response,
                              const http::Exchange& exchange);

  http::Handler& graph_;
  AdminHandler& admin_;
  AuthorityHandler* const authority_;
  ScimHandler& scim_;
  const WebHandler& web_;
  MetricsHandler& metrics_;
  const Readiness& readiness_;
  RequestLog& requests_;
  trace::SpanExporter* const spans_;
  Random random_;
};

}  // namespace porchlight::server
