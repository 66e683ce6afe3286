#include "server/server_commands.h"

namespace porchlight::server {

std::vector<admin::ServerCommand> server_commands(const std::function<LiveServer()>& live) {
  const auto on_server = [&](admin::AdminResult (*run)(const LiveServer&, admin::CommandArgs&)) {
    return [live, run](admin::CommandArgs& args) { return run(live(), args); };
  };
  return {
      {"server.overview", on_server(show_overview)},
      {"subscription.list", on_server(list_subscriptions)},
      {"subscription.remove", on_server(remove_subscription), admin::Effect::kService},
      {"deadletter.list", on_server(list_dead_letters)},
      {"deadletter.replay", on_server(replay_dead_letters), admin::Effect::kService},
  };
}

}  // namespace porchlight::server
