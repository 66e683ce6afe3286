#include "report.h"

#include <fmt/format.h>
#include <sys/utsname.h>

#include <algorithm>
#include <cstdio>
#include <fstream>
#include <thread>

namespace porchlight::bench {
namespace {

// A number with three or four significant digits.
std::string short_number(double value) {
  return fmt::format("{:.{}f}", value, value < 1 ? 3 : value < 100 ? 2 : 0);
}

std::string processor_name() {
  std::ifstream in("/proc/cpuinfo");
  for (std::string line; std::getline(in, line);) {
    if (line.starts_with("model name")) return line.substr(line.find(':') + 2);
  }
  return "unknown";
}

std::string system_name() {
  utsname name;
  ::uname(&name);
  return fmt::format("{} {} {}", name.sysname, name.release, name.machine);
}

}  // namespace

double median(Samples samples) {
  std::ranges::sort(samples);
  const std::size_t half = samples.size() / 2;
  return samples.size() % 2 == 1 ? samples[half] : (samples[half - 1] + samples[half]) / 2;
}

Samples ratios(const Samples& over, const Samples& under) {
  Samples result;
  for (std::size_t i = 0; i < over.size(); ++i) result.push_back(over[i] / under[i]);
  return result;
}

Target at_most(double limit, const Samples& samples, const std::string& text) {
  return {text, median(samples) <= limit};
}

Target at_least(double limit, const Samples& samples, const std::string& text) {
  return {text, median(samples) >= limit};
}

void Report::add(std::string what, std::string unit, const Samples& samples, std::optional<Target> target) {
  const auto [min, max] = std::ranges::minmax(samples);
  rows_.push_back({std::move(what), std::move(unit), median(samples), min, max, std::move(target)});
}

std::string Report::table() const {
  constexpr const char* kForm = "{:<50} {:>10} {:>10} {:>10}  {:<10} {}\n";
  std::string text = fmt::format(kForm, "", "median", "least", "most", "", "target");
  for (const Row& row : rows_) {
    const std::string target =
        row.target ? fmt::format("{}: {}", row.target->text, row.target->met ? "met" : "MISSED") : "";
    text += fmt::format(kForm, row.what, short_number(row.median), short_number(row.min),
                        short_number(row.max), row.unit, target);
    while (text.ends_with(" \n")) text.erase(text.size() - 2, 1);
  }
  return text;
}

std::string Report::json() const {
  std::string text =
      fmt::format("{{\n  \"processor\": \"{}\",\n  \"processors\": {},\n  \"system\": \"{}\",\n",
                  processor_name(), std::thread::hardware_concurrency(), system_name());
  text += "  \"results\": [";
  for (const Row& row : rows_) {
    text += fmt::format(
        "{}\n    {{\"what\": \"{}\", \"unit\": \"{}\", \"median\": {:.6g}, \"min\": {:.6g}, \"max\": {:.6g}",
        &row == rows_.data() ? "" : ",", row.what, row.unit, row.median, row.min, row.max);
    if (row.target)
      text += fmt::format(", \"target\": \"{}\", \"met\": {}", row.target->text, row.target->met);
    text += '}';
  }
  return text + "\n  ]\n}\n";
}

void progress(const std::string& what) { fmt::print(stderr, "bench: {}\n", what); }

}  // namespace porchlight::bench
