// Reads of past presence: the history of all users with ten times as many events over thirty days, read for one user
// and for 650 users at random times.
#include <fmt/format.h>

#include <map>
#include <sstream>
#include <stdexcept>

#include "measure.h"

namespace porchlight::bench {
namespace {

constexpr std::uint64_t kEventsPerPerson = 10;

}  // namespace

void measure_history_reads(const Setting& setting, Report& report) {
  progress("reads of the past");
  Process tool({setting.tools / "bench_history", setting.folder / "history", std::to_string(setting.people),
                std::to_string(setting.people * kEventsPerPerson)},
               setting.processors.server, setting.stderr_file());
  std::map<std::string, Samples> figures;
  std::istringstream lines(tool.read_all());
  double value = 0;
  for (std::string name; lines >> name >> value;) figures[name].push_back(value);
  if (tool.wait() != 0 || figures["bulk_p99"].empty()) throw std::runtime_error("reading the past failed");
  report.add("past: reading the log into it", "events/s", figures["events_per_second"]);
  report.add("past: on the disk an event", "bytes", figures["bytes_per_event"]);
  constexpr double kMost = 5000;
  report.add("past: one person, from the disk, half within", "us", figures["cold_p50"]);
  report.add("past: one person, from the disk, 99 in 100 within", "us", figures["cold_p99"],
             at_most(kMost, figures["cold_p99"], "<= 5 ms"));
  report.add("past: one person, half within", "us", figures["warm_p50"],
             at_most(100, figures["warm_p50"], "<= 100 us"));
  report.add("past: one person, 99 in 100 within", "us", figures["warm_p99"]);
  report.add("past: 650 people, half within", "us", figures["bulk_p50"]);
  report.add("past: 650 people, 99 in 100 within", "us", figures["bulk_p99"]);
}

}  // namespace porchlight::bench
