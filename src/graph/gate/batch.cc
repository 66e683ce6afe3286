// POST /$batch: up to twenty requests in one (spec protocol §10). They run one after the other, in the given order
// except where dependsOn requires another, so that a read sees the writes before it.
//
// A response above kHeldBytesMax is sent in parts: the next steps run when the client has read what is ready.
#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <utility>

#include "base/base64url.h"
#include "base/check.h"
#include "base/json_writer.h"
#include "base/text.h"
#include "graph/call/caller_validity.h"
#include "graph/call/operation.h"
#include "graph/wire/batch_request.h"
#include "graph/wire/characters.h"

namespace porchlight::graph {
namespace {

// Bytes of responses that are ready and wait, before the last step that ran.
constexpr std::size_t kHeldBytesMax = 256 * 1024;
// While a step of a response that has begun takes long, white space between two items keeps proxies from giving up.
constexpr std::string_view kWhiteSpace = " ";
constexpr Duration kWhiteSpaceInterval = std::chrono::seconds(15);

http::Method method_of(std::string_view name) {
  constexpr std::string_view kNames[] = {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"};
  const auto found =
      std::ranges::find_if(kNames, [&](std::string_view n) { return equals_ignore_case(n, name); });
  return static_cast<http::Method>(found - std::begin(kNames));
}

// Adds a member for each header line of a response.
void add_headers(JsonObject& out, std::string_view lines) {
  while (!lines.empty()) {
    const std::size_t end = lines.find("\r\n");
    const std::string_view line = lines.substr(0, end);
    lines.remove_prefix(end + 2);
    const std::size_t colon = line.find(": ");
    out.text(line.substr(0, colon), line.substr(colon + 2));
  }
}

bool has_json(const http::Response& response) {
  return response.lines().find("Content-Type: application/json") != std::string_view::npos;
}

// Appends one item of the response. A body that is not JSON is written as base64url.
void append_response(std::string& responses, std::string_view id, const http::Response& response) {
  JsonObject out(responses);
  out.text("id", id).number("status", response.status);
  out.object("headers", [&](JsonObject& headers) { add_headers(headers, response.lines()); });
  if (response.body.empty()) return;
  if (has_json(response))
    out.json("body", response.body);
  else
    out.text("body", encode_base64url(response.body));
}

// A running batch, on its loop's thread. A step that answers later holds a reference, which keeps the batch alive; so
// does the connection if the response is sent in parts.
class BatchRun final : public http::StreamObserver, public std::enable_shared_from_this<BatchRun> {
 public:
  enum class BatchProgress : std::uint8_t {
    kDone,       // all steps have run
    kStepLater,  // a step answers later
    kFull,       // what is ready must be read before the next step
  };

  BatchRun(HandlerContext& context, const Call& call, BatchRequest request)
      : context_(context),
        caller_(*call.caller),
        batch_info_(call.info),
        deferred_(call.deferred),
        host_(call.request.host),
        client_(call.request.client),
        listener_kind_(call.request.listener_kind),
        is_https_(call.request.is_https),
        span_(call.request.span ? std::optional(*call.request.span) : std::nullopt),
        root_(fmt::format("/{}/", call.match.version)),
        request_(std::move(request)),
        failed_(request_.items.size()) {}

  // Runs steps as far as that is possible now.
  BatchProgress run() {
    while (next_ < request_.order.size()) {
      if (responses_.size() >= kHeldBytesMax) return BatchProgress::kFull;
      response_.clear();
      if (!start_step(request_.order[next_])) return BatchProgress::kStepLater;
      record_response(response_);
    }
    return BatchProgress::kDone;
  }

  // Writes the response of the batch, or with kFull its beginning.
  void answer(http::Response& response, BatchProgress progress) {
    response.body = R"({"responses":[)" + std::exchange(responses_, {});
    response.authenticated = true;
    context_.response_writer.json(response, batch_info_);
    response.compressible = compressible_;
    if (progress == BatchProgress::kDone) {
      response.body += "]}";
      return;
    }
    waits_for_reader_ = is_in_parts_ = true;
    response.streaming = {shared_from_this(), kWhiteSpace, kWhiteSpaceInterval, false, true};
  }

  // StreamObserver, if the response is sent in parts. The next steps run outside of the connection's own work.
  void on_drained() override {
    if (!std::exchange(waits_for_reader_, false)) return;
    deferred_.on_loop([batch = shared_from_this()] { batch->go_on(); });
  }
  void on_stalled() override {}
  void on_received(std::string_view) override {}
  void on_disconnected() override { is_disconnected_ = true; }

 private:
  // Receives the response of the current step on any thread, and continues on the loop's.
  class StepSink final : public DeferredResponse::ResponseSink {
   public:
    explicit StepSink(std::shared_ptr<BatchRun> batch) : batch_(std::move(batch)) {}
    void answer(FillResponse fill) override {
      batch_->deferred_.on_loop(
          [batch = batch_, fill = std::move(fill)]() mutable { batch->complete_step(fill); });
    }

   private:
    std::shared_ptr<BatchRun> batch_;
  };

  void complete_step(FillResponse& fill) {
    response_.clear();
    fill(response_);
    record_response(response_);
    go_on();
  }

  // Runs further steps and sends what is ready. Without a reader, the rest of the batch is dropped.
  void go_on() {
    if (is_disconnected_) return;
    const BatchProgress progress = run();
    if (progress == BatchProgress::kStepLater) return;
    if (!is_in_parts_) {
      return deferred_.answer([batch = shared_from_this(), progress](http::Response& response) {
        batch->answer(response, progress);
      });
    }
    waits_for_reader_ = progress == BatchProgress::kFull;
    std::string part = std::exchange(responses_, {});
    if (progress == BatchProgress::kDone) part += "]}";
    auto bytes = std::make_shared<const std::string>(std::move(part));
    if (progress == BatchProgress::kDone)
      deferred_.exchange()->end(std::move(bytes));
    else
      deferred_.exchange()->push(std::move(bytes));
  }

  // Returns true if response_ is the response of the step, false if it answers later.
  bool start_step(std::size_t index) {
    const BatchItem& item = request_.items[index];
    RequestInfo info = batch_info_;
    write_guid(context_.random.guid(), info.request_id);
    info.in_batch = true;
    if (is_in_parts_) {
      // The reader may have taken minutes: the step is a request of this moment.
      info.now = context_.services.clock.wall();
      if (const auto fault = fault_of_caller(info.now)) return fail(info, token_invalid(*fault));
    }
    const bool dependency_failed =
        std::ranges::any_of(item.depends_on, [this](std::size_t other) { return failed_[other]; });
    if (dependency_failed) return fail(info, failed_dependency());
    auto target = step_target(item);
    if (!target) return fail(info, target.error());
    return run_step(item, *target, info);
  }

  // Why the token is no longer good; nullopt if it is.
  std::optional<identity::TokenFault> fault_of_caller(Time now) {
    if (now >= caller_.expires_at + identity::kClockSkewMax) return identity::TokenFault::kExpired;
    if (!is_still_valid(context_.services, caller_)) return identity::TokenFault::kRevoked;
    return std::nullopt;
  }

  bool run_step(const BatchItem& item, std::string_view target, const RequestInfo& info) {
    std::vector<http::HeaderField> headers;
    for (const auto& [name, value] : item.headers)
      if (!http::same_name(name, "authorization")) headers.push_back({name, value});
    const std::size_t question = target.find('?');
    http::Request request{.method = method_of(item.method),
                          .target = target,
                          .path = target.substr(0, question),
                          .query = {},
                          .host = host_,
                          .headers = headers,
                          .body = item.body,
                          .client = client_,
                          .listener_kind = listener_kind_,
                          .is_https = is_https_,
                          .span = span_ ? &*span_ : nullptr};
    if (question != std::string_view::npos) request.query = target.substr(question + 1);
    return context_.batch_executor.execute_step(
               request, caller_, info, response_,
               DeferredResponse(std::make_shared<StepSink>(shared_from_this()))) == Handled::kNow;
  }

  // The path and query of a step, up to a fragment. Its version is that of the batch; another one is an error.
  Result<std::string> step_target(const BatchItem& item) const {
    std::string_view url = std::string_view(item.url).substr(0, item.url.find('#'));
    if (url.find("://") != std::string_view::npos)
      return std::unexpected(invalid_step_url(truncated(item.url)));
    url.remove_prefix(std::min(url.find_first_not_of('/'), url.size()));
    const std::string_view version = url.substr(0, url.find('/'));
    if (equals_ignore_case(version, "v1.0") || equals_ignore_case(version, "beta")) {
      if (!equals_ignore_case(version, std::string_view(root_).substr(1, version.size())))
        return std::unexpected(invalid_step_url(truncated(item.url)));
      url.remove_prefix(std::min(version.size() + 1, url.size()));
    }
    return root_ + std::string(url);
  }

  bool fail(const RequestInfo& info, const Error& error) {
    context_.response_writer.fail(response_, info, error, nullptr);
    return true;
  }

  void record_response(const http::Response& response) {
    CHECK(next_ < request_.order.size());
    const std::size_t index = request_.order[next_++];
    failed_[index] = response.status >= 400;
    compressible_ = compressible_ && response.compressible;
    if (index != request_.order.front()) responses_ += ',';
    append_response(responses_, request_.items[index].id, response);
  }

  HandlerContext& context_;
  identity::Caller caller_;  // its validity_epoch changes
  const RequestInfo batch_info_;
  const DeferredResponse deferred_;
  const std::string host_;
  const std::optional<IpAddress> client_;
  const http::ListenerKind listener_kind_;
  const bool is_https_;
  const std::optional<TraceContext> span_;  // of the batch, if it is sampled
  const std::string root_;
  const BatchRequest request_;
  std::vector<bool> failed_;  // by item
  std::size_t next_ = 0;      // in request_.order
  http::Response response_;   // of the current step
  std::string responses_;     // ready and not sent yet
  bool compressible_ = true;  // every response so far is
  bool is_in_parts_ = false;  // the response has begun
  bool waits_for_reader_ = false;
  bool is_disconnected_ = false;
};

Result<BatchRequest> parse_execute_batch(HandlerContext& context, const Call& call) {
  const bool allowed = context.services.settings.empty_batch_writes;
  return parse_batch(context.reader, call.request.body,
                     allowed ? EmptyWrites::kAllowed : EmptyWrites::kRefused);
}

Result<Handled> run_execute_batch(HandlerContext& context, const Call& call, BatchRequest& request) {
  const auto batch = std::make_shared<BatchRun>(context, call, std::move(request));
  const auto progress = batch->run();
  if (progress == BatchRun::BatchProgress::kStepLater) return Handled::kLater;
  batch->answer(call.response, progress);
  return Handled::kNow;
}

}  // namespace

constinit const RouteOperation execute_batch =
    operation_for_any_token<parse_execute_batch, run_execute_batch>();

}  // namespace porchlight::graph
