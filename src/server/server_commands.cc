#include "server/server_commands.h"

namespace porchlight::server {

std::vector<admin::ServerCommand> server_commands(const std::function<LiveServer()>& live) {
  const auto on_server = [&](admin::AdminResult (*run)(const LiveServer&, admin::CommandArgs&)) {
    return [live, run](admin::CommandArgs& args) { return run(live(), args); };
  };
  return {
      {"server.overview", on_server(show_overview)},
  };
}

}  // namespace porchlight::server
