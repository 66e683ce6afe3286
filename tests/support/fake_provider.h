// An identity provider over real HTTPS on the loopback, which answers as a test tells it: well, or badly. One
// connection at a time, one answer each.
#pragma once

#include <filesystem>
#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <thread>

struct ssl_ctx_st;

namespace porchlight {

class FakeProvider {
 public:
  // What is sent back for a path, whole: status line, fields, body.
  static std::string ok(const std::string& body);
  static std::string redirect(const std::string& to);

  // A certificate chain and its key, as PEM files. The port is the kernel's choice.
  FakeProvider(const std::filesystem::path& certificate, const std::filesystem::path& key);
  ~FakeProvider();

  std::string url(const std::string& path) const;
  void answer(const std::string& path, std::string with);
  // Says nothing from now on once it was asked, or sends a byte every tenth of a second.
  enum class Pace { kQuick, kNever, kDripping };
  void set_pace(Pace pace);
  // Breaks off every connection before the handshake, or serves again.
  void set_down(bool down);
  // Requests that were read, for that path.
  std::size_t asked(const std::string& path) const;
  // Waits until it was asked so often; false where that takes ten seconds.
  bool await_asked(const std::string& path, std::size_t times) const;

 private:
  void serve();
  void converse(int fd);

  ssl_ctx_st* const context_;
  const int listener_;
  mutable std::mutex mutex_;
  std::map<std::string, std::string> answers_;
  std::map<std::string, std::size_t> asked_;
  Pace pace_ = Pace::kQuick;
  bool down_ = false;
  bool stopping_ = false;
  std::thread thread_;
};

// Waits until it holds; false where that takes ten seconds.
bool await(const std::function<bool()>& holds);

}  // namespace porchlight
