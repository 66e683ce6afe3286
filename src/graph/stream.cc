// GET /porchlight/v1/stream: what people look like, told as it changes, as server-sent events or over a
// WebSocket; and POST /porchlight/v1/streamTicket, for pages that can send no token with it
// (docs/streams.md).
#include <openssl/evp.h>

#include <algorithm>
#include <array>

#include "base/text.h"
#include "graph/characters.h"
#include "graph/query.h"
#include "graph/socket_stream.h"
#include "graph/subject.h"

namespace porchlight::graph {
namespace {

constexpr Duration kHeartbeat = std::chrono::seconds(15);
constexpr std::string_view kComment = ":\n\n";
constexpr std::string_view kRetry = "retry: 3000\n\n";
// RFC 6455 §1.3
constexpr std::string_view kSocketGuid = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
constexpr std::string_view kSocketVersion = "13";
constexpr std::size_t kSocketKeyChars = 24;  // of 16 bytes in base64

// Whether one of the words of a list is this one.
bool lists(std::string_view list, std::string_view word) {
  while (!list.empty()) {
    const std::size_t comma = std::min(list.find(','), list.size());
    if (same_text(trimmed(list.substr(0, comma)), word)) return true;
    list.remove_prefix(std::min(comma + 1, list.size()));
  }
  return false;
}

bool takes_events(std::string_view accept) {
  if (accept.empty()) return true;
  while (!accept.empty()) {
    const std::size_t comma = std::min(accept.find(','), accept.size());
    const std::string_view range = accept.substr(0, comma);
    const std::string_view type = trimmed(range.substr(0, range.find(';')));
    if (same_text(type, "text/event-stream") || same_text(type, "text/*") || type == "*/*") return true;
    accept.remove_prefix(std::min(comma + 1, accept.size()));
  }
  return false;
}

Error refusal(int status, std::string_view code, std::string message) {
  return {.status = status, .code = code, .message = std::move(message)};
}

bool wants_socket(const http::Request& request) {
  return lists(request.header("Upgrade"), "websocket") && lists(request.header("Connection"), "upgrade");
}

// A page may open one from our own origin, or from one that the operator names; what is no page says none.
bool is_welcome(const Tools& tools, const http::Request& request) {
  const std::string_view origin = request.header("Origin");
  if (origin.empty()) return true;
  std::string own;
  tools.replies.append_base(own, request);
  return same_text(origin, own) ||
         std::ranges::any_of(tools.shared.streams.origins,
                             [&](const std::string& o) { return o == "*" || same_text(o, origin); });
}

Result<void> check_socket(const Tools& tools, const http::Request& request) {
  if (request.header("Sec-WebSocket-Version") != kSocketVersion) {
    Error error = refusal(426, "UpgradeRequired", "Only version 13 of WebSocket is served.");
    error.socket_version = kSocketVersion;
    return std::unexpected(std::move(error));
  }
  const std::string_view key = request.header("Sec-WebSocket-Key");
  if (key.size() != kSocketKeyChars || !key.ends_with("==") || request.count("Sec-WebSocket-Key") != 1)
    return std::unexpected(refusal(400, "BadRequest", "Sec-WebSocket-Key is not sixteen bytes in base64."));
  if (!is_welcome(tools, request))
    return std::unexpected(refusal(403, "Forbidden", "Pages of this origin may not open a WebSocket here."));
  return {};
}

// Sec-WebSocket-Accept (RFC 6455 §4.2.2).
std::string accept_of(std::string_view key) {
  const std::string text = std::string(key).append(kSocketGuid);
  std::array<unsigned char, EVP_MAX_MD_SIZE> hash;
  unsigned size = 0;
  EVP_Digest(text.data(), text.size(), hash.data(), &size, EVP_sha1(), nullptr);
  std::array<unsigned char, 2 * EVP_MAX_MD_SIZE> base64;
  const int chars = EVP_EncodeBlock(base64.data(), hash.data(), static_cast<int>(size));
  return {reinterpret_cast<const char*>(base64.data()), static_cast<std::size_t>(chars)};
}

// EventSource sends the header by itself; a page that begins anew says it in the query.
Result<std::string> last_event(const http::Request& request) {
  if (const std::string_view header = request.header("Last-Event-ID"); !header.empty())
    return std::string(header);
  const auto parameter = read_parameter(request.query, "lastEventId");
  if (!parameter) return std::unexpected(parameter.error());
  return parameter->value_or("");
}

Result<Following> selected(const Tools& tools, const Call& call, bool socket) {
  const auto following = read_following(tools.shared, *call.caller, call.request.query);
  // Who may not read others does not learn who there is, either.
  if (!following || *following) {
    if (auto allowed = following ? authorize(*call.match.route->access, *call.caller, **following)
                                 : authorize(call, std::nullopt);
        !allowed)
      return std::unexpected(std::move(allowed.error()));
  }
  if (!following) return std::unexpected(following.error());
  if (*following) return **following;
  if (socket) return Following{};
  return std::unexpected(query_refused("users", "One of users, group, tenant and me must be given."));
}

}  // namespace

Result<Handled> open_stream(Tools& tools, const Call& call) {
  if (auto none = refuse_options(call.request.query); !none) return std::unexpected(std::move(none.error()));
  const bool socket = wants_socket(call.request);
  if (socket) {
    if (auto fits = check_socket(tools, call.request); !fits) return std::unexpected(std::move(fits.error()));
  } else if (!takes_events(call.fields.accept)) {
    return std::unexpected(
        refusal(406, "NotAcceptable", "Only text/event-stream, or a WebSocket, can be answered here."));
  }
  auto following = selected(tools, call, socket);
  if (!following) return std::unexpected(std::move(following.error()));
  auto resume = last_event(call.request);
  if (!resume) return std::unexpected(std::move(resume.error()));
  const http::Exchange* exchange = call.later.exchange();
  if (exchange == nullptr)
    return std::unexpected(query_refused("stream", "A $batch does not stream: send this request by itself."));
  if (socket)
    tools.replies.upgrade(call.response, call.ticket);
  else
    tools.replies.other(call.response, call.ticket, "text/event-stream");
  if (call.request.method == http::Method::kHead) return Handled::kNow;

  const identity::Caller& caller = *call.caller;
  const auto people = people_of(tools.shared, caller.tenant, *following);
  auto seat =
      tools.shared.streams.seats.take(caller.tenant, caller.app, people ? people->size() : 0, caller.user);
  if (!seat) return std::unexpected(throttled(kNoSeatRetryS));
  OpenStream::Terms terms{socket ? Speech::kMessages : Speech::kEvents, *std::move(following),
                          *std::move(resume)};
  std::shared_ptr<OpenStream> stream;
  if (socket) {
    stream = std::make_shared<SocketStream>(tools, caller, *call.match.route->access, *exchange,
                                            *std::move(seat), std::move(terms));
    call.response.add("Upgrade", "websocket");
    call.response.add("Sec-WebSocket-Accept", accept_of(call.request.header("Sec-WebSocket-Key")));
    call.response.goes_on = {stream, http::kPingFrame, kHeartbeat, true};
  } else {
    stream =
        std::make_shared<OpenStream>(tools.shared, caller, *exchange, *std::move(seat), std::move(terms));
    call.response.body = kRetry;
    call.response.goes_on = {stream, kComment, kHeartbeat};
  }
  if (!stream->begin()) return std::unexpected(stopping());
  return Handled::kNow;
}

Result<Handled> issue_stream_ticket(Tools& tools, const Call& call) {
  tools.replies.json(call.response, call.ticket);
  call.response.body = R"({"ticket":")" + tools.shared.streams.tickets.issue(*call.caller, call.ticket.now) +
                       R"(","expiresInSeconds":60})";
  return Handled::kNow;
}

}  // namespace porchlight::graph
