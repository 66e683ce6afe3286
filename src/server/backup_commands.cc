// Commands about the backups that the server makes of itself.
#include "node/data_image.h"
#include "server/backup_keeper.h"
#include "server/server_commands.h"

namespace porchlight::server {
namespace {

using admin::AdminResult;
using admin::CommandArgs;

void write_run(JsonObject& out, const BackupKeeper::Run& run) {
  out.text("name", run.name).text("started", admin::date_time_text(run.started));
  out.number("copiedBytes", run.copied_bytes).number("totalBytes", run.total_bytes);
  if (run.ended) out.text("ended", admin::date_time_text(*run.ended));
  out.text_if("fault", run.fault);
}

void write_backup(JsonObject& out, const BackupKeeper::ListedBackup& backup) {
  out.text("name", backup.name).text("time", admin::date_time_text(backup.time));
  out.number("bytes", backup.bytes).boolean("keys", backup.has_keys);
}

}  // namespace

AdminResult start_backup(const LiveServer& server, CommandArgs&) {
  const auto name = server.backups.start();
  if (!name) return std::unexpected(name.error());
  return json_object([&](JsonObject& out) { out.text("name", *name); });
}

AdminResult list_backups(const LiveServer& server, CommandArgs&) {
  return json_object([&](JsonObject& out) {
    out.text_if("folder", server.backups.folder().string());
    if (const auto last = node::last_backup(server.folder))
      out.text("lastBackup", admin::date_time_text(*last));
    if (const auto run = server.backups.last_run())
      out.object("run", [&](JsonObject& one) { write_run(one, *run); });
    out.array("value", server.backups.list(), [](JsonArray& list, const BackupKeeper::ListedBackup& backup) {
      list.object([&](JsonObject& one) { write_backup(one, backup); });
    });
  });
}

}  // namespace porchlight::server
