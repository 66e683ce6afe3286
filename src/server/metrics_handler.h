// `GET /metrics`: the page of metrics, on its own listener and on the admin socket. Frequent requests cost little: a
// page is made at most once a second, on a thread of its own that goes after the loops.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "base/clock.h"
#include "base/worker.h"
#include "http/handler.h"

namespace porchlight::server {

// Requests that may wait for a page; further ones get 503.
inline constexpr std::size_t kWaitingScrapesMax = 64;
// A page this old is made again.
inline constexpr Duration kPageLife = std::chrono::seconds(1);

class MetricsHandler {
 public:
  // `make_page` makes a page, on the thread of the handler. What it uses, and the clock, must outlive the handler.
  MetricsHandler(std::function<std::string()> make_page, const Clock& clock);
  // The destructor finishes the page that is made; requests that wait get 503.

  // Whether the request is for the page.
  static bool owns(const http::Request& request);
  // Fills the 404 for any other request.
  static void refuse(http::Response& response);
  // Answers any request: 404 unless it is for the page. Any loop's thread; the loop must outlive the handler.
  http::HandleResult handle(const http::Request& request, http::Response& response, http::Exchange exchange);

  // The requests that wait. Any thread.
  std::size_t waiting() const { return pool_.waiting(); }

 private:
  std::shared_ptr<const std::string> fresh_page();

  const std::function<std::string()> make_page_;
  const Clock& clock_;
  // Used on the thread of the pool.
  std::shared_ptr<const std::string> page_;
  SteadyTime made_at_{};
  WorkerPool pool_;  // last: its thread ends before the rest is destroyed
};

}  // namespace porchlight::server
