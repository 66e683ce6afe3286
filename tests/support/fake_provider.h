// A test double of an identity provider over real HTTPS on the loopback address. It responds as a test sets
// it, also wrongly. One connection at a time, one response each.
#pragma once

#include <filesystem>
#include <functional>
#include <map>
#include <string>
#include <thread>

#include "base/mutex.h"

struct ssl_ctx_st;

namespace porchlight {

// Serves from a thread of its own until it is destroyed.
class FakeProvider {
 public:
  // A whole response: status line, fields and body.
  static std::string ok(const std::string& body);
  static std::string redirect(const std::string& to);

  // A certificate chain and its key, as PEM files. The kernel chooses the port.
  FakeProvider(const std::filesystem::path& certificate, const std::filesystem::path& key);
  ~FakeProvider();

  // The URL of a path.
  std::string url(const std::string& path) const;
  // Sets the response for a path.
  void answer(const std::string& path, std::string with);
  // From now on: responds at once, never, or with a byte every tenth of a second.
  enum class Pace { kQuick, kNever, kDripping };
  void set_pace(Pace pace);
  // Closes every connection before the handshake, or serves again.
  void set_down(bool down);
  // How many requests for that path were read.
  std::size_t asked(const std::string& path) const;
  // Waits until there were that many. Returns false after ten seconds.
  bool await_asked(const std::string& path, std::size_t times) const;

 private:
  void serve();
  void handle_connection(int fd);

  ssl_ctx_st* const context_;
  const int listener_;
  mutable Mutex mutex_;
  std::map<std::string, std::string> answers_ ABSL_GUARDED_BY(mutex_);
  std::map<std::string, std::size_t> asked_ ABSL_GUARDED_BY(mutex_);
  Pace pace_ ABSL_GUARDED_BY(mutex_) = Pace::kQuick;
  bool down_ ABSL_GUARDED_BY(mutex_) = false;
  bool stopping_ ABSL_GUARDED_BY(mutex_) = false;
  std::thread thread_;
};

// Waits until the condition holds. Returns false after ten seconds.
bool await(const std::function<bool()>& holds);

}  // namespace porchlight
