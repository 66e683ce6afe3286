#include "server/server_commands.h"

#include <algorithm>

namespace porchlight::server {

namespace {

constexpr std::uint64_t kPageDefault = 100;
constexpr std::uint64_t kPageMax = 999;

}  // namespace

std::size_t read_limit(admin::CommandArgs& args) {
  return std::clamp<std::uint64_t>(args.number("limit").value_or(kPageDefault), 1, kPageMax);
}

std::vector<admin::ServerCommand> server_commands(const std::function<LiveServer()>& live) {
  const auto on_server = [&](admin::AdminResult (*run)(const LiveServer&, admin::CommandArgs&)) {
    return [live, run](admin::CommandArgs& args) { return run(live(), args); };
  };
  return {
      {"server.overview", on_server(show_overview)},
      {"subscription.list", on_server(list_subscriptions)},
      {"subscription.remove", on_server(remove_subscription), admin::Effect::kService},
      {"subscription.test", on_server(test_subscription), admin::Effect::kService},
      {"subscription.test-result", on_server(show_test_post)},
      {"connection.list", on_server(list_connections)},
      {"connection.end", on_server(end_connection), admin::Effect::kService},
      {"presence.view-as", on_server(view_as), admin::Effect::kRead},
      {"request.list", on_server(list_requests)},
      {"clock.show", on_server(show_clock)},
      {"clock.advance", on_server(advance_clock), admin::Effect::kService, admin::Reach::kServer},
      {"settings.show", on_server(show_settings), admin::Effect::kNone, admin::Reach::kServer},
      {"issuer.list", on_server(list_issuers), admin::Effect::kNone, admin::Reach::kServer},
      {"backup.start", on_server(start_backup), admin::Effect::kService, admin::Reach::kServer},
      {"backup.list", on_server(list_backups), admin::Effect::kNone, admin::Reach::kServer},
      {"deadletter.list", on_server(list_dead_letters)},
      {"deadletter.replay", on_server(replay_dead_letters), admin::Effect::kService},
  };
}

}  // namespace porchlight::server
