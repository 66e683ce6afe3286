// Of the shards, which all have the same disk, the first that begins is logged, and the last that ends.
#include "node/presence_hold.h"

#include <string>

#include "base/logging.h"
#include "base/time_text.h"
#include "presence/event.h"

namespace porchlight::node {
namespace {

void log_change(const state::HoldChange& change) {
  std::string from, until;
  append_date_time(from, change.span.from);
  append_date_time(until, change.span.until);
  if (change.begins)
    log_warning("the log refuses writes: presences are held",
                {{"from", from}, {"until", until}, {"shard", change.shard}});
  else
    log_info("the log takes writes again: the hold of presences ends", {{"at", until}});
}

}  // namespace

void hold_presences(state::View& view, watch::WatchRegistry& watchers) {
  view.hold().enable([&watchers](const state::HoldChange& change) {
    watchers.recheck_shard(change.shard, change.begins ? change.span.from : presence::kNever);
    if (change.is_of_server) log_change(change);
  });
}

}  // namespace porchlight::node
