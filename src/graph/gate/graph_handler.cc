// Takes a request through the checks of spec presence §10, in that order; the first failure is the answer. Steps 1 to
// 5 are here, the others in graph/call/operation.h.
#include "graph/gate/graph_handler.h"

#include <memory>
#include <memory_resource>
#include <vector>

#include "graph/call/caller_validity.h"
#include "graph/call/handlers.h"
#include "graph/gate/known_routes.h"
#include "graph/gate/routes.h"
#include "graph/wire/query.h"
#include "graph/wire/resource_units.h"
#include "identity/token_cache.h"

namespace porchlight::graph {

namespace {

// A client that sent too many bad tokens retries after so long.
constexpr std::uint32_t kBadTokensRetryS = 10;
// So does one that has too many requests at work without a valid token.
constexpr std::uint32_t kTooManyOfAddressRetryS = 1;

// A chunked feed over its limit, which is found while it is read. One that declares its length gets the same from
// body_too_large().
constexpr http::RequestError kFeedTooLarge{
    413, "The request body is larger than the setting calendar.feed_bytes allows."};

// Requests with the same fields are recognized among the last so many different ones of a loop.
constexpr std::size_t kKnownFieldsMax = 1024;

// Memory of the request at work that is kept: enough for a getPresencesByUserId of the documented most ids.
constexpr std::size_t kRequestMemoryBytes = 64 * 1024;

// What the fields of a request say. Found once for all requests that have the same.
struct KnownFields {
  std::uint64_t id = 0;  // Request::fields_id
  RequestHeaders headers;
  identity::TokenCache::TokenPlace token;  // where the bearer token was found
};

// One per serving loop, on whose thread all of it runs.
class GraphHandler final : public GateHandler, private BatchExecutor {
 public:
  explicit GraphHandler(const Services& services)
      : services_(services),
        response_writer_(services.node_name, services.public_base, services.clouds),
        context_{services_, response_writer_, random_, reader_, *this, memory_} {}

  void on_loop_iteration(Time wall, SteadyTime steady) override {
    wall_ = wall;
    steady_ = steady;
  }

  http::Admission admit(const http::Request& head, std::int64_t body_bytes,
                        http::Response& response) override {
    KnownFields& fields = fields_of(head);
    const RequestInfo info = make_info(fields.headers, head);
    std::optional<RequestPath> path;
    const auto match = find_route_of(head, path);
    if (!match) return fail(response, info, match.error(), &head), false;
    set_route(response, *match);
    const std::size_t most = body_bytes_max(*match->route);
    if (body_bytes > static_cast<std::int64_t>(most))
      return fail(response, info, too_large(*match->route), &head), false;
    if (match->route->access == nullptr) return true;
    // A request with a body opens no stream, so tickets do not apply here.
    auto caller = identify(fields, head.client);
    if (caller && is_of_other_cloud(**caller, head)) caller = of_other_cloud();
    if (!caller) return fail(response, info, caller.error(), &head), false;
    response.authenticated = true;
    return is_feed(*match->route) ? http::Admission::up_to(most, kFeedTooLarge) : http::Admission(true);
  }

  http::HandleResult handle(const http::Request& request, http::Response& response,
                            http::Exchange exchange) override {
    memory_.release();
    KnownFields& fields = fields_of(request);
    RequestInfo info = make_info(fields.headers, request);
    auto handled = process(request, fields, info, response, exchange);
    if (handled) return *handled;
    fail(response, info, handled.error(), &request);
    return http::HandleResult::kNow;
  }

  http::HandleResult execute_step(const http::Request& request, const identity::Caller& caller,
                                  RequestInfo info, http::Response& response,
                                  DeferredResponse deferred) override {
    const RequestHeaders headers = RequestHeaders::of(request);
    auto handled = process_step(request, headers, caller, info, response, std::move(deferred));
    if (handled) return *handled;
    fail(response, info, handled.error(), &request);
    return http::HandleResult::kNow;
  }

