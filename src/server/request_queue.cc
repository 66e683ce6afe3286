// A request that is refused is also answered through its exchange, which posts to its loop: a single way to answer,
// whether the queue is full, the pool stops, or the request ran.
#include "server/request_queue.h"

#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace porchlight::server {
namespace {

// A copy of a request, because the original refers to the buffer of its connection. Neither copied nor moved:
// request() refers to its members.
class OwnedRequest {
 public:
  OwnedRequest(const http::Request& given, http::Exchange its_exchange)
      : exchange(std::move(its_exchange)),
        path_(given.path),
        query_(given.query),
        host_(given.host),
        body_(given.body) {
    fields_.reserve(given.headers.size());
    for (const http::HeaderField& header : given.headers)
      fields_.emplace_back(std::string(header.name), std::string(header.value));
    for (const auto& [name, value] : fields_) headers_.push_back({name, value});
    request_.method = given.method;
    request_.path = path_;
    request_.query = query_;
    request_.host = host_;
    request_.headers = headers_;
    request_.body = body_;
    request_.client = given.client;
    request_.uid = given.uid;
    request_.listener_kind = given.listener_kind;
    request_.is_https = given.is_https;
  }
  OwnedRequest(const OwnedRequest&) = delete;

  // Valid as long as this object.
  const http::Request& request() const { return request_; }
  // Answers the request.
  const http::Exchange exchange;

 private:
  const std::string path_, query_, host_, body_;
  std::vector<std::pair<std::string, std::string>> fields_;
  std::vector<http::HeaderField> headers_;
  http::Request request_;
};

}  // namespace

RequestQueue::RequestQueue(std::size_t waiting_max, std::size_t threads, Refuse refuse, CpuShare share)
    : refuse_(std::move(refuse)), pool_(waiting_max, threads, share) {}

http::HandleResult RequestQueue::handle(const QueueOwner& owner, const http::Request& request,
                                        http::Exchange exchange, Run run) {
  pool_.run(owner, [this, owned = std::make_unique<OwnedRequest>(request, std::move(exchange)),
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
