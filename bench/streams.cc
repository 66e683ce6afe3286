// Streams: latency of a change, events per second of one core (including the cost of the changes), and memory per
// stream. The scenarios of the load test, on porchlight and on a loop that only pushes.
#include <fmt/format.h>

#include <algorithm>
#include <fstream>
#include <stdexcept>

#include "loadtest/load_test.h"
#include "measure.h"
#include "people.h"

namespace porchlight::bench {
namespace {

constexpr std::size_t kRounds = 3;
constexpr std::size_t kChanges = 5;           // of each user, with many streams
constexpr std::size_t kChangesForTime = 100;  // with one stream
constexpr std::size_t kEventBytes = 430;      // about the size of porchlight's
constexpr double kBytesMax = 8 * 1024;

// As many as both processes may have open: the server reserves an eighth of its descriptors.
std::size_t streams_that_fit() {
  const std::size_t descriptors = loadtest::raise_descriptors();
  return std::min(loadtest::kStreamsMax,
                  descriptors - descriptors / 8 - std::min<std::size_t>(500, descriptors / 8));
}

std::vector<std::string> some_people(std::size_t count) {
  std::vector<std::string> ids(count);
  for (std::size_t person = 0; person < count; ++person) append_id(ids[person], person);
  return ids;
}

struct Candidate {
  const char* name;
  bool is_ours;
  Served served;
  std::string token;
};

loadtest::Report run_load_test(const Candidate& candidate, std::size_t streams, std::size_t people,
                               std::size_t changes) {
  loadtest::LoadTestOptions options;
  options.server =
      loadtest::parse_loopback_url(fmt::format("http://127.0.0.1:{}", candidate.served.port)).value();
  options.token = candidate.token;
  options.people = some_people(people);
  options.streams = streams;
  options.changes = changes;
  options.pid = candidate.served.process.pid();
  options.progress = progress;
  auto result = loadtest::run_watched(options);
  if (!result) throw std::runtime_error(result.error());
  if (result->behind != 0 || result->delivered != result->delivered_max)
    throw std::runtime_error("not every stream got the change");
  return *std::move(result);
}

void measure_time(const Candidate& candidate, Report& report) {
  Samples p50, p99;
  for (std::size_t round = 0; round < kRounds; ++round) {
    const loadtest::Report result = run_load_test(candidate, 1, 1, kChangesForTime);
    p50.push_back(result.latency.p50 * 1000);
    p99.push_back(result.latency.p99 * 1000);
  }
  report.add(fmt::format("stream: a change's answer to its event, p50, {}", candidate.name), "us", p50);
  report.add(fmt::format("stream: a change's answer to its event, p99, {}", candidate.name), "us", p99);
}

void measure_fan_out(const Candidate& candidate, std::size_t streams, std::size_t people, Report& report) {
  const std::string how = people == 1 ? fmt::format("1 person x {} streams", streams)
                                      : fmt::format("{} people x 1 stream", streams);
  Samples per_core, p99, bytes;
  for (std::size_t round = 0; round < kRounds; ++round) {
    progress(fmt::format("{}, {}, round {} of {}", how, candidate.name, round + 1, kRounds));
    const loadtest::Report result = run_load_test(candidate, streams, people, kChanges);
    per_core.push_back(static_cast<double>(result.delivered) /
                       (result.server->cpu_seconds - *result.server->opening_cpu_seconds));
    p99.push_back(result.latency.p99);
    // Later streams reuse memory of these.
    if (round == 0) bytes.push_back(result.server->resident_bytes / static_cast<double>(streams));
  }
  report.add(fmt::format("{}: events per second and core, {}", how, candidate.name), "events/s", per_core);
  report.add(fmt::format("{}: p99, {}", how, candidate.name), "ms", p99);
  report.add(fmt::format("{}: memory per stream, {}", how, candidate.name), "bytes", bytes,
             candidate.is_ours ? std::optional(at_most(kBytesMax, bytes, "<= 8192")) : std::nullopt);
}

Served serve_with_room(const Setting& setting, const std::filesystem::path& data, std::size_t streams) {
  const std::filesystem::path config = setting.folder / "streams.toml";
  std::ofstream(config) << "[streams]\nper_application = " << streams << "\n";
  Served served = serve_porchlight(setting, data, {"--config", config});
  wait_until_idle(served);
  return served;
}

}  // namespace

void measure_streams(const Setting& setting, const std::filesystem::path& data, Report& report) {
  const std::size_t streams = std::min<std::size_t>(streams_that_fit(), setting.people);
  if (streams < loadtest::kStreamsMax)
    progress(
        fmt::format("{} streams instead of {}: more cannot be open here", streams, loadtest::kStreamsMax));
  const std::string token = mint_token(setting, data);
  // Each scenario has its own server, because its memory is measured.
  for (const std::size_t people : {std::size_t{1}, streams}) {
    const Candidate all[] = {
        {"porchlight", true, serve_with_room(setting, data, streams), token},
        {"floor", false,
         serve(setting, {setting.tools / "bench_push_floor", std::to_string(kEventBytes)},
               setting.processors.server),
         "none"},
    };
    for (const Candidate& candidate : all) {
      if (people == 1) measure_time(candidate, report);
      measure_fan_out(candidate, streams, people, report);
    }
  }
}

}  // namespace porchlight::bench
