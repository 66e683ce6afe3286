// GET /porchlight/v1/stream: sends presences as they change, as server-sent events or over a WebSocket; and POST
// /porchlight/v1/streamTicket, for web pages, which cannot send a token with a stream (docs/streams.md).
#include <openssl/evp.h>

#include <algorithm>
#include <array>

#include "base/text.h"
#include "graph/call/operation.h"
#include "graph/streams/websocket_session.h"
#include "graph/wire/query.h"

namespace porchlight::graph {
namespace {

constexpr Duration kHeartbeat = std::chrono::seconds(15);
constexpr std::string_view kSseComment = ":\n\n";
constexpr std::string_view kSseRetry = "retry: 3000\n\n";
// RFC 6455 §1.3
constexpr std::string_view kWebSocketGuid = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
constexpr std::string_view kWebSocketVersion = "13";
constexpr std::size_t kWebSocketKeyChars = 24;  // of 16 bytes in base64

Error make_error(int status, std::string_view code, std::string message) {
  return {.status = status, .code = code, .message = std::move(message)};
}

bool wants_websocket(const http::Request& request) {
  return request.lists("Upgrade", "websocket") && request.lists("Connection", "upgrade");
}

// A web page may open a WebSocket from the server's own origin or from a configured one. A client that is no browser
// sends no Origin.
bool is_origin_allowed(const HandlerContext& context, const http::Request& request) {
  const std::string_view origin = request.header("Origin");
  if (origin.empty()) return true;
  std::string own;
  context.response_writer.base_url(request).append_to(own);
  return equals_ignore_case(origin, own) ||
         std::ranges::any_of(*context.services.streams.origins.get(),
                             [&](const std::string& o) { return o == "*" || equals_ignore_case(o, origin); });
}

Result<void> check_websocket(const HandlerContext& context, const http::Request& request) {
  if (request.header("Sec-WebSocket-Version") != kWebSocketVersion) {
    Error error = make_error(426, "UpgradeRequired", "Only version 13 of WebSocket is served.");
    error.websocket_version = kWebSocketVersion;
    return std::unexpected(std::move(error));
  }
  const std::string_view key = request.header("Sec-WebSocket-Key");
  if (key.size() != kWebSocketKeyChars || !key.ends_with("==") || request.count("Sec-WebSocket-Key") != 1)
    return std::unexpected(
        make_error(400, "BadRequest", "Sec-WebSocket-Key is not sixteen bytes in base64."));
  if (!is_origin_allowed(context, request))
    return std::unexpected(
        make_error(403, "Forbidden", "Pages of this origin may not open a WebSocket here."));
  return {};
}

// Sec-WebSocket-Accept (RFC 6455 §4.2.2).
std::string websocket_accept(std::string_view key) {
  const std::string text = std::string(key).append(kWebSocketGuid);
  std::array<unsigned char, EVP_MAX_MD_SIZE> hash;
  unsigned size = 0;
  EVP_Digest(text.data(), text.size(), hash.data(), &size, EVP_sha1(), nullptr);
  std::array<unsigned char, 2 * EVP_MAX_MD_SIZE> base64;
  const int chars = EVP_EncodeBlock(base64.data(), hash.data(), static_cast<int>(size));
  return {reinterpret_cast<const char*>(base64.data()), static_cast<std::size_t>(chars)};
}

// EventSource sends the header when it reconnects. A page that was loaded again sends the query parameter.
Result<std::string> last_event_id(const http::Request& request) {
  if (const std::string_view header = request.header("Last-Event-ID"); !header.empty())
    return std::string(header);
  const auto parameter = find_parameter(request.query, "lastEventId");
  if (!parameter) return std::unexpected(parameter.error());
  return parameter->value_or("");
}

struct StreamRequest {
  bool websocket = false;
  Result<std::optional<WatchTarget>> target;
};

Result<StreamRequest> parse_open_stream(HandlerContext& context, const Call& call) {
  if (auto none = reject_options(call.request.query); !none) return std::unexpected(std::move(none.error()));
  const bool websocket = wants_websocket(call.request);
  if (websocket) {
    if (auto fits = check_websocket(context, call.request); !fits)
      return std::unexpected(std::move(fits.error()));
  } else if (!accepts_event_stream(call.headers.accept)) {
    return std::unexpected(
        make_error(406, "NotAcceptable", "Only text/event-stream, or a WebSocket, can be answered here."));
  }
  return StreamRequest{websocket, parse_watch_target(context.services, *call.caller, call.request.query)};
}

// The permission comes before errors of the target: a caller who may not read others must not learn which users
// exist. A WebSocket without a target is authorized by each message.
Result<void> may_open_stream(const HandlerContext&, const Call& call, const StreamRequest& requested) {
  if (!requested.target) return authorize(call, std::nullopt);
  if (!*requested.target) return {};
  return authorize(*call.match.route->access, *call.caller, **requested.target);
}

Result<WatchTarget> requested_target(const StreamRequest& requested) {
  if (!requested.target) return std::unexpected(requested.target.error());
  if (*requested.target) return **requested.target;
  if (requested.websocket) return WatchTarget{};
  return std::unexpected(invalid_query("users", "One of users, group, tenant and me must be given."));
}

Result<Handled> run_open_stream(HandlerContext& context, const Call& call, const StreamRequest& requested) {
  const bool websocket = requested.websocket;
  auto target = requested_target(requested);
  if (!target) return std::unexpected(std::move(target.error()));
  auto resume = last_event_id(call.request);
  if (!resume) return std::unexpected(std::move(resume.error()));
  const http::Exchange* exchange = call.deferred.exchange();
  if (exchange == nullptr)
    return std::unexpected(invalid_query("stream", "A $batch does not stream: send this request by itself."));
  if (websocket) {
    context.response_writer.upgrade(call.response, call.info);
  } else {
    context.response_writer.with_content_type(call.response, call.info, "text/event-stream");
    call.response.add("X-Accel-Buffering", "no");  // nginx would hold the events back
  }
  if (call.request.method == http::Method::kHead) return Handled::kNow;

  const identity::Caller& caller = *call.caller;
  const std::size_t people = watch::people_count(context.services.view, caller.tenant, *target);
  auto permit = context.services.streams.watch_quota.acquire(caller.tenant, caller.app, people, caller.user);
  if (!permit) return std::unexpected(throttled(kQuotaRetryS));
  charge_people(context.services, caller, people);
  StreamSession::StreamOptions options{websocket ? StreamTransport::kWebSocket : StreamTransport::kSse,
                                       *std::move(target), *std::move(resume)};
  std::shared_ptr<StreamSession> stream;
  if (websocket) {
    stream = std::make_shared<WebSocketSession>(context, caller, *call.match.route->access, *exchange,
                                                *std::move(permit), std::move(options));
    call.response.add("Upgrade", "websocket");
    call.response.add("Sec-WebSocket-Accept", websocket_accept(call.request.header("Sec-WebSocket-Key")));
    call.response.streaming = {stream, http::kPingFrame, kHeartbeat, true};
  } else {
    stream = std::make_shared<StreamSession>(context.services, caller, *exchange, *std::move(permit),
                                             std::move(options));
    call.response.body = kSseRetry;
    call.response.streaming = {stream, kSseComment, kHeartbeat};
  }
  if (!stream->start()) return std::unexpected(service_stopping());
  return Handled::kNow;
}

Result<Handled> run_issue_stream_ticket(HandlerContext& context, const Call& call) {
  context.response_writer.json(call.response, call.info);
  call.response.body = R"({"ticket":")" +
                       context.services.streams.tickets.issue(*call.caller, call.info.now) +
                       R"(","expiresInSeconds":60})";
  return Handled::kNow;
}

}  // namespace

constinit const RouteOperation open_stream =
    operation_with_rule<parse_open_stream, may_open_stream, run_open_stream>();
constinit const RouteOperation issue_stream_ticket =
    operation_for_any_token<parse_nothing, run_issue_stream_ticket>().with_secret();

}  // namespace porchlight::graph
