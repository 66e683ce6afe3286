#include "server/demo_player.h"

#include <algorithm>
#include <condition_variable>
#include <mutex>

#include "admin/demo.h"
#include "admin/demo_script.h"
#include "base/random.h"

namespace porchlight::server {

DemoPlayer::DemoPlayer(state::Commands& commands, const Clock& clock)
    : commands_(commands), clock_(clock), thread_([this](const std::stop_token& stop) { run(stop); }) {}

// A write that fails is left out: the script repeats. The pause is short, because the clock may be set.
void DemoPlayer::run(const std::stop_token& stop) {
  admin::DemoScript script(clock_.wall());
  std::mutex mutex;
  std::condition_variable_any pause;
  std::unique_lock lock(mutex);
  while (!stop.stop_requested()) {
    const Time now = clock_.wall();
    for (const admin::DemoAct& act : script.due(now))
      commands_.submit({admin::demo_tenant(), act.user}, secure_random_guid(), act.command, now,
                       [](const state::Outcome&) {});
    pause.wait_for(lock, stop, std::min(script.next() - now, admin::kDemoStep), [] { return false; });
  }
}

}  // namespace porchlight::server
