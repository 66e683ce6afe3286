#include "server/admin_handler.h"

#include <string>
#include <string_view>

#include "base/json_writer.h"

namespace porchlight::server {
namespace {

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

AdminHandler::AdminHandler(admin::Admin& admin) : admin_(admin), queue_(kWaitingMax, 1, refuse_command) {}

http::HandleResult AdminHandler::handle(const http::Request& request, http::Response& response,
                                        http::Exchange exchange) {
  if (request.method != http::Method::kPost || request.path != "/admin") {
    fill_error(response, 404, "the only thing here is POST /admin");
    return http::HandleResult::kNow;
  }
  return queue_.handle({}, request, std::move(exchange),
                       [this](const http::Request& command, http::Response& out) {
                         auto result = admin_.run(command.body);
                         if (!result) return fill_error(out, 400, result.error());
                         out.add("Content-Type", "application/json");
                         out.body = *std::move(result);
                       });
}

}  // namespace porchlight::server
