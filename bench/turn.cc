#include "turn.h"

#include "load.h"

namespace porchlight::bench {
namespace {

constexpr std::size_t kWarmUps = 10;  // of every connection

}  // namespace

void take_turn(const Served& served, const Turn& turn, Figures& figures) {
  Load load(served.port, turn.connections);
  load.run({.append_request = turn.append_request,
            .depth = turn.depth,
            .requests = kWarmUps * turn.connections * turn.depth});
  const std::int64_t before = served.process.cpu_ns();
  const Outcome outcome =
      load.run({.append_request = turn.append_request, .depth = turn.depth, .seconds = turn.seconds});
  const auto spent = static_cast<double>(served.process.cpu_ns() - before);
  figures.cpu_us.push_back(spent / 1000 / static_cast<double>(outcome.answers));
  figures.per_second.push_back(outcome.per_second());
}

}  // namespace porchlight::bench
