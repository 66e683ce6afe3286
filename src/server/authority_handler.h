// Requests on their way to the authority: it may take its time (a password, a sync), so it answers on threads
// of its own.
#pragma once

#include <condition_variable>
#include <deque>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

#include "authority/authority.h"
#include "base/clock.h"
#include "server/owned_request.h"

namespace porchlight::server {

class AuthorityHandler {
 public:
  // Both must outlive it.
  AuthorityHandler(authority::Authority& authority, const Clock& clock);
  // Finishes what is under way; those that still wait are answered that it is unavailable.
  ~AuthorityHandler();

  // Whether a body of that size may come (-1: not known); else the answer is 413.
  bool admit(std::int64_t body_bytes, http::Response& response) const;
  // Any loop's thread. The loop must outlive the handler.
  http::HandleResult handle(const http::Request& request, http::Response& response, http::Exchange exchange);

 private:
  void work();

  authority::Authority& authority_;
  const Clock& clock_;
  std::mutex mutex_;
  std::condition_variable available_;
  std::deque<std::unique_ptr<OwnedRequest>> waiting_;  // guarded by mutex_
  bool stopping_ = false;                              // guarded by mutex_
  std::vector<std::thread> threads_;
};

}  // namespace porchlight::server
