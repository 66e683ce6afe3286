// Requests whose answers take long (a password hash, a disk write): they wait in a bounded queue and are answered on
// threads of their own, so that no serving loop waits for them. The loops go before these threads: the requests that
// one tenant sends to the queue must not delay what others send to the loops.
#pragma once

#include <cstddef>
#include <functional>

#include "base/worker.h"
#include "http/handler.h"

namespace porchlight::server {

class RequestQueue {
 public:
  // Fills the answer to a request, on a thread of the queue. The request is valid during the call.
  using Run = std::move_only_function<void(const http::Request& request, http::Response& response)>;
  // Fills the answer to a request that is not run.
  using Refuse = std::function<void(TaskStatus why, http::Response& response)>;

  // At most `waiting_max` requests wait. With one thread, requests of one owner run in the order of handle().
  RequestQueue(std::size_t waiting_max, std::size_t threads, Refuse refuse, CpuShare share = CpuShare::kLow);
  // The destructor waits for the requests that run, and refuses those that wait.

  // Copies the request and queues it. Owners take turns, and if too many requests wait, one of the owner that has most
  // is refused (fair_queue.h). It is always answered through `exchange`. Any loop's thread; the loop must outlive the
  // queue.
  http::HandleResult handle(const QueueOwner& owner, const http::Request& request, http::Exchange exchange,
                            Run run);
  // Queues a task that is not of a request, with the same owners and bounds. Any thread.
  void run(const QueueOwner& owner, WorkerPool::Task task) { pool_.run(owner, std::move(task)); }
  // How many wait. Any thread.
  std::size_t waiting() const { return pool_.waiting(); }

 private:
  const Refuse refuse_;
  WorkerPool pool_;  // last: its threads end before the rest is destroyed
};

}  // namespace porchlight::server
