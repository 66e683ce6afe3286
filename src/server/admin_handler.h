// Administrative commands to a running server: `POST /admin` on the Unix socket of the data folder, which only the
// folder's owner may open. The body is the command. The answer is 200 with its result, 400 with
// {"error":"a sentence"}, or 503 if too many commands wait.
#pragma once

#include "admin/admin.h"
#include "server/request_queue.h"

namespace porchlight::server {

// Runs one command after another on a thread of its own.
class AdminHandler {
 public:
  // `admin` must outlive the handler.
  explicit AdminHandler(admin::Admin& admin);
  // The destructor finishes the command that runs; those that wait get 400 "the server is stopping".

  // Any loop's thread. The loop must outlive the handler.
  http::HandleResult handle(const http::Request& request, http::Response& response, http::Exchange exchange);

 private:
  admin::Admin& admin_;
  RequestQueue queue_;
};

}  // namespace porchlight::server
