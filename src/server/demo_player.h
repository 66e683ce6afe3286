// Plays the script of the demo while the server runs (admin/demo_script.h).
#pragma once

#include <stop_token>
#include <thread>

#include "base/clock.h"
#include "state/commands.h"

namespace porchlight::server {

// Has a thread of its own. The destructor ends it at once; writes that were submitted may still be under way.
class DemoPlayer {
 public:
  // Both must outlive the player, and the view of the writer must have the demo.
  DemoPlayer(state::Commands& commands, const Clock& clock);

 private:
  void run(const std::stop_token& stop);

  state::Commands& commands_;
  const Clock& clock_;
  std::jthread thread_;
};

}  // namespace porchlight::server