  void refuse(int status, std::string_view reason, http::Response& response) override {
    RequestInfo info;
    write_guid(random_.guid(), info.request_id);
    info.now = services_.clock.wall();
    const std::string_view code = status == 413   ? "RequestEntityTooLarge"
                                  : status == 408 ? "RequestTimeout"
                                  : status == 421 ? "MisdirectedRequest"
                                  : status == 501 ? "NotImplemented"
                                                  : "BadRequest";
    const Error error = status == 429 ? throttled(kTooManyOfAddressRetryS)
                                      : Error{.status = status, .code = code, .message = std::string(reason)};
    fail(response, info, error, nullptr);
  }

  const GateCounters& counters() const override { return counters_; }

 private:
  // Step 1. The match views the request, or `path`, which receives the parsed path if the route is not known.
  Result<RouteMatch> find_route_of(const http::Request& request, std::optional<RequestPath>& path) {
    if (const RouteMatch* const known = known_routes_.find(request.path, request.method)) return *known;
    path = RequestPath::parse(request.path);
    if (!path) return std::unexpected(malformed_path());
    const auto match = find_route(*path, request.method);
    if (match) known_routes_.keep(request.path, request.method, *match);
    return match;
  }

  // For metrics. A method that the path does not have counts as no route: its row is that of another method.
  static void set_route(http::Response& response, const RouteMatch& match) {
    if (match.allowed) response.route = match.route->number;
  }

  // Whether the request asks what a page of another origin may send (CORS-preflight request of the Fetch standard).
  static bool is_preflight(const http::Request& request) {
    return !request.header("Origin").empty() && !request.header("Access-Control-Request-Method").empty();
  }

  // Valid until the next request that is not a step of a batch.
  KnownFields& fields_of(const http::Request& request) {
    KnownFields& known = known_fields_[request.fields_id % kKnownFieldsMax];
    if (request.fields_id == 0 || known.id != request.fields_id)
      known = {request.fields_id, RequestHeaders::of(request), {}};
    return known;
  }

  // A request of its own: identifies the caller.
  Result<http::HandleResult> process(const http::Request& request, KnownFields& fields, RequestInfo& info,
                                     http::Response& response, http::Exchange exchange) {
    const RequestHeaders& headers = fields.headers;
    std::optional<RequestPath> path;
    const auto match = find_route_of(request, path);
    // A preflight does not fail because of its path: the browser would keep the error of the request that follows from
    // the page.
    if (request.method == http::Method::kOptions && (match || is_preflight(request))) {
      response_writer_.preflight(response, info, match ? allowed_methods(*match->route) : std::string(),
                                 headers.preflight_headers);
      return http::HandleResult::kNow;
    }
    if (!match) return std::unexpected(match.error());
    set_route(response, *match);
    const Route& route = *match->route;
    const identity::Caller* caller = nullptr;
    if (route.access != nullptr) {
      auto found = uses_stream_ticket(route, headers) ? identify_by_stream_ticket(request)
                                                      : identify(fields, request.client);
      if (found && is_of_other_cloud(**found, request)) found = of_other_cloud();
      if (!found) return std::unexpected(std::move(found.error()));
      caller = *found;
      info.caller = {caller->tenant, caller->app, caller->user.value_or(Guid{})};
      response.authenticated = true;
    }
    return dispatch({request, headers, *match, caller, info, response, std::move(exchange)}, info);
  }

  // Steps 3 to 5 as far as they are the same for all routes, then the operation. `info` is the call's; it receives
  // the budget and the metadata level.
  Result<http::HandleResult> dispatch(const Call& call, RequestInfo& info) {
    const Route& route = *call.match.route;
    info.compressible = !route.operation->holds_secret();
    if (call.caller != nullptr) {
      if (auto fits = check_caller(route, *call.caller, info); !fits)
        return std::unexpected(std::move(fits.error()));
    }
    if (route.resource_units != 0)
      info.resource_units = resource_units(route.resource_units, call.request.query);
    if (!call.match.allowed) return std::unexpected(method_not_allowed(allowed_methods(route)));
    if (route.json) {
      auto metadata = negotiate_metadata_level(call.headers, call.request.query);
      if (!metadata) return std::unexpected(std::move(metadata.error()));
      info.metadata = *metadata;
    }
    if (route.method != http::Method::kGet) {
      if (call.request.body.size() > body_bytes_max(route)) return std::unexpected(too_large(route));
      if (auto ok = check_body_format(call.headers, call.request.body, route.content); !ok)
        return std::unexpected(std::move(ok.error()));
    }
    if (route.operation->needs_publisher() && !subscriptions_ready(services_))
      return std::unexpected(service_unavailable());
    return (*route.operation)(context_, call);
  }

