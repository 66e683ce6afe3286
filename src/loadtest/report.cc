// The member names of the JSON report ("storm", "told", "turnedAway") are read by scripts and stay as they are.
#include "loadtest/report.h"

#include <fmt/format.h>

#include <algorithm>

namespace porchlight::loadtest {
namespace {

double per(double sum, double count) { return count == 0 ? 0 : sum / count; }

double bytes_per_stream(const Report& report) {
  return per(report.server->resident_bytes, static_cast<double>(report.streams));
}

// The CPU time that the bounds allow: for opening every stream, and for every event.
double cpu_seconds_max(const Report& report) {
  return (static_cast<double>(report.streams) * kCpuUsPerOpeningMax +
          static_cast<double>(report.delivered) * kCpuUsPerEventMax) /
         1e6;
}

void append_line(std::string& text, std::string_view what, std::string_view value) {
  text += fmt::format("  {:<34} {}\n", what, value);
}

std::string text_of(const Latency& ms) {
  return fmt::format("p50 {:.1f} ms, p99 {:.1f} ms, max {:.1f} ms", ms.p50, ms.p99, ms.max);
}

std::string json_of(const Latency& ms) {
  return fmt::format(R"({{"p50":{:.6g},"p99":{:.6g},"max":{:.6g}}})", ms.p50, ms.p99, ms.max);
}

// CPU time as a total and per item.
std::string cpu_text(double seconds, double count, std::string_view of) {
  return fmt::format("{:.2f} s, {:.1f} us {}", seconds, per(seconds * 1e6, count), of);
}

// The lines about the server's process.
void append_cost(std::string& text, const Report& report) {
  const auto streams = static_cast<double>(report.streams), delivered = static_cast<double>(report.delivered);
  const Report::ServerCost& server = *report.server;
  if (const auto opening = server.opening_cpu_seconds) {
    append_line(text, "server CPU, opening", cpu_text(*opening, streams, "per stream"));
    append_line(text, "server CPU, events", cpu_text(server.cpu_seconds - *opening, delivered, "per event"));
  } else {
    append_line(text, "server CPU",
                cpu_text(server.cpu_seconds, streams + delivered, "per opening or event"));
  }
  append_line(text, "server memory grew by",
              fmt::format("{:.1f} MiB, {:.0f} bytes per stream", server.resident_bytes / (1 << 20),
                          bytes_per_stream(report)));
}

}  // namespace

Latency latency_of(std::vector<float> ms) {
  if (ms.empty()) return {};
  std::ranges::sort(ms);
  const auto at = [&](double share) {
    return static_cast<double>(ms[static_cast<std::size_t>(share * static_cast<double>(ms.size() - 1))]);
  };
  return {at(0.5), at(0.99), at(1)};
}

std::vector<BoundCheck> evaluate(const Report& report) {
  std::vector<BoundCheck> checks = {
      {"every stream has the newest state, and the server ended none",
       report.behind == 0 && report.lost == 0},
      {"no change was sent twice", report.delivered <= report.delivered_max},
  };
  if (!report.server || report.streams < kStreamsForCostMin) return checks;
  checks.push_back({fmt::format("at most {} bytes of memory per stream", kBytesPerStreamMax),
                    bytes_per_stream(report) <= kBytesPerStreamMax});
  checks.push_back({fmt::format("at most {} us of CPU per opening, and {} per event", kCpuUsPerOpeningMax,
                                kCpuUsPerEventMax),
                    report.server->cpu_seconds <= cpu_seconds_max(report)});
  return checks;
}

bool within_bound(const Report& report) { return std::ranges::all_of(evaluate(report), &BoundCheck::holds); }

std::string text_of(const Report& report) {
  std::string text =
      fmt::format("{}: {} streams, {} people\n", report.scenario, report.streams, report.people);
  append_line(text, "all streams open after", fmt::format("{:.2f} s", report.open_seconds));
  if (report.resumed > 0) append_line(text, "resumed with Last-Event-ID", fmt::format("{}", report.resumed));
  if (report.retries > 0)
    append_line(text, "refused and tried again", fmt::format("{} times", report.retries));
  append_line(text, "changes, events of changes", fmt::format("{}, {}", report.changes, report.delivered));
  append_line(text, "latency of a change's response", text_of(report.answer_latency));
  append_line(text, "latency from response to event", text_of(report.latency));
  append_line(text, "bytes received", fmt::format("{}", report.bytes));
  if (report.server)
    append_cost(text, report);
  else
    append_line(text, "server", "its process cannot be seen by this user");
  for (const BoundCheck& check : evaluate(report))
    text += fmt::format("  [{}] {}\n", check.holds ? "held" : "BROKEN", check.what);
  if (report.streams < kStreamsForCostMin)
    text +=
        fmt::format("  with fewer than {} streams the cost of each cannot be measured\n", kStreamsForCostMin);
  return text;
}

std::string json_of(const Report& report) {
  std::string json = fmt::format(
      R"({{"storm":"{}","streams":{},"people":{},"openSeconds":{:.6g},"resumed":{},"turnedAway":{},"lost":{},)"
      R"("changes":{},"told":{},"toldMax":{},"behind":{},"answerMs":{},"latencyMs":{},"bytes":{})",
      report.scenario, report.streams, report.people, report.open_seconds, report.resumed, report.retries,
      report.lost, report.changes, report.delivered, report.delivered_max, report.behind,
      json_of(report.answer_latency), json_of(report.latency), report.bytes);
  if (report.server)
    json += fmt::format(R"(,"server":{{"cpuSeconds":{:.6g},"residentBytes":{:.0f}}})",
                        report.server->cpu_seconds, report.server->resident_bytes);
  json += R"(,"bound":[)";
  std::string_view before;
  for (const BoundCheck& check : evaluate(report)) {
    json += fmt::format(R"({}{{"what":"{}","held":{}}})", before, check.what, check.holds);
    before = ",";
  }
  return json + "]}";
}

}  // namespace porchlight::loadtest
