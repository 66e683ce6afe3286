// Runs histories of a cell of three nodes in virtual time, each decided by a seed, and checks what must hold in all of
// them.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <chrono>
#include <map>

#include "simulate/history.h"
#include "simulate/outage.h"

namespace porchlight::simulate {
namespace {

const std::map<std::string, Plant> kPlants = {{"no-fence", Plant::kNoFence},
                                              {"forgotten-ids", Plant::kForgottenIds},
                                              {"early-outcome", Plant::kEarlyOutcome},
                                              {"early-notification", Plant::kEarlyNotification},
                                              {"early-link", Plant::kEarlyLink},
                                              {"endless-hold", Plant::kEndlessHold},
                                              {"no-hold", Plant::kNoHold}};

// One history of so many is a long outage: it takes 50 times as long as another.
constexpr std::uint64_t kOutageEach = 50;

HistoryResult run_one(const HistoryOptions& options) {
  return options.seed % kOutageEach == kOutageEach - 1 ? run_outage(options) : run_history(options);
}

void print_broken(std::uint64_t seed, const HistoryResult& result) {
  for (const std::string& rule : result.broken) fmt::print("seed {}: broken: {}\n", seed, rule);
}

// Whether no history breaks a rule.
bool run_all(std::uint64_t first, std::uint64_t count, Plant plant) {
  HistoryResult sum;
  const auto begin = std::chrono::steady_clock::now();
  auto next_report = begin + std::chrono::seconds(2);
  for (std::uint64_t seed = first; seed < first + count; ++seed) {
    const HistoryResult result = run_one({.seed = seed, .plant = plant});
    if (!result.broken.empty()) {
      print_broken(seed, result);
      fmt::print("repeat it with: --seed {} (the trace shows what happened)\n", seed);
      return false;
    }
    sum.written += result.written;
    sum.refused += result.refused;
    sum.unavailable += result.unavailable;
    sum.conflicts += result.conflicts;
    sum.unknown += result.unknown;
    sum.repeated += result.repeated;
    sum.crashes += result.crashes;
    sum.delta_rounds += result.delta_rounds;
    if (const auto now = std::chrono::steady_clock::now(); now >= next_report) {
      fmt::print(stderr, "{} of {} histories\n", seed - first + 1, count);
      next_report = now + std::chrono::seconds(2);
    }
  }
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - begin;
  fmt::print(
      "{} histories in {:.1f} s: {} commands written, {} refused, {} unavailable; {} conflicts, {} unknown "
      "outcomes, {} repeated commands, {} crashes, {} rounds of delta links\n",
      count, took.count(), sum.written, sum.refused, sum.unavailable, sum.conflicts, sum.unknown,
      sum.repeated, sum.crashes, sum.delta_rounds);
  return true;
}

// Whether a planted fault is found.
bool find_plant(const std::string& name, Plant plant, std::uint64_t count) {
  for (std::uint64_t seed = 1; seed <= count; ++seed) {
    const HistoryResult result = run_one({.seed = seed, .plant = plant});
    if (result.broken.empty()) continue;
    fmt::print("{}: found by seed {}: {}\n", name, seed, result.broken.front());
    return true;
  }
  fmt::print("{}: not found within {} seeds\n", name, count);
  return false;
}

std::vector<std::string> plant_names() {
  std::vector<std::string> names = {"all"};
  for (const auto& [name, fault] : kPlants) names.push_back(name);
  return names;
}

int run(int argc, char** argv) {
  CLI::App app("Simulates cells of three nodes in virtual time and checks what must hold in every history.");
  std::uint64_t seed = 0, seeds = 2000, first = 1;
  std::string plant;
  app.add_option("--seed", seed, "Run this history alone, and print what happens");
  app.add_option("--seeds", seeds, "Number of histories")->capture_default_str();
  app.add_option("--first", first, "Seed of the first one")->capture_default_str();
  app.add_option("--plant", plant,
                 "Put this fault into the simulation; succeeds if a check finds it. all: each of them")
      ->check(CLI::IsMember(plant_names()));
  CLI11_PARSE(app, argc, argv);
  if (seed != 0) {
    const auto found = kPlants.find(plant);
    const HistoryResult result = run_one(
        {.seed = seed, .plant = found == kPlants.end() ? Plant::kNothing : found->second, .trace = true});
    print_broken(seed, result);
    return result.broken.empty() ? 0 : 1;
  }
  if (plant.empty()) return run_all(first, seeds, Plant::kNothing) ? 0 : 1;
  bool is_each_found = true;
  for (const auto& [name, fault] : kPlants)
    if (plant == name || plant == "all") is_each_found &= find_plant(name, fault, seeds);
  return is_each_found ? 0 : 1;
}

}  // namespace
}  // namespace porchlight::simulate

int main(int argc, char** argv) { return porchlight::simulate::run(argc, argv); }
