#include "server/admin_handler.h"

#include "base/json.h"

namespace porchlight::server {
namespace {

constexpr std::size_t kWaitingMax = 256;

void fill_error(http::Response& response, int status, std::string_view text) {
  response.status = status;
  response.add("Content-Type", "application/json");
  response.body = "{\"error\":";
  append_json_string(response.body, text);
  response.body += '}';
}

void fill(http::Response& response, std::expected<std::string, std::string> result) {
  response.clear();
  if (!result) return fill_error(response, 400, result.error());
  response.add("Content-Type", "application/json");
  response.body = *std::move(result);
}

}  // namespace

AdminHandler::AdminHandler(admin::Admin& admin) : admin_(admin), thread_([this] { work(); }) {}

AdminHandler::~AdminHandler() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  changed_.notify_one();
  thread_.join();
  for (PendingCommand& waiting : waiting_)
    waiting.exchange.answer([](http::Response& r) { fill(r, std::unexpected("the server is stopping")); });
}

http::HandleResult AdminHandler::handle(const http::Request& request, http::Response& response,
                                        http::Exchange exchange) {
  response.authenticated = true;  // the socket's mode says who may connect
  if (request.method != http::Method::kPost || request.path != "/admin") {
    fill_error(response, 404, "the only thing here is POST /admin");
    return http::HandleResult::kNow;
  }
  const std::lock_guard lock(mutex_);
  if (waiting_.size() >= kWaitingMax || stopping_) {
    fill_error(response, 503, "too many commands wait; try again");
    return http::HandleResult::kNow;
  }
  waiting_.push_back({std::string(request.body), exchange});
  changed_.notify_one();
  return http::HandleResult::kLater;
}

void AdminHandler::work() {
  std::unique_lock lock(mutex_);
  while (true) {
    changed_.wait(lock, [this] { return stopping_ || !waiting_.empty(); });
    if (stopping_) return;
    PendingCommand next = std::move(waiting_.front());
    waiting_.pop_front();
    lock.unlock();
    auto result = admin_.run(next.command);
    next.exchange.answer([result = std::move(result)](http::Response& response) mutable {
      fill(response, std::move(result));
    });
    lock.lock();
  }
}

}  // namespace porchlight::server
