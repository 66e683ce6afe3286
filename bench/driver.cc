// Runs all measurements on a built porchlight, prints a table and writes the results.
//
//     bench_driver PORCHLIGHT TOOLS_DIR WORK_DIR RESULTS_FILE [PEOPLE]
//
// WORK_DIR must not exist; it is removed at the end.
#include <fmt/format.h>

#include <cstdio>
#include <cstdlib>
#include <exception>
#include <fstream>
#include <sstream>

#include "measure.h"

namespace porchlight::bench {
namespace {

constexpr std::uint64_t kPeople = 1'000'000;

// The folder of a run, removed by the destructor.
class WorkFolder {
 public:
  explicit WorkFolder(std::filesystem::path path) : path_(std::move(path)) {
    if (!std::filesystem::create_directories(path_))
      throw std::runtime_error(path_.string() + " exists already");
  }
  ~WorkFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  const std::filesystem::path& path() const { return path_; }

 private:
  const std::filesystem::path path_;
};

Report measure(const Setting& setting) {
  Report report;
  const std::filesystem::path data = setting.folder / "data", empty = setting.folder / "empty";
  make_data(setting, empty);
  make_data(setting, data);
  Requests requests(mint_token(setting, data), setting.people);
  measure_import(setting, data, report);
  measure_subscribed_starts(setting, data, requests, report);
  measure_starts(setting, empty, data, requests, report);
  measure_reads(setting, data, requests, report);
  measure_bulk_reads(setting, data, requests, report);
  measure_writes(setting, data, requests, report);
  measure_streams(setting, data, report);
  measure_history_reads(setting, report);
  measure_subscriptions(setting, report);
  measure_tokens(setting, report);
  measure_deliveries(setting, report);
  return report;
}

void write_results(const Report& report, const std::filesystem::path& file) {
  const std::filesystem::path fresh = file.string() + ".tmp";
  std::ofstream(fresh) << report.json();
  std::filesystem::rename(fresh, file);
}

void print_stderr_tail(const std::filesystem::path& file) {
  std::ifstream in(file);
  std::ostringstream text;
  text << in.rdbuf();
  const std::string all = text.str();
  constexpr std::size_t kTailBytes = 4000;
  std::fputs(all.substr(all.size() > kTailBytes ? all.size() - kTailBytes : 0).c_str(), stderr);
}

int run(int argc, char** argv) {
  const WorkFolder folder(std::filesystem::absolute(argv[3]));
  const std::uint64_t people = argc > 5 ? std::strtoull(argv[5], nullptr, 10) : kPeople;
  const Setting setting{std::filesystem::absolute(argv[1]), std::filesystem::absolute(argv[2]), folder.path(),
                        people};
  pin_to_processor(setting.processors.load);
  try {
    const Report report = measure(setting);
    fmt::print("{}", report.table());
    write_results(report, argv[4]);
    return 0;
  } catch (const std::exception& error) {
    print_stderr_tail(setting.stderr_file());
    fmt::print(stderr, "bench: {}\n", error.what());
    return 1;
  }
}

}  // namespace
}  // namespace porchlight::bench

int main(int argc, char** argv) {
  if (argc >= 5) return porchlight::bench::run(argc, argv);
  std::fputs("usage: bench_driver PORCHLIGHT TOOLS_DIR WORK_DIR RESULTS_FILE [PEOPLE]\n", stderr);
  return 2;
}
