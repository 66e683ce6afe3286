// The walk of a request through the dialect, in the order of checks of spec presence §10: first failure
// answers.
#include "graph/service.h"

#include "graph/handlers.h"
#include "graph/query.h"
#include "graph/routes.h"
#include "identity/token_cache.h"

namespace porchlight::graph {

class Service::Impl final : private Steps {
 public:
  explicit Impl(const Shared& shared)
      : shared_(shared),
        replies_(shared.node_name, shared.public_base, shared.clouds),
        tools_{shared_, replies_, random_, reader_, *this} {
    turn();
  }

  void turn() {
    wall_ = shared_.clock.wall();
    steady_ = shared_.clock.steady();
  }

  bool admit(const http::Request& head, std::int64_t body_bytes, http::Response& response) {
    const Fields fields = Fields::of(head);
    const Ticket ticket = open(fields, head);
    const auto path = Path::parse(head.path);
    auto match = path ? find_route(*path, head.method) : std::unexpected(malformed_path());
    if (!match) return fail(response, ticket, match.error(), &head), false;
    if (body_bytes > static_cast<std::int64_t>(body_bytes_max(*match->route)))
      return fail(response, ticket, body_too_large(body_bytes_max(*match->route)), &head), false;
    if (match->route->access == nullptr) return true;
    // A stream has no body, so by its ticket none gets in.
    const auto caller = in_their_cloud(identify(fields, head.peer), head);
    if (!caller) return fail(response, ticket, caller.error(), &head), false;
    return true;
  }

  http::Handled handle(const http::Request& request, http::Response& response, http::Exchange exchange) {
    const Fields fields = Fields::of(request);
    Ticket ticket = open(fields, request);
    auto handled = walk(request, fields, ticket, response, exchange);
    if (handled) return *handled;
    fail(response, ticket, handled.error(), &request);
    return http::Handled::kNow;
  }

  http::Handled serve(const http::Request& request, const identity::Caller& caller, Ticket ticket,
                      http::Response& response, Later later) override {
    const Fields fields = Fields::of(request);
    auto handled = walk_step(request, fields, caller, ticket, response, std::move(later));
    if (handled) return *handled;
    fail(response, ticket, handled.error(), &request);
    return http::Handled::kNow;
  }

  void refuse(int status, std::string_view reason, http::Response& response) {
    Ticket ticket;
    write_guid(random_.guid(), ticket.request_id);
    ticket.now = shared_.clock.wall();
    const std::string_view code = status == 413   ? "RequestEntityTooLarge"
                                  : status == 408 ? "RequestTimeout"
                                  : status == 501 ? "NotImplemented"
                                                  : "BadRequest";
    fail(response, ticket, {.status = status, .code = code, .message = std::string(reason)}, nullptr);
  }

 private:
  Result<http::Handled> walk(const http::Request& request, const Fields& fields, Ticket& ticket,
                             http::Response& response, http::Exchange exchange) {
    const auto path = Path::parse(request.path);
    if (!path) return std::unexpected(malformed_path());
    const auto match = find_route(*path, request.method);
    if (!match) return std::unexpected(match.error());
    const Route& route = *match->route;
    if (request.method == http::Method::kOptions) {
      replies_.preflight(response, ticket, allowed_methods(route), fields.preflight_headers);
      return http::Handled::kNow;
    }
    const identity::Caller* caller = nullptr;
    if (route.access != nullptr) {
      const auto found = in_their_cloud(
          is_by_ticket(route, fields) ? identify_by_ticket(request) : identify(fields, request.peer),
          request);
      if (!found) return std::unexpected(found.error());
      caller = *found;
      response.authenticated = true;
    }
    return go_on({request, fields, *match, caller, ticket, response, std::move(exchange)}, ticket);
  }

  // Steps 3 to 5, and the route's own from there on. `ticket` is the call's.
  Result<http::Handled> go_on(const Call& call, Ticket& ticket) {
    const Route& route = *call.match.route;
    if (call.caller != nullptr) {
      if (auto fits = check_caller(route, *call.caller, ticket); !fits)
        return std::unexpected(std::move(fits.error()));
    }
    if (!call.match.allowed) return std::unexpected(method_not_allowed(allowed_methods(route)));
    if (route.json) {
      auto metadata = check_accept(call.fields, call.request.query);
      if (!metadata) return std::unexpected(std::move(metadata.error()));
      ticket.metadata = *metadata;
    }
    if (route.method != http::Method::kGet) {
      if (call.request.body.size() > body_bytes_max(route))
        return std::unexpected(body_too_large(body_bytes_max(route)));
      if (auto ok = check_content(call.fields, call.request.body, route.content); !ok)
        return std::unexpected(std::move(ok.error()));
    }
    return route.handler(tools_, call);
  }

  Result<http::Handled> walk_step(const http::Request& request, const Fields& fields,
                                  const identity::Caller& caller, Ticket& ticket, http::Response& response,
                                  Later later) {
    const auto path = Path::parse(request.path);
    if (!path) return std::unexpected(malformed_path());
    const auto match = find_route(*path, request.method);
    if (!match) return std::unexpected(match.error());
    if (match->route->handler == run_batch) return std::unexpected(batch_in_batch());
    return go_on({request, fields, *match, &caller, ticket, response, std::move(later)}, ticket);
  }

