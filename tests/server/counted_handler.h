// A handler that counts the requests that it has handled, so that a test can send them one after the other.
#pragma once

#include <atomic>
#include <functional>
#include <utility>

#include "http/handler.h"

namespace porchlight::server {

class CountedHandler final : public http::Handler {
 public:
  using Handle = std::function<http::HandleResult(const http::Request&, http::Response&, http::Exchange)>;

  // Requests go to `handle`, on the loop's thread.
  explicit CountedHandler(Handle handle) : handle_(std::move(handle)) {}

  // Calls `send`, which causes a request on another thread, and returns its result once a request was handled.
  template <typename Send>
  auto await_one(Send send) {
    const int before = handled_;
    auto sent = send();
    for (int now = handled_; now == before; now = handled_) handled_.wait(now);
    return sent;
  }

  http::Admission admit(const http::Request&, std::int64_t, http::Response&) override { return true; }
  http::HandleResult handle(const http::Request& request, http::Response& response,
                            http::Exchange exchange) override {
    const auto result = handle_(request, response, std::move(exchange));
    ++handled_;
    handled_.notify_all();
    return result;
  }
  void refuse(int status, std::string_view, http::Response& response) override { response.status = status; }

 private:
  const Handle handle_;
  std::atomic<int> handled_ = 0;
};

}  // namespace porchlight::server
