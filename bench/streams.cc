// Streams of a server of this machine and changes of the users that they follow: the scenario of `porchlight loadtest`,
// which also runs against a loop that only pushes.
//
//     bench_streams PORT PID STREAMS PEOPLE CHANGES      prints "NAME VALUE" lines
//
// PID: the process whose CPU time and memory are measured. CHANGES: of each user. A token is read from stdin.
#include <fmt/format.h>

#include <cstdio>
#include <cstdlib>
#include <iostream>

#include "loadtest/load_test.h"
#include "people.h"

namespace porchlight::bench {
namespace {

int fail(const std::string& error) {
  fmt::print(stderr, "bench_streams: {}\n", error);
  return 1;
}

std::vector<std::string> first_people(std::size_t count) {
  std::vector<std::string> ids(count);
  for (std::size_t person = 0; person < count; ++person) append_id(ids[person], person);
  return ids;
}

int run(char** argv) {
  loadtest::raise_descriptors();
  loadtest::LoadTestOptions options;
  options.server = loadtest::parse_loopback_url(fmt::format("http://127.0.0.1:{}", argv[1])).value();
  options.pid = std::atoi(argv[2]);
  options.streams = std::strtoul(argv[3], nullptr, 10);
  options.people = first_people(std::strtoul(argv[4], nullptr, 10));
  options.changes = std::strtoul(argv[5], nullptr, 10);
  std::getline(std::cin, options.token);
  const auto report = loadtest::run_watched(options);
  if (!report) return fail(report.error());
  if (report->behind != 0 || report->delivered != report->delivered_max)
    return fail("not every stream got every change");
  if (!report->server || !report->server->opening_cpu_seconds) return fail("the server ended");
  const double cpu_seconds = report->server->cpu_seconds - *report->server->opening_cpu_seconds;
  fmt::print("cpu_us_per_event {}\np50_us {}\np99_us {}\nbytes_per_stream {}\n",
             cpu_seconds * 1e6 / static_cast<double>(report->delivered), report->latency.p50 * 1000,
             report->latency.p99 * 1000,
             report->server->resident_bytes / static_cast<double>(options.streams));
  return 0;
}

}  // namespace
}  // namespace porchlight::bench

int main(int argc, char** argv) {
  if (argc == 6) return porchlight::bench::run(argv);
  std::fputs("usage: bench_streams PORT PID STREAMS PEOPLE CHANGES\n", stderr);
  return 2;
}
