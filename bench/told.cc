// Subscriptions to change notifications: as many as there are people, taken up from the disk, and all told of
// one person, by the engine alone.
#include <map>
#include <sstream>
#include <stdexcept>

#include "measure.h"

namespace porchlight::bench {

void measure_told(const Setting& setting, Report& report) {
  progress("subscriptions");
  Process tool({setting.tools / "bench_notifications", setting.folder / "subscriptions",
                std::to_string(setting.people)},
               setting.processors.server, setting.complaints());
  std::map<std::string, Samples> said;
  std::istringstream lines(tool.read_all());
  double value = 0;
  for (std::string name; lines >> name >> value;) said[name].push_back(value);
  if (tool.wait() != 0 || said["items_per_second"].empty())
    throw std::runtime_error("telling subscribers failed");
  report.add("subscriptions: memory of each", "bytes", said["bytes_per_subscription"]);
  report.add("subscriptions: taking them up at a start", "s", said["start_seconds"]);
  report.add("subscriptions: telling all of one person, without the network", "items/s",
             said["items_per_second"]);
}

}  // namespace porchlight::bench
