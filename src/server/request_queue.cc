// A request that is refused is also answered through its exchange, which posts to its loop: a single way to answer,
// whether the queue is full, the pool stops, or the request ran.
#include "server/request_queue.h"

#include <memory>
#include <utility>

#include "server/owned_request.h"

namespace porchlight::server {

RequestQueue::RequestQueue(std::size_t waiting_max, std::size_t threads, Refuse refuse)
    : refuse_(std::move(refuse)), pool_(waiting_max, threads) {}

http::HandleResult RequestQueue::handle(const http::Request& request, http::Exchange exchange, Run run) {
  pool_.run([this, owned = std::make_unique<OwnedRequest>(request, std::move(exchange)),
             run = std::move(run)](TaskStatus status) mutable {
    http::Response made;
    if (status == TaskStatus::kRun)
      run(owned->request(), made);
    else
      refuse_(status, made);
    owned->exchange.answer(
        [made = std::move(made)](http::Response& response) mutable { response = std::move(made); });
  });
  return http::HandleResult::kLater;
}

}  // namespace porchlight::server
