// POST /$batch: up to twenty requests in one (spec protocol §10). They run one after the other, in the order
// given except where dependsOn asks otherwise, so that a read sees the write before it.
#include <fmt/format.h>

#include <algorithm>
#include <memory>

#include "base/base64url.h"
#include "base/text.h"
#include "graph/batch_request.h"
#include "graph/characters.h"
#include "graph/handlers.h"

namespace porchlight::graph {
namespace {

http::Method method_of(std::string_view name) {
  constexpr std::string_view kNames[] = {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"};
  const auto found = std::ranges::find_if(kNames, [&](std::string_view n) { return same_text(n, name); });
  return static_cast<http::Method>(found - std::begin(kNames));
}

// `"Name":"value"` for each of the response's lines.
void append_headers(std::string& out, std::string_view lines) {
  bool first = true;
  while (!lines.empty()) {
    const std::size_t end = lines.find("\r\n");
    const std::string_view line = lines.substr(0, end);
    lines.remove_prefix(end + 2);
    const std::size_t colon = line.find(": ");
    if (!first) out += ',';
    first = false;
    append_json_string(out, line.substr(0, colon));
    out += ':';
    append_json_string(out, line.substr(colon + 2));
  }
}

bool has_json(const http::Response& response) {
  return response.lines().find("Content-Type: application/json") != std::string_view::npos;
}

// One item of the answer.
void append_response(std::string& out, std::string_view id, const http::Response& response) {
  out += R"({"id":)";
  append_json_string(out, id);
  fmt::format_to(std::back_inserter(out), R"(,"status":{},"headers":{{)", response.status);
  append_headers(out, response.lines());
  out += '}';
  if (!response.body.empty()) {
    out += R"(,"body":)";
    if (has_json(response))
      out += response.body;
    else
      append_json_string(out, encode_base64url(response.body));
  }
  out += '}';
}

// A batch under way. Lives on its loop's thread; whoever holds an answer that is still to come keeps it
// alive.
class Batch : public std::enable_shared_from_this<Batch> {
 public:
  Batch(Tools& tools, const Call& call, BatchRequest request)
      : tools_(tools),
        caller_(*call.caller),
        outer_(call.ticket),
        later_(call.later),
        host_(call.request.host),
        peer_(call.request.peer),
        door_(call.request.door),
        root_(fmt::format("/{}/", call.match.version)),
        request_(std::move(request)),
        failed_(request_.items.size()) {}

  // Runs what can be run now. True: all of it has.
  bool run() {
    while (next_ < request_.order.size()) {
      response_.clear();
      if (!begin(request_.order[next_])) return false;
      finish(response_);
    }
    return true;
  }

  // The whole answer.
  void answer(http::Response& response) {
    response.body = R"({"responses":[)" + std::move(answers_) + "]}";
    response.authenticated = true;
    tools_.replies.json(response, outer_);
  }

 private:
  // Takes the answer of the item under way, on whatever thread it comes, and goes on on the loop's.
  class Place final : public Later::Place {
   public:
    explicit Place(std::shared_ptr<Batch> batch) : batch_(std::move(batch)) {}
    void answer(Fill fill) override {
      batch_->later_.on_loop([batch = batch_, fill = std::move(fill)]() mutable { batch->go_on(fill); });
    }

   private:
    std::shared_ptr<Batch> batch_;
  };

  void go_on(Fill& fill) {
    response_.clear();
    fill(response_);
    finish(response_);
    if (!run()) return;
    later_.answer([batch = shared_from_this()](http::Response& response) { batch->answer(response); });
  }

  // True: response_ is the item's answer. False: it is still to come.
  bool begin(std::size_t index) {
    const BatchItem& item = request_.items[index];
    Ticket ticket = outer_;
    write_guid(tools_.random.guid(), ticket.request_id);
    ticket.in_batch = true;
    const bool dependency_failed =
        std::ranges::any_of(item.depends_on, [this](std::size_t other) { return failed_[other]; });
    if (dependency_failed) return fail(ticket, failed_dependency());
    auto target = target_of(item);
    if (!target) return fail(ticket, target.error());
    return serve(item, *target, ticket);
  }

  bool serve(const BatchItem& item, std::string_view target, const Ticket& ticket) {
    std::vector<http::Header> headers;
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
                          .peer = peer_,
                          .door = door_};
    if (question != std::string_view::npos) request.query = target.substr(question + 1);
    return tools_.steps.serve(request, caller_, ticket, response_,
                              Later(std::make_shared<Place>(shared_from_this()))) == Handled::kNow;
  }

  // The item's path and query from the host on. The version is that of the outer URL.
  Result<std::string> target_of(const BatchItem& item) const {
    std::string_view url = item.url;
    if (url.find("://") != std::string_view::npos)
      return std::unexpected(step_url_refused(clipped(item.url)));
    if (url.starts_with('/')) url.remove_prefix(1);
    const std::string_view version = url.substr(0, url.find('/'));
    if (same_text(version, "v1.0") || same_text(version, "beta")) {
      if (!same_text(version, std::string_view(root_).substr(1, version.size())))
        return std::unexpected(step_url_refused(clipped(item.url)));
      url.remove_prefix(std::min(version.size() + 1, url.size()));
    }
    return root_ + std::string(url);
  }

  bool fail(const Ticket& ticket, const Error& error) {
    tools_.replies.fail(response_, ticket, error, nullptr);
    return true;
  }

  void finish(const http::Response& response) {
    const std::size_t index = request_.order[next_++];
    failed_[index] = response.status >= 400;
    if (!answers_.empty()) answers_ += ',';
    append_response(answers_, request_.items[index].id, response);
  }

  Tools& tools_;
  const identity::Caller caller_;
  const Ticket outer_;
  const Later later_;
  const std::string host_;
  const std::string peer_;
  const http::Door door_;
  const std::string root_;
  const BatchRequest request_;
  std::vector<bool> failed_;  // by item
  std::size_t next_ = 0;      // in request_.order
  http::Response response_;   // of the item under way
  std::string answers_;
};

}  // namespace

Result<Handled> run_batch(Tools& tools, const Call& call) {
  auto request = read_batch(tools.reader, call.request.body);
  if (!request) return std::unexpected(std::move(request.error()));
  const auto batch = std::make_shared<Batch>(tools, call, std::move(*request));
  if (!batch->run()) return Handled::kLater;
  batch->answer(call.response);
  return Handled::kNow;
}

}  // namespace porchlight::graph
