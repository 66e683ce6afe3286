// Where administrative commands come in while a server runs: `POST /admin` on the Unix socket of the data
// folder, whose mode lets in nobody but the folder's owner. The command is the body; the answer is 200 with
// its result, or 400 with {"error":"a sentence"}.
#pragma once

#include <condition_variable>
#include <deque>
#include <mutex>
#include <string>
#include <thread>

#include "admin/admin.h"
#include "http/handler.h"

namespace porchlight::server {

// Commands run one after another on a thread of their own, so that a long one holds up no serving loop.
class AdminHandler {
 public:
  explicit AdminHandler(admin::Admin& admin);
  // Finishes the command under way; those that still wait are answered that the server stops.
  ~AdminHandler();

  // Any loop's thread. The loop must outlive the handler.
  http::HandleResult handle(const http::Request& request, http::Response& response, http::Exchange exchange);

 private:
  struct PendingCommand {
    std::string command;
    http::Exchange exchange;
  };
  void work();

  admin::Admin& admin_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<PendingCommand> waiting_;  // guarded by mutex_
  bool stopping_ = false;               // guarded by mutex_
  std::thread thread_;
};

}  // namespace porchlight::server
