// Many presences per request: getPresencesByUserId of 650 random users, compared with a loop that only sends as many
// bytes; and a $batch of 20 reads, compared with the same 20 reads pipelined. All candidates run in each round.
#include <fmt/format.h>

#include <fstream>
#include <stdexcept>

#include "load.h"
#include "measure.h"
#include "workload.h"

namespace porchlight::bench {
namespace {

constexpr std::size_t kRounds = 7;
constexpr std::size_t kBulk = 650, kSteps = 20;
constexpr std::size_t kConnections = 8;
constexpr std::string_view kQueries[] = {"", "?$select=id,availability,activity"};

Samples presences_per_second(const Figures& figures) {
  Samples samples;
  for (const double us : figures.cpu_us) samples.push_back(kBulk * 1e6 / us);
  return samples;
}

void measure_bulk(const Setting& setting, const Served& server, Requests& requests, std::string_view query,
                  Report& report) {
  std::string request;
  requests.append_random_bulk(request, kBulk, query);
  const std::filesystem::path answer = setting.folder / "answer";
  std::ofstream(answer, std::ios::binary) << Load(server.port, 1).ask(request);
  Served floor = serve(setting, {setting.tools / "bench_floor", answer, std::to_string(request.size())},
                       setting.processors.server);
  const Workload workload{
      .append_request = [&](std::string& out) { requests.append_random_bulk(out, kBulk, query); },
      .connections = kConnections};
  Figures ours, least;
  for (std::size_t round = 0; round < kRounds; ++round) {
    progress(fmt::format("650 people{}, round {} of {}", query, round + 1, kRounds));
    run_round(server, workload, ours);
    run_round(floor, workload, least);
  }
  const Samples rate = presences_per_second(ours);
  report.add(fmt::format("650 people{}: presences a second of the serving thread", query), "/s", rate,
             at_least(5e6, rate, ">= 5,000,000"));
  report.add(fmt::format("650 people{}: the floor sends as many bytes", query), "/s",
             presences_per_second(least));
  report.add(fmt::format("650 people{}: CPU, porchlight over floor", query), "x",
             ratios(ours.cpu_us, least.cpu_us));
}

void measure_batch(const Served& server, Requests& requests, Report& report) {
  const Workload batch{.append_request = [&](std::string& out) { requests.append_random_batch(out, kSteps); },
                       .connections = kConnections};
  const Workload pipelined{.append_request = [&](std::string& out) { requests.append_random_read(out); },
                           .connections = kConnections,
                           .depth = kSteps};
  Figures batches, reads;
  for (std::size_t round = 0; round < kRounds; ++round) {
    progress(fmt::format("$batch, round {} of {}", round + 1, kRounds));
    run_round(server, batch, batches);
    run_round(server, pipelined, reads);
  }
  Samples twenty;
  for (const double us : reads.cpu_us) twenty.push_back(us * kSteps);
  const Samples over = ratios(batches.cpu_us, twenty);
  report.add("$batch of 20 reads: CPU", "us", batches.cpu_us);
  report.add("20 pipelined reads: CPU", "us", twenty);
  report.add("$batch over pipelined: CPU", "x", over, at_most(1.3, over, "<= 1.30"));
}

}  // namespace

void measure_bulk_reads(const Setting& setting, const std::filesystem::path& data, Requests& requests,
                        Report& report) {
  Served server = serve_porchlight(setting, data);
  wait_until_idle(server);
  for (const std::string_view query : kQueries) measure_bulk(setting, server, requests, query, report);
  measure_batch(server, requests, report);
  server.process.stop();
}

}  // namespace porchlight::bench
