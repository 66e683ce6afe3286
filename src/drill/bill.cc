#include "drill/bill.h"

#include <fmt/format.h>

#include <algorithm>

namespace porchlight::drill {
namespace {

double per(double sum, double count) { return count == 0 ? 0 : sum / count; }

double bytes_per_stream(const Bill& bill) {
  return per(bill.server->resident_bytes, static_cast<double>(bill.streams));
}

double cpu_seconds_max(const Bill& bill) {
  return (static_cast<double>(bill.streams) * kCpuUsPerOpeningMax +
          static_cast<double>(bill.told) * kCpuUsPerEventMax) /
         1e6;
}

void add_line(std::string& text, std::string_view what, std::string_view value) {
  text += fmt::format("  {:<34} {}\n", what, value);
}

std::string text_of(const Latency& ms) {
  return fmt::format("p50 {:.1f} ms, p99 {:.1f} ms, max {:.1f} ms", ms.p50, ms.p99, ms.max);
}

std::string json_of(const Latency& ms) {
  return fmt::format(R"({{"p50":{:.6g},"p99":{:.6g},"max":{:.6g}}})", ms.p50, ms.p99, ms.max);
}

std::string cpu_text(double seconds, double count, std::string_view of) {
  return fmt::format("{:.2f} s, {:.1f} us {}", seconds, per(seconds * 1e6, count), of);
}

void add_cost(std::string& text, const Bill& bill) {
  const auto streams = static_cast<double>(bill.streams), told = static_cast<double>(bill.told);
  const Bill::Server& server = *bill.server;
  if (const auto opening = server.opening_cpu_seconds) {
    add_line(text, "server CPU, opening", cpu_text(*opening, streams, "a stream"));
    add_line(text, "server CPU, telling", cpu_text(server.cpu_seconds - *opening, told, "an event"));
  } else {
    add_line(text, "server CPU", cpu_text(server.cpu_seconds, streams + told, "an opening or event"));
  }
  add_line(text, "server memory grew by",
           fmt::format("{:.1f} MiB, {:.0f} bytes a stream", server.resident_bytes / (1 << 20),
                       bytes_per_stream(bill)));
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

std::vector<Verdict> judge(const Bill& bill) {
  std::vector<Verdict> verdicts = {
      {"every stream knows the newest state, and none was ended", bill.behind == 0 && bill.lost == 0},
      {"no change was told twice", bill.told <= bill.told_max},
  };
  if (!bill.server || bill.streams < kStreamsThatTell) return verdicts;
  verdicts.push_back({fmt::format("at most {} bytes of memory a stream", kBytesPerStreamMax),
                      bytes_per_stream(bill) <= kBytesPerStreamMax});
  verdicts.push_back({fmt::format("at most {} us of CPU an opening, and {} an event", kCpuUsPerOpeningMax,
                                  kCpuUsPerEventMax),
                      bill.server->cpu_seconds <= cpu_seconds_max(bill)});
  return verdicts;
}

bool held(const Bill& bill) { return std::ranges::all_of(judge(bill), &Verdict::held); }

std::string text_of(const Bill& bill) {
  std::string text = fmt::format("{}: {} streams, {} people\n", bill.storm, bill.streams, bill.people);
  add_line(text, "all were told what there is after", fmt::format("{:.2f} s", bill.open_seconds));
  if (bill.resumed > 0) add_line(text, "went on where they had ended", fmt::format("{}", bill.resumed));
  if (bill.turned_away > 0)
    add_line(text, "refused, and came again", fmt::format("{} times", bill.turned_away));
  add_line(text, "changes, events told of them", fmt::format("{}, {}", bill.changes, bill.told));
  add_line(text, "a change was answered after", text_of(bill.answers));
  add_line(text, "from its answer to an event", text_of(bill.latency));
  add_line(text, "bytes received", fmt::format("{}", bill.bytes));
  if (bill.server)
    add_cost(text, bill);
  else
    add_line(text, "server", "its process cannot be seen from here");
  for (const Verdict& verdict : judge(bill))
    text += fmt::format("  [{}] {}\n", verdict.held ? "held" : "BROKEN", verdict.what);
  if (bill.streams < kStreamsThatTell)
    text += fmt::format("  of fewer than {} streams the cost of each cannot be told\n", kStreamsThatTell);
  return text;
}

std::string json_of(const Bill& bill) {
  std::string json = fmt::format(
      R"({{"storm":"{}","streams":{},"people":{},"openSeconds":{:.6g},"resumed":{},"turnedAway":{},"lost":{},)"
      R"("changes":{},"told":{},"toldMax":{},"behind":{},"answerMs":{},"latencyMs":{},"bytes":{})",
      bill.storm, bill.streams, bill.people, bill.open_seconds, bill.resumed, bill.turned_away, bill.lost,
      bill.changes, bill.told, bill.told_max, bill.behind, json_of(bill.answers), json_of(bill.latency),
      bill.bytes);
  if (bill.server)
    json += fmt::format(R"(,"server":{{"cpuSeconds":{:.6g},"residentBytes":{:.0f}}})",
                        bill.server->cpu_seconds, bill.server->resident_bytes);
  json += R"(,"bound":[)";
  std::string_view before;
  for (const Verdict& verdict : judge(bill)) {
    json += fmt::format(R"({}{{"what":"{}","held":{}}})", before, verdict.what, verdict.held);
    before = ",";
  }
  return json + "]}";
}

}  // namespace porchlight::drill
