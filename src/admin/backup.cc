// The commands between which the files of a backup are copied. The copying is the caller's, so a full disk at its end,
// or its slow pipe, is no concern of the server.
#include "admin/commands.h"
#include "base/logging.h"
#include "node/data_image.h"

namespace porchlight::admin {

// The time is that of the beginning: every change that was acknowledged before it is in the image.
AdminResult begin_backup(node::Node& node, CommandArgs&) {
  const Time time = SystemClock().wall();
  if (const auto made = node.make_image(); !made) return std::unexpected(made.error());
  return json_object([&](JsonObject& out) {
    out.text("folder", node.folder().image().string()).number("time_ms", time.time_since_epoch().count());
  });
}

AdminResult end_backup(node::Node& node, CommandArgs& args) {
  const auto time_ms = args.number("time_ms");
  if (!args.fault().empty()) return std::unexpected(args.fault());
  node::remove_image(node.folder());
  if (!time_ms) return "{}";
  log_info("a backup is complete");
  const Time time{Duration(static_cast<std::int64_t>(*time_ms))};
  if (const auto recorded = node::record_backup(node.folder(), time); !recorded)
    return std::unexpected(recorded.error());
  return "{}";
}

}  // namespace porchlight::admin
