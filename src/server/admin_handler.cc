#include "server/admin_handler.h"

#include <algorithm>
#include <string>
#include <string_view>

#include "base/json_writer.h"
#include "server/effective_config.h"

namespace porchlight::server {
namespace {

constexpr std::string_view kPaths[] = {"/admin", "/config", "/reload"};

// Commands that may wait.
constexpr std::size_t kWaitingMax = 256;

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

}  // namespace

AdminHandler::AdminHandler(admin::Admin& admin, Reloader& reloader)
    : admin_(admin), reloader_(reloader), queue_(kWaitingMax, 1, refuse_command) {}

std::expected<std::string, std::string> AdminHandler::run(const http::Request& request) {
  if (request.path == "/admin") return admin_.run(request.body);
  if (request.path == "/config") return settings_json(reloader_.rows());
  const auto report = reloader_.reload();
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
                         if (!result) return fill_error(out, 400, result.error());
                         out.add("Content-Type", "application/json");
                         out.body = *std::move(result);
                       });
}

}  // namespace porchlight::server
