// A running server: a node and N serving loops, each on a thread of its own with its own listening sockets; the admin
// socket belongs to the first loop.
#pragma once

#include <expected>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/clock.h"
#include "node/config.h"
#include "node/data_folder.h"
#include "node/start_progress.h"
#include "server/passed_sockets.h"
#include "server/reloader.h"

namespace porchlight::server {

// How long requests in flight may take when the server stops.
inline constexpr Duration kDrainMax = std::chrono::seconds(4);

// What a server takes from its owner.
struct ServerHooks {
  // Called on any thread if the folder turns out to be damaged later; the owner then stops the server.
  std::function<void()> broken = [] {};
  node::StartObserver on_start_progress = {};
  std::string_view version = "unknown";  // of the program, for metrics
  ConfigAgain again = {};                // for reloads
  std::vector<PassedSocket> sockets =
      {};             // used for the entries of their kind and address in the configuration
  bool demo = false;  // plays the demo, and lets anyone who can connect act as its users (demo_entry.h)
};

// Started and stopped on one thread.
class Server {
 public:
  // Opens the folder and serves it; returns once requests are accepted. With `manual`, the clock starts at that time
  // and moves only when a client advances it. An error is a sentence.
  static std::expected<std::unique_ptr<Server>, std::string> start(const node::Config& config,
                                                                   const node::DataFolder& folder,
                                                                   std::optional<Time> manual,
                                                                   ServerHooks hooks = {});
  // Calls stop().
  ~Server();

  // The addresses of the listeners, with the ports that the sockets have: "http://127.0.0.1:8080".
  const std::vector<std::string>& urls() const;
  // The address of the metrics; empty without a listener for them.
  const std::string& metrics_url() const;
  // The file with the CA of the self-signed certificate; empty if another certificate or no TLS is used.
  const std::filesystem::path& self_made_ca() const;
  // Reads the configuration again and applies what can be (Reloader::reload()). Any thread; safe during stop().
  std::expected<ReloadReport, std::string> reload(const audit::Actor& by);
  // Whether each serving loop has begun an iteration since the last call, whose answer was true. One thread.
  bool all_loops_turned();
  // The state as /readyz says it, with the addresses if the server is ready. Any thread.
  std::string state() const;
  // Accepts no more requests, answers those in flight, closes the log. Call it once. An error, which is a sentence,
  // says how the folder was damaged.
  std::expected<void, std::string> stop();

 private:
  struct Parts;
  explicit Server(std::unique_ptr<Parts> parts);
  std::unique_ptr<Parts> parts_;
};

}  // namespace porchlight::server
