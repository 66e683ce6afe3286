#include "server/admin_handler.h"

#include <algorithm>
#include <string>
#include <string_view>

#include "base/json_writer.h"
#include "server/effective_config.h"

namespace porchlight::server {
namespace {

constexpr std::string_view kPaths[] = {"/admin", "/config", "/reload"};

void fill_error(http::Response& response, int status, std::string_view text) {
  response.status = status;
  response.add("Content-Type", "application/json");
  response.body.clear();
  JsonObject(response.body).text("error", text);
}

void refuse_command(TaskStatus why, http::Response& response) {
  if (why == TaskStatus::kStopping) return fill_error(response, 400, "the server is stopping");
  fill_error(response, 503, "too many commands wait; try again");
}

int status_of(admin::AdminFault fault) {
  using enum admin::AdminFault;
  switch (fault) {
    case kNotFound:
      return 404;
    case kConflict:
      return 409;
    case kForbidden:
      return 403;
    case kThrottled:
      return 429;
    case kUnavailable:
      return 503;
    case kInvalid:
      break;
  }
  return 400;
}

graph::AdminAnswer answer_of(admin::AdminResult result) {
  if (!result) return {status_of(result.error().fault), std::move(result.error().text)};
  return {200, *std::move(result)};
}

graph::AdminAnswer not_run(TaskStatus why) {
  return {503, why == TaskStatus::kStopping ? "the server is stopping" : "too many commands wait; try again"};
}

}  // namespace

AdminHandler::AdminHandler(admin::Admin& admin, Reloader& reloader)
    : admin_(admin), reloader_(reloader), queue_(kCommandsWaitingMax, 1, refuse_command) {}

admin::AdminResult AdminHandler::run(const http::Request& request) {
  if (request.path == "/admin") return admin_.run(request.body, {.uid = request.uid});
  if (request.path == "/config") return settings_json(reloader_.rows());
  const auto report = reloader_.reload({.uid = request.uid});
  if (!report) return std::unexpected(report.error());
  return json_object([&](JsonObject& out) {
    out.texts("applied", report->applied);
    out.texts("needsRestart", report->needs_restart);
  });
}

http::HandleResult AdminHandler::handle(const http::Request& request, http::Response& response,
                                        http::Exchange exchange) {
  if (request.method != http::Method::kPost ||
      std::ranges::count(kPaths, std::string_view(request.path)) == 0) {
    fill_error(response, 404, "there are only POST /admin, POST /config and POST /reload");
    return http::HandleResult::kNow;
  }
  return queue_.handle({}, request, std::move(exchange),
                       [this](const http::Request& command, http::Response& out) {
                         auto result = run(command);
                         if (!result) return fill_error(out, 400, result.error().text);
                         out.add("Content-Type", "application/json");
                         out.body = *std::move(result);
                       });
}

// Callers without the role wait only for the record of their request.
void AdminHandler::submit(graph::AdminRequest request,
                          std::move_only_function<void(graph::AdminAnswer)> done) {
  const identity::Caller& caller = request.caller;
  admin::Actor actor{.way = audit::Way::kApi,
                     .tenant = caller.tenant,
                     .user = caller.user.value_or(Guid{}),
                     .app = caller.app,
                     .address = std::move(request.address)};
  const QueueOwner owner{.tenant = std::hash<Guid>{}(actor.tenant), .source = std::hash<Guid>{}(actor.user)};
  queue_.run(owner, [this, actor = std::move(actor), command = std::move(request.command),
                     done = std::move(done)](TaskStatus status) mutable {
    if (status != TaskStatus::kRun) return done(not_run(status));
    if (!admin_.admits(actor)) admin_.deny(command, actor);
    done(answer_of(admin_.run(command, actor)));
  });
}

}  // namespace porchlight::server