  // A step of a batch: the caller is that of the batch.
  Result<http::HandleResult> process_step(const http::Request& request, const RequestHeaders& headers,
                                          const identity::Caller& caller, RequestInfo& info,
                                          http::Response& response, DeferredResponse deferred) {
    std::optional<RequestPath> path;
    const auto match = find_route_of(request, path);
    if (!match) return std::unexpected(match.error());
    if (match->route->operation == &execute_batch) return std::unexpected(nested_batch());
    return dispatch({request, headers, *match, &caller, info, response, std::move(deferred)}, info);
  }

  static bool is_feed(const Route& route) { return route.content == BodyFormat::kCalendar; }

  std::size_t body_bytes_max(const Route& route) const {
    if (is_feed(route)) return services_.settings.calendar.bytes_max;
    return route.operation == &execute_batch ? kBatchBytesMax : kBodyBytesMax;
  }

  Error too_large(const Route& route) const {
    return body_too_large(body_bytes_max(route), is_feed(route) ? "calendar.feed_bytes" : "");
  }

  // Steps 3 and 4: the kind of caller that the route serves, within its budget.
  Result<void> check_caller(const Route& route, const identity::Caller& caller, RequestInfo& info) {
    if (route.target == RouteTarget::kMe && !caller.delegated()) return std::unexpected(me_requires_user());
    if (caller.personal) return std::unexpected(personal_account_unsupported());
    if (!route.budget) return {};
    info.grant = services_.quota.try_acquire(caller.app, caller.tenant, *route.budget, steady_);
    if (!info.grant.ok) {
      counters_.throttled[static_cast<std::size_t>(*route.budget)].add();
      return std::unexpected(throttled(info.grant.retry_after_s));
    }
    return {};
  }

  // Step 2, second part: the token is for another cloud than that under whose name the client called.
  bool is_of_other_cloud(const identity::Caller& caller, const http::Request& request) {
    if ((caller.clouds & services_.clouds.bit_at(request.host)) != 0) return false;
    counters_.bad_cloud.add();
    return true;
  }
  static std::unexpected<Error> of_other_cloud() {
    return std::unexpected(token_invalid(identity::TokenFault::kAudience));
  }

  // Step 2. A token seen before costs a hash, or nothing with the same fields; a new one the check of its signature.
  // The caller is valid until the next call.
  Result<const identity::Caller*> identify(KnownFields& fields, const std::optional<IpAddress>& client) {
    const std::uint64_t epoch = services_.verifier.epoch();
    if (identity::Caller* const known = tokens_.find(fields.token, wall_, epoch)) return still_valid(*known);
    auto token = bearer_token(fields.headers);
    if (!token) {
      counters_.missing.add();
      return std::unexpected(std::move(token.error()));
    }
    identity::Caller* const known = tokens_.find(*token, wall_, epoch);
    if (known == nullptr) return verify(*token, epoch, client);
    fields.token = tokens_.last_place();
    return still_valid(*known);
  }

  Result<const identity::Caller*> still_valid(identity::Caller& known) {
    if (is_still_valid(services_, known)) {
      counters_.cached.add();
      return &known;
    }
    counters_.refuse(identity::TokenFault::kRevoked);
    return std::unexpected(token_invalid(identity::TokenFault::kRevoked));
  }

