// Subscriptions to change notifications: one per user, loaded from the disk, then all notified of one user, by the
// notify module without HTTP.
#include <map>
#include <sstream>
#include <stdexcept>

#include "measure.h"

namespace porchlight::bench {

void measure_subscriptions(const Setting& setting, Report& report) {
  progress("subscriptions");
  Process tool({setting.tools / "bench_notifications", setting.folder / "subscriptions",
                std::to_string(setting.people)},
               setting.processors.server, setting.stderr_file());
  std::map<std::string, Samples> figures;
  std::istringstream lines(tool.read_all());
  double value = 0;
  for (std::string name; lines >> name >> value;) figures[name].push_back(value);
  if (tool.wait() != 0 || figures["items_per_second"].empty())
    throw std::runtime_error("notifying subscribers failed");
  report.add("subscriptions: memory of each", "bytes", figures["bytes_per_subscription"]);
  report.add("subscriptions: taking them up at a start", "s", figures["start_seconds"]);
  report.add("subscriptions: notifying all of one user, without the network", "items/s",
             figures["items_per_second"]);
}

}  // namespace porchlight::bench
