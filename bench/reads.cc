// GET /users/{id}/presence in processor time per request, compared with a loop that only answers and with nginx. All
// three send the same number of body bytes, get the same requests, and run in each round.
#include <fmt/format.h>

#include <chrono>
#include <fstream>
#include <stdexcept>
#include <system_error>
#include <thread>

#include "load.h"
#include "measure.h"
#include "workload.h"

namespace porchlight::bench {
namespace {

constexpr std::size_t kRounds = 7;
constexpr double kSecondsPerTurn = 1.0;
constexpr std::size_t kPipelined = 16;

// One of the compared servers.
struct Candidate {
  const char* name;
  Served served;
  Figures figures{};
};

void write_file(const std::filesystem::path& file, const std::string& text) {
  std::ofstream out(file, std::ios::binary);
  out << text;
  if (!out.flush()) throw std::runtime_error(file.string() + " can't be written");
}

// A port that is free now: nginx cannot report a port that the kernel chose.
int free_port(const Setting& setting, const std::filesystem::path& any_file) {
  return serve(setting, {setting.tools / "bench_floor", any_file, "1"}, setting.processors.server).port;
}

// A quoted string of an nginx configuration. A `$` is written such that nginx sees no variable, which would cost it
// time.
std::string nginx_text(std::string_view body) {
  std::string text;
  for (const char c : body) {
    if (c == '"' || c == '\\') text += '\\';
    text += c == '$' ? 'S' : c;
  }
  return text;
}

std::string nginx_config(int port, std::string_view body) {
  return fmt::format(R"(daemon off; master_process off; worker_processes 1; pid nginx.pid; error_log stderr;
events {{ worker_connections 1024; }}
http {{
  access_log off; keepalive_requests 1000000000; keepalive_timeout 1h;
  client_body_temp_path temp; proxy_temp_path temp; fastcgi_temp_path temp; uwsgi_temp_path temp; scgi_temp_path temp;
  server {{
    listen 127.0.0.1:{};
    location / {{
      default_type "application/json;odata.metadata=minimal;odata.streaming=true;IEEE754Compatible=false;charset=utf-8";
      return 200 "{}";
    }}
  }}
}}
)",
                     port, nginx_text(body));
}

// Waits until nginx answers: it does not report that it is ready.
void wait_for_port(int port) {
  constexpr int kTries = 500;
  for (int i = 1;; ++i) {
    try {
      Load(port, 1);
      return;
    } catch (const std::system_error&) {
      if (i == kTries) throw;
      std::this_thread::sleep_for(std::chrono::milliseconds(10));
    }
  }
}

Served serve_nginx(const Setting& setting, std::string_view body, const std::filesystem::path& any_file) {
  const std::filesystem::path folder = setting.folder / "nginx";
  std::filesystem::create_directories(folder);
  const int port = free_port(setting, any_file);
  write_file(folder / "nginx.conf", nginx_config(port, body));
  Served served{Process({"/usr/sbin/nginx", "-p", folder, "-c", folder / "nginx.conf", "-e", "stderr"},
                        setting.processors.server, setting.stderr_file()),
                port};
  wait_for_port(port);
  return served;
}

// porchlight's answer for the first user, who has a session like all others.
std::string capture_answer(int port, const Requests& requests) {
  std::string request;
  requests.append_read(request, 0);
  std::string answer = Load(port, 1).ask(request);
  if (answer.find("Offline") != std::string::npos)
    throw std::runtime_error("the first person has no session");
  return answer;
}

std::vector<Candidate> start_all(const Setting& setting, const std::filesystem::path& data,
                                 const Requests& requests) {
  std::vector<Candidate> all;
  all.push_back({"porchlight", serve_porchlight(setting, data)});
  wait_until_idle(all.front().served);
  const std::string answer = capture_answer(all.front().served.port, requests);
  const std::filesystem::path answer_file = setting.folder / "answer";
  write_file(answer_file, answer);
  all.push_back(
      {"floor",
       serve(setting, {setting.tools / "bench_floor", answer_file, std::to_string(requests.read_bytes())},
             setting.processors.server)});
  const std::string_view body = std::string_view(answer).substr(answer.find("\r\n\r\n") + 4);
  all.push_back({"nginx", serve_nginx(setting, body, answer_file)});
  return all;
}

void report_figures(const std::vector<Candidate>& all, std::size_t depth, Report& report) {
  const std::string how = depth == 1 ? "read" : fmt::format("read, {} pipelined", depth);
  const bool counts = depth == 1;
  for (const Candidate& candidate : all)
    report.add(fmt::format("{}: CPU a request, {}", how, candidate.name), "us", candidate.figures.cpu_us);
  const Samples floor = ratios(all[0].figures.cpu_us, all[1].figures.cpu_us);
  const Samples nginx = ratios(all[0].figures.cpu_us, all[2].figures.cpu_us);
  report.add(fmt::format("{}: CPU, porchlight over floor", how), "x", floor,
             counts ? std::optional(at_most(1.15, floor, "<= 1.15")) : std::nullopt);
  report.add(fmt::format("{}: CPU, porchlight over nginx", how), "x", nginx,
             counts ? std::optional(at_most(1.0, nginx, "<= 1.00")) : std::nullopt);
  for (const Candidate& candidate : all)
    report.add(fmt::format("{}: {}", how, candidate.name), "requests/s", candidate.figures.per_second);
}

}  // namespace

void measure_reads(const Setting& setting, const std::filesystem::path& data, Requests& requests,
                   Report& report) {
  std::vector<Candidate> all = start_all(setting, data, requests);
  for (const std::size_t depth : {std::size_t{1}, kPipelined}) {
    const Workload workload{.append_request = [&](std::string& out) { requests.append_random_read(out); },
                            .depth = depth,
                            .seconds = kSecondsPerTurn};
    for (Candidate& candidate : all) candidate.figures = {};
    for (std::size_t round = 0; round < kRounds; ++round) {
      progress(fmt::format("reads, {} at a time, round {} of {}", depth, round + 1, kRounds));
      for (Candidate& candidate : all) run_round(candidate.served, workload, candidate.figures);
    }
    report_figures(all, depth, report);
  }
  all.front().served.process.stop();
}

}  // namespace porchlight::bench
