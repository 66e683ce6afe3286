// Puts load on a server of this machine, and measures it.
//
//     bench_load KIND PORT PEOPLE PID CONNECTIONS DEPTH RATE SECONDS      prints "NAME VALUE" lines
//     bench_load KIND PORT PEOPLE answer FILE      writes the answer to one request; prints "request_bytes VALUE"
//
// KIND: of requests.cc. PEOPLE: the number of generated users. PID: the process whose CPU time is measured. DEPTH:
// requests sent together. RATE: requests per second; 0: as many as are answered. SECONDS: 0 for as many requests as
// there are users. A token is read from stdin.
#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <fstream>
#include <iostream>

#include "load.h"
#include "loadtest/loopback.h"
#include "loadtest/server_process.h"
#include "requests.h"

namespace porchlight::bench {
namespace {

constexpr double kWarmUpShare = 0.2;  // of the measured time, before it

void write_answer(Load& load, const std::function<void(std::string&)>& append, const char* file) {
  std::string request;
  append(request);
  std::ofstream(file, std::ios::binary) << load.ask(request);
  fmt::print("request_bytes {}\n", request.size());
}

void measure(Load& load, Plan plan, pid_t pid) {
  Plan warm_up = plan;
  warm_up.seconds *= kWarmUpShare;
  if (plan.seconds != 0) load.run(warm_up);
  const auto before = loadtest::cost_of(pid);
  Outcome outcome = load.run(plan);
  const auto after = loadtest::cost_of(pid);
  if (!before || !after || outcome.answers == 0) throw std::runtime_error("the server ended");
  const auto answers = static_cast<double>(outcome.answers);
  std::vector<float>& us = outcome.latency_us;
  std::ranges::sort(us);
  const auto percentile = [&](std::size_t percent) { return us[(us.size() - 1) * percent / 100]; };
  fmt::print("cpu_us {}\nper_second {}\np10_us {}\np99_us {}\n",
             (after->cpu_seconds - before->cpu_seconds) * 1e6 / answers, answers / outcome.seconds,
             percentile(10), percentile(99));
}

int run(int argc, char** argv, Append kind) {
  loadtest::raise_descriptors();
  std::string token;
  std::getline(std::cin, token);
  const std::uint64_t people = std::strtoull(argv[3], nullptr, 10);
  Requests requests(token, people);
  const auto append = [&](std::string& out) { (requests.*kind)(out); };
  const std::size_t connections = argc == 9 ? std::strtoul(argv[5], nullptr, 10) : 1;
  Load load(std::atoi(argv[2]), connections, append);
  if (argc == 6) {
    write_answer(load, append, argv[5]);
    return 0;
  }
  const double seconds = std::atof(argv[8]);
  measure(load,
          {.append_request = append,
           .depth = std::strtoul(argv[6], nullptr, 10),
           .requests = seconds == 0 ? people : 0,
           .seconds = seconds,
           .rate = std::atof(argv[7])},
          std::atoi(argv[4]));
  return 0;
}

}  // namespace
}  // namespace porchlight::bench

int main(int argc, char** argv) {
  const auto kind = argc > 1 ? porchlight::bench::find_kind(argv[1]) : std::nullopt;
  if (!kind || (argc != 9 && argc != 6)) {
    std::fputs("usage: bench_load KIND PORT PEOPLE {PID CONNECTIONS DEPTH RATE SECONDS | answer FILE}\n",
               stderr);
    return 2;
  }
  try {
    return porchlight::bench::run(argc, argv, *kind);
  } catch (const std::exception& error) {
    fmt::print(stderr, "bench_load: {}\n", error.what());
    return 1;
  }
}