  // A new token, within the address's budget of bad ones.
  Result<const identity::Caller*> verify(std::string_view token, std::uint64_t epoch,
                                         const std::optional<IpAddress>& client) {
    const SteadyTime real_now = services_.machine_clock.steady();
    if (!services_.addresses.may_verify(client, real_now)) {
      counters_.bad_tokens.add();
      return std::unexpected(throttled(kBadTokensRetryS));
    }
    auto caller = services_.verifier.verify(token, wall_);
    if (caller && !is_still_valid(services_, *caller)) caller = std::unexpected(fault_of(*caller));
    if (!caller) {
      counters_.refuse(caller.error());
      if (identity::costs_signature(caller.error())) services_.addresses.record_failure(client, real_now);
      return std::unexpected(token_invalid(caller.error(), services_.manual_clock != nullptr));
    }
    counters_.verified.add();
    return tokens_.remember(token, std::move(*caller), epoch);
  }

  // Why a caller with a good signature is not valid.
  identity::TokenFault fault_of(const identity::Caller& caller) const {
    const bool was_valid = caller.own_issuer && services_.view.has_tenant(caller.tenant);
    return was_valid || services_.revocations.covers(caller) ? identity::TokenFault::kRevoked
                                                             : identity::TokenFault::kIssuer;
  }

  // Browsers cannot send a token when they open a stream, so that one route accepts a ticket in its place.
  static bool uses_stream_ticket(const Route& route, const RequestHeaders& headers) {
    return route.operation == &open_stream && headers.authorization_count == 0;
  }

  // A ticket costs no signature, and cannot be guessed.
  Result<const identity::Caller*> identify_by_stream_ticket(const http::Request& request) {
    const auto text = find_parameter(request.query, "ticket");
    if (!text || !*text) return std::unexpected(token_missing());
    ticket_caller_ = services_.streams.tickets.redeem(**text, wall_);
    if (!ticket_caller_) return std::unexpected(token_invalid(identity::TokenFault::kMalformed));
    if (!is_still_valid(services_, *ticket_caller_))
      return std::unexpected(token_invalid(fault_of(*ticket_caller_)));
    counters_.ticket.add();
    return &*ticket_caller_;
  }

  // A manual clock may have advanced within this iteration, and the very next request is expected to see that. Its
  // steady time counts for budgets only: the loop has that of the machine.
  RequestInfo make_info(const RequestHeaders& headers, const http::Request& request) {
    if (const Clock* const clock = services_.manual_clock) on_loop_iteration(clock->wall(), clock->steady());
    RequestInfo info;
    write_guid(random_.guid(), info.request_id);
    info.client_request_id.assign(headers.client_request_id.data(), headers.client_request_id.size());
    info.now = wall_;
    info.tls = request.is_https;
    return info;
  }

  // Replaces what the response has with the error.
  void fail(http::Response& response, const RequestInfo& info, const Error& error,
            const http::Request* request) {
    const bool authenticated = response.authenticated;
    const std::uint8_t route = response.route;
    response.clear();
    response.authenticated = authenticated;
    response.route = route;
    response_writer_.fail(response, info, error, request);
  }

  const Services& services_;
  Random random_;
  const ResponseWriter response_writer_;
  JsonReader reader_;
  const std::unique_ptr<std::byte[]> first_memory_ =
      std::make_unique_for_overwrite<std::byte[]>(kRequestMemoryBytes);
  // Of the operations of one request. Its first part is kept from request to request.
  std::pmr::monotonic_buffer_resource memory_{first_memory_.get(), kRequestMemoryBytes};
  HandlerContext context_;
  identity::TokenCache tokens_;
  GateCounters counters_;
  KnownRoutes known_routes_;
  std::vector<KnownFields> known_fields_ =
      std::vector<KnownFields>(kKnownFieldsMax);   // by the remainder of their id
  std::optional<identity::Caller> ticket_caller_;  // of the current request
  Time wall_{};                                    // of the current loop iteration
  SteadyTime steady_{};
};

}  // namespace

std::unique_ptr<GateHandler> make_graph_handler(const Services& services) {
  return std::make_unique<GraphHandler>(services);
}

}  // namespace porchlight::graph