  static std::size_t body_bytes_max(const Route& route) {
    return route.handler == run_batch ? kBatchBytesMax : kBodyBytesMax;
  }

  // Steps 3 and 4: a caller of the kind that the route serves, within the budgets.
  Result<void> check_caller(const Route& route, const identity::Caller& caller, Ticket& ticket) {
    if (route.target == Target::kMe && !caller.delegated()) return std::unexpected(me_needs_user());
    if (caller.personal) return std::unexpected(personal_account());
    if (!route.budget) return {};
    ticket.grant = shared_.quota.draw(caller.app, caller.tenant, *route.budget, steady_);
    if (!ticket.grant.ok) return std::unexpected(throttled(ticket.grant.retry_after_s));
    return {};
  }

  // Step 2.
  Result<const identity::Caller*> in_their_cloud(const Result<const identity::Caller*>& caller,
                                                 const http::Request& request) const {
    if (caller && ((*caller)->clouds & shared_.clouds.bit_at(request.host)) == 0)
      return std::unexpected(token_refused(identity::TokenFault::kAudience));
    return caller;
  }

  // A token seen before costs a hash; a new one its signature, within the address's budget of bad ones.
  Result<const identity::Caller*> identify(const Fields& fields, std::string_view peer) {
    const auto token = bearer_token(fields);
    if (!token) return std::unexpected(token.error());
    // Both only grow, so the sum is another one after any change.
    const std::uint64_t epoch = shared_.view.directory_epoch() + shared_.verifier.epoch();
    if (const identity::Caller* known = tokens_.find(*token, wall_, epoch)) return known;
    const SteadyTime real_now = shared_.machine_clock.steady();
    if (!shared_.addresses.may_try(peer, real_now)) return std::unexpected(throttled(kBadTokensRetryS));
    auto caller = shared_.verifier.verify(*token, wall_);
    if (caller && !is_known(*caller)) caller = std::unexpected(identity::TokenFault::kIssuer);
    if (!caller) {
      shared_.addresses.failed(peer, real_now);
      return std::unexpected(token_refused(caller.error()));
    }
    return tokens_.remember(*token, std::move(*caller), epoch);
  }

  // Whether the directory has the caller's tenant and, where the token has the person's name only, the
  // person.
  bool is_known(identity::Caller& caller) const {
    if (!caller.personal && !shared_.view.has_tenant(caller.tenant)) return false;
    if (caller.upn.empty()) return true;
    caller.user = shared_.view.find_user_by_upn(caller.tenant, caller.upn);
    return caller.user.has_value();
  }

  // Only a stream's client may have no way to send a token.
  static bool is_by_ticket(const Route& route, const Fields& fields) {
    return route.handler == open_stream && fields.authorizations == 0;
  }

  Result<const identity::Caller*> identify_by_ticket(const http::Request& request) {
    const auto ticket = read_parameter(request.query, "ticket");
    if (!ticket || !*ticket) return std::unexpected(token_missing());
    const SteadyTime real_now = shared_.machine_clock.steady();
    if (!shared_.addresses.may_try(request.peer, real_now))
      return std::unexpected(throttled(kBadTokensRetryS));
    by_ticket_ = shared_.streams.tickets.redeem(**ticket, wall_);
    if (by_ticket_ && is_known(*by_ticket_)) return &*by_ticket_;
    shared_.addresses.failed(request.peer, real_now);
    return std::unexpected(token_refused(identity::TokenFault::kMalformed));
  }

  // A manual clock may have moved within this turn, and its caller expects the very next request to see it.
  Ticket open(const Fields& fields, const http::Request& request) {
    if (shared_.manual_clock != nullptr) turn();
    Ticket ticket;
    write_guid(random_.guid(), ticket.request_id);
    ticket.client_request_id = fields.client_request_id;
    ticket.now = wall_;
    ticket.tls = request.door == http::Door::kTls;
    return ticket;
  }

  void fail(http::Response& response, const Ticket& ticket, const Error& error,
            const http::Request* request) {
    const bool authenticated = response.authenticated;
    response.clear();
    response.authenticated = authenticated;
    replies_.fail(response, ticket, error, request);
  }

  static constexpr std::uint32_t kBadTokensRetryS = 10;

  const Shared& shared_;
  Random random_;
  const Replies replies_;
  JsonReader reader_;
  Tools tools_;
  identity::TokenCache tokens_;
  std::optional<identity::Caller> by_ticket_;  // of the request at hand
  Time wall_{};
  SteadyTime steady_{};
};

Service::Service(const Shared& shared) : impl_(std::make_unique<Impl>(shared)) {}
Service::~Service() = default;
void Service::turn() { impl_->turn(); }
bool Service::admit(const http::Request& head, std::int64_t body_bytes, http::Response& response) {
  return impl_->admit(head, body_bytes, response);
}
http::Handled Service::handle(const http::Request& request, http::Response& response,
                              http::Exchange exchange) {
  return impl_->handle(request, response, exchange);
}
void Service::refuse(int status, std::string_view reason, http::Response& response) {
  impl_->refuse(status, reason, response);
}

}  // namespace porchlight::graph
