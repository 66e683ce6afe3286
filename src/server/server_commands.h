// The commands of administrators about a running server, beside those of admin/commands.h. Each runs on the thread of
// the commands.
#pragma once

#include <functional>
#include <vector>

#include "admin/admin.h"
#include "admin/commands.h"
#include "server/live_server.h"

namespace porchlight::server {

// The table of them. `live` must be valid while they run.
std::vector<admin::ServerCommand> server_commands(const std::function<LiveServer()>& live);

// The member `limit` of a command that lists: how many items a page has.
std::size_t read_limit(admin::CommandArgs& args);

// The commands. Before the arrow: their members, `?` where one is optional. After it: the result.

// tenant? -> {"version","ready","reason","clock","now","users",…}: what the server has of the tenant; without one what
// it has of all, and "server" with its times and sizes (docs/administration.md)
admin::AdminResult show_overview(const LiveServer& server, admin::CommandArgs& args);

// tenant?, after?, limit? -> {"value":[subscription],"next"}; without "next" after the last page
admin::AdminResult list_subscriptions(const LiveServer& server, admin::CommandArgs& args);
// tenant?, subscription (its id) -> {"id"}
admin::AdminResult remove_subscription(const LiveServer& server, admin::CommandArgs& args);
// tenant?, subscription (its id) -> the test post, as show_test_post(): it is on its way (server/test_posts.h)
admin::AdminResult test_subscription(const LiveServer& server, admin::CommandArgs& args);
// tenant?, subscription (its id) -> {"id","dateTime","state","status","milliseconds","fault","reason"}: its last test
// post; `state` is "running", "accepted" or "refused"
admin::AdminResult show_test_post(const LiveServer& server, admin::CommandArgs& args);
// tenant?, limit? -> [dead letter], the oldest first
admin::AdminResult list_dead_letters(const LiveServer& server, admin::CommandArgs& args);
// tenant? -> {"replayed","gone"}
admin::AdminResult replay_dead_letters(const LiveServer& server, admin::CommandArgs& args);

// tenant?, after?, limit? -> {"value":[connection],"next"}: the open streams, and then the waits
admin::AdminResult list_connections(const LiveServer& server, admin::CommandArgs& args);
// tenant?, connection (its id) -> {"id"}
admin::AdminResult end_connection(const LiveServer& server, admin::CommandArgs& args);

// tenant?, user, viewer (a user or an application) -> {"subject","viewer","at","sees","rule","read","stream",
// "explain"}: what the viewer's reads, streams and explanations show of the user
admin::AdminResult view_as(const LiveServer& server, admin::CommandArgs& args);

// tenant? -> [request], the newest first; without a tenant those of all. Requests are recorded for a minute after each
// look (server/request_log.h)
admin::AdminResult list_requests(const LiveServer& server, admin::CommandArgs& args);

// tenant? -> {"mode","now","nextChange"}: of a manual clock, also when a presence next changes by time alone
admin::AdminResult show_clock(const LiveServer& server, admin::CommandArgs& args);
// advance_ms -> {"now"}; an error unless the clock is manual
admin::AdminResult advance_clock(const LiveServer& server, admin::CommandArgs& args);

// -> {"name"}, of the folder of the backup that has begun (server/backup_keeper.h)
admin::AdminResult start_backup(const LiveServer& server, admin::CommandArgs& args);
// -> {"folder","lastBackup","run":{"name","started","copiedBytes","totalBytes","ended","fault"},
// "value":[{"name","time","bytes","keys"}]}: the setting, the time of the last complete backup, however it was made,
// the one that was started last, and those in the folder, the newest first
admin::AdminResult list_backups(const LiveServer& server, admin::CommandArgs& args);

// -> [{"key","value","origin"}], the settings in effect, without the secrets that URLs have
admin::AdminResult show_settings(const LiveServer& server, admin::CommandArgs& args);
// -> [issuer], those of the configuration, with the ids of their keys
admin::AdminResult list_issuers(const LiveServer& server, admin::CommandArgs& args);

}  // namespace porchlight::server
