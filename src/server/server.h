// A node, served: N loops on threads of their own, each with its own listening sockets, and the admin socket
// on the first.
#pragma once

#include <expected>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/clock.h"
#include "node/config.h"
#include "node/data_folder.h"

namespace porchlight::server {

// How long requests in flight may take once the server stops.
inline constexpr Duration kDrainMax = std::chrono::seconds(4);

class Server {
 public:
  // Opens the folder and serves it; returns once requests are taken. `manual`: time stands still until
  // callers advance it, from that moment on. `broken` is called, on any thread, where the folder turns out
  // to be damaged later; then the server is to be stopped.
  static std::expected<std::unique_ptr<Server>, std::string> start(
      const node::Config& config, const node::DataFolder& folder, std::optional<Time> manual,
      std::function<void()> broken = [] {});
  // Stops as stop() does.
  ~Server();

  // Where it listens, with the ports it really has: "http://127.0.0.1:8080".
  const std::vector<std::string>& urls() const;
  // The CA of the self-made certificate; empty where there is none.
  const std::filesystem::path& self_made_ca() const;
  // Takes no more requests, answers those in flight, closes the log. Once. An error, which is a sentence,
  // says how the folder was damaged.
  std::expected<void, std::string> stop();

 private:
  struct Parts;
  explicit Server(std::unique_ptr<Parts> parts);
  std::unique_ptr<Parts> parts_;
};

}  // namespace porchlight::server
