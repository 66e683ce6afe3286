#include "server/metrics_handler.h"

#include <utility>

#include "metrics/exposition.h"

namespace porchlight::server {
namespace {

void fill_text(http::Response& response, int status, std::string_view text) {
  response.status = status;
  response.add("Content-Type", "text/plain; charset=utf-8");
  response.body = text;
}

}  // namespace

MetricsHandler::MetricsHandler(std::function<std::string()> make_page, const Clock& clock)
    : make_page_(std::move(make_page)), clock_(clock), pool_(kWaitingScrapesMax, 1, CpuShare::kLow) {}

bool MetricsHandler::owns(const http::Request& request) {
  const bool reads = request.method == http::Method::kGet || request.method == http::Method::kHead;
  return reads && request.path == "/metrics";
}

void MetricsHandler::refuse(http::Response& response) {
  fill_text(response, 404, "the only thing here is GET /metrics\n");
}

http::HandleResult MetricsHandler::handle(const http::Request& request, http::Response& response,
                                          http::Exchange exchange) {
  if (!owns(request)) return refuse(response), http::HandleResult::kNow;
  pool_.run([this, exchange = std::move(exchange)](TaskStatus status) {
    if (status != TaskStatus::kRun)
      return exchange.answer([](http::Response& out) { fill_text(out, 503, "too many requests wait\n"); });
    // Not compressed: that would be work of the loop.
    exchange.answer([page = fresh_page()](http::Response& out) {
      out.add("Content-Type", metrics::kContentType);
      out.add("Cache-Control", "no-store");
      out.body = *page;
    });
  });
  return http::HandleResult::kLater;
}

std::shared_ptr<const std::string> MetricsHandler::fresh_page() {
  const auto now = clock_.steady();
  if (!page_ || now - made_at_ >= kPageLife) {
    page_ = std::make_shared<const std::string>(make_page_());
    made_at_ = now;
  }
  return page_;
}

}  // namespace porchlight::server
