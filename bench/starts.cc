// A million users: time to import them, time to start with them, and memory.
#include <fmt/format.h>

#include <chrono>
#include <thread>

#include "load.h"
#include "measure.h"
#include "people.h"

namespace porchlight::bench {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::size_t kRounds = 3;
constexpr std::size_t kConnections = 64;
constexpr double kWriteSeconds = 1.0;  // writes before the server is killed

double seconds_since(Clock::time_point begin) {
  return std::chrono::duration<double>(Clock::now() - begin).count();
}

void read_one(int port, const Requests& requests) {
  std::string request;
  requests.append_read(request, 0);
  Load(port, 1).ask(request);
}

// Until subscriptions are loaded, requests for them get 503.
void await_subscriptions(int port, const Requests& requests) {
  std::string request;
  requests.append_get(request, "/v1.0/subscriptions");
  for (Load load(port, 1); load.ask_any(request).starts_with("HTTP/1.1 503 ");)
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
}

// The time from exec to the first answer.
struct Started {
  Served served;
  double seconds;
};

Started start(const Setting& setting, const std::filesystem::path& data, const Requests& requests) {
  const Clock::time_point begin = Clock::now();
  Served served = serve_porchlight_anywhere(setting, data);
  read_one(served.port, requests);
  return {std::move(served), seconds_since(begin)};
}

std::uint64_t resident_when_empty(const Setting& setting, const std::filesystem::path& empty) {
  Served served = serve_porchlight(setting, empty);
  const std::uint64_t bytes = served.process.resident_bytes();
  served.process.stop();
  return bytes;
}

Target below_one_second(const Samples& seconds) { return {"< 1", median(seconds) < 1}; }

// Sets one session for each user, and stops the server.
void sign_in_all(const Setting& setting, const std::filesystem::path& data, const Requests& requests,
                 Report& report) {
  progress("one session for each person, over HTTP");
  Served served = serve_porchlight(setting, data);
  std::uint64_t next = 0;
  const Outcome outcome =
      Load(served.port, kConnections)
          .run({.append_request =
                    [&](std::string& out) { requests.append_set(out, next++ % setting.people, false); },
                .requests = setting.people});
  report.add("sign-in of all people: setPresence, durable", "writes/s", {outcome.per_second()});
  served.process.stop();
}

}  // namespace

void measure_import(const Setting& setting, const std::filesystem::path& data, Report& report) {
  const std::filesystem::path file = setting.folder / "people.csv";
  write_people(file, setting.people);
  progress(fmt::format("importing {} people", setting.people));
  const Clock::time_point begin = Clock::now();
  run_command({setting.porchlight, "user", "import", file, "--data", data}, setting.stderr_file());
  const Samples seconds{seconds_since(begin)};
  report.add(fmt::format("import of {} people", setting.people), "s", seconds, at_most(60, seconds, "< 60"));
  std::filesystem::remove(file);
}

void measure_starts(const Setting& setting, const std::filesystem::path& empty,
                    const std::filesystem::path& data, Requests& requests, Report& report) {
  const auto people = static_cast<double>(setting.people);
  const auto resident_before = static_cast<double>(resident_when_empty(setting, empty));
  sign_in_all(setting, data, requests, report);
  Samples clean, killed, bytes;
  for (std::size_t round = 0; round < kRounds; ++round) {
    progress(fmt::format("start after a clean stop, round {} of {}", round + 1, kRounds));
    Started started = start(setting, data, requests);
    clean.push_back(started.seconds);
    bytes.push_back((static_cast<double>(started.served.process.resident_bytes()) - resident_before) /
                    people);
    started.served.process.stop();
  }
  for (std::size_t round = 0; round < kRounds; ++round) {
    progress(fmt::format("start after kill -9, round {} of {}", round + 1, kRounds));
    Served served = serve_porchlight(setting, data);
    Load(served.port, kConnections)
        .run({.append_request = [&](std::string& out) { requests.append_random_set(out); },
              .seconds = kWriteSeconds});
    served.process.kill();
    Started started = start(setting, data, requests);
    killed.push_back(started.seconds);
    started.served.process.stop();
  }
  report.add("memory a person with one session", "bytes", bytes, at_most(200, bytes, "<= 200"));
  report.add("start to first answer, after a clean stop", "s", clean, below_one_second(clean));
  report.add("start to first answer, after kill -9", "s", killed, below_one_second(killed));
}

void measure_subscribed_starts(const Setting& setting, const std::filesystem::path& data,
                               const Requests& requests, Report& report) {
  progress(fmt::format("{} subscriptions", setting.people));
  const std::filesystem::path store = data / "subscriptions";
  std::filesystem::remove_all(store);
  run_command({setting.tools / "bench_notifications", store, std::to_string(setting.people), "fill"},
              setting.stderr_file());
  Samples first, all;
  for (std::size_t round = 0; round < kRounds; ++round) {
    progress(fmt::format("start with subscriptions, round {} of {}", round + 1, kRounds));
    const Clock::time_point begin = Clock::now();
    Started started = start(setting, data, requests);
    first.push_back(started.seconds);
    await_subscriptions(started.served.port, requests);
    all.push_back(seconds_since(begin));
    started.served.process.stop();
  }
  std::filesystem::remove_all(store);
  report.add("start to first answer, with as many subscriptions", "s", first, below_one_second(first));
  report.add("start until all subscriptions are taken up", "s", all);
}

}  // namespace porchlight::bench
