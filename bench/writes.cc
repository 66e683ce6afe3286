// Durable setPresence by 64 writers, compared with the storage engine alone: batches of 64 values of the same size,
// each durable before the next, on the same disk and the same processor.
#include <fmt/format.h>

#include <sstream>
#include <stdexcept>

#include "measure.h"
#include "workload.h"

namespace porchlight::bench {
namespace {

constexpr std::size_t kWriters = 64;
constexpr std::size_t kRounds = 5;
constexpr double kSecondsPerTurn = 1.5;

void engine_turn(const Setting& setting, Figures& figures) {
  const std::filesystem::path fresh = setting.folder / "engine";
  std::filesystem::remove_all(fresh);
  Process engine(
      {setting.tools / "bench_engine", fresh, std::to_string(kWriters), std::to_string(kSecondsPerTurn)},
      setting.processors.server, setting.stderr_file());
  std::istringstream said(engine.read_all());
  double writes = 0, seconds = 0, cpu_ns = 0;
  if (!(said >> writes >> seconds >> cpu_ns) || engine.wait() != 0)
    throw std::runtime_error("the storage engine alone failed");
  figures.cpu_us.push_back(cpu_ns / 1000 / writes);
  figures.per_second.push_back(writes / seconds);
}

}  // namespace

void measure_writes(const Setting& setting, const std::filesystem::path& data, Requests& requests,
                    Report& report) {
  Served served = serve_porchlight(setting, data);
  const Workload workload{.append_request = [&](std::string& out) { requests.append_random_set(out); },
                          .connections = kWriters,
                          .seconds = kSecondsPerTurn};
  Figures porchlight, engine;
  for (std::size_t round = 0; round < kRounds; ++round) {
    progress(fmt::format("writes, round {} of {}", round + 1, kRounds));
    run_round(served, workload, porchlight);
    engine_turn(setting, engine);
  }
  served.process.stop();
  const Samples part = ratios(porchlight.per_second, engine.per_second);
  const bool met = median(porchlight.per_second) >= 20'000 || median(part) >= 0.8;
  report.add("write: porchlight, durable, 64 writers", "writes/s", porchlight.per_second,
             Target{">= 20000/s or >= 0.8 x the engine", met});
  report.add("write: the storage engine alone, 64 a batch", "writes/s", engine.per_second);
  report.add("write: porchlight over the engine alone", "x", part);
  report.add("write: CPU a write, porchlight", "us", porchlight.cpu_us);
  report.add("write: CPU a write, the engine alone", "us", engine.cpu_us);
}

}  // namespace porchlight::bench
