// Administrative commands to a running server. One way is the Unix socket of the data folder, which only the folder's
// owner may open. The answer is 200 with a result, 400 with {"error":"a sentence"}, or 503 if too many commands wait.
//
//   POST /admin    runs the command in the body (admin/admin.h)
//   POST /reload   reads the configuration again -> {"applied":[key],"needsRestart":[key]}
//   POST /config   -> the settings in effect, [{"key","value","origin"}]
//
// The other is the administration API.
#pragma once

#include <cstddef>
#include <expected>
#include <string>

#include "admin/admin.h"
#include "graph/call/administration.h"
#include "server/reloader.h"
#include "server/request_queue.h"

namespace porchlight::server {

// Commands that may wait, of the socket and of the API together.
inline constexpr std::size_t kCommandsWaitingMax = 256;

// Runs one command after another on a thread of its own. Tenants take turns.
class AdminHandler final : public graph::Administration {
 public:
  // Both must outlive the handler.
  AdminHandler(admin::Admin& admin, Reloader& reloader);
  // The destructor finishes the command that runs; those that wait get 400 "the server is stopping".

  // Any loop's thread. The loop must outlive the handler.
  http::HandleResult handle(const http::Request& request, http::Response& response, http::Exchange exchange);
  void submit(graph::AdminRequest request, std::move_only_function<void(graph::AdminAnswer)> done) override;

  // The commands that wait. Any thread.
  std::size_t waiting() const { return queue_.waiting(); }

 private:
  admin::AdminResult run(const http::Request& request);

  admin::Admin& admin_;
  Reloader& reloader_;
  RequestQueue queue_;
};

}  // namespace porchlight::server
