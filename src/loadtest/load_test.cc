#include "loadtest/load_test.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <utility>

#include "loadtest/poller.h"
#include "loadtest/presence_writer.h"
#include "loadtest/server_process.h"
#include "loadtest/stream_pool.h"

namespace porchlight::loadtest {
namespace {

using StepResult = std::expected<void, std::string>;
using Steady = std::chrono::steady_clock;

constexpr std::chrono::milliseconds kPollWait{5};
constexpr std::chrono::seconds kProgressEvery{2};
constexpr std::chrono::seconds kClearingMax{30};
constexpr std::chrono::milliseconds kBetweenChanges{20};  // while all come back
constexpr std::size_t kSpareDescriptors = 64;

float ms_between(Instant begin, Instant end) {
  return std::chrono::duration<float, std::milli>(end - begin).count();
}

double seconds_between(Instant begin, Instant end) {
  return std::chrono::duration<double>(end - begin).count();
}

class LoadTest {
 public:
  explicit LoadTest(const LoadTestOptions& options)
      : options_(options),
        until_(Steady::now() + options.longest),
        wanted_(options.people.size(), ShownState::kOther),
        answered_(options.people.size()),
        is_behind_(options.streams),
        writer_(poller_, options.server, options.token, options.people,
                [this](std::size_t person, Instant asked, Instant answered) {
                  answered_[person] = answered;
                  answer_ms_.push_back(ms_between(asked, answered));
                }),
        pool_(poller_, options.server, options.token, options.people, options.streams,
              [this](std::size_t stream, std::size_t person, ShownState state, Instant when) {
                on_change(stream, person, state, when);
              }) {
    report_.streams = options.streams;
    report_.people = std::min(options.people.size(), options.streams);
  }
  ~LoadTest() { clear(); }

  std::expected<Report, std::string> run_watched();
  std::expected<Report, std::string> run_reconnect();

 private:
  void clear();
  StepResult set_all_busy();
  StepResult open_first();
  StepResult reconnect_all();
  StepResult change_all();
  void change(std::size_t person);
  void on_change(std::size_t stream, std::size_t person, ShownState state, Instant when);
  void count_behind();
  // Streams that know the newest; never all of them while a change is under way.
  std::size_t up_to_date() const {
    return options_.streams - std::max<std::size_t>(behind_, writer_.is_idle() ? 0 : 1);
  }
  std::optional<ProcessCost> cost() const { return options_.pid ? cost_of(*options_.pid) : std::nullopt; }
  void record_cost(const std::optional<ProcessCost>& before);
  Report finish();
  template <typename Count>
  StepResult wait(std::string_view what, std::size_t all, Count count);

  const LoadTestOptions& options_;
  const Instant until_;
  Report report_;
  std::vector<ShownState> wanted_;  // by person: what they were set to last
  std::vector<Instant> answered_;   // by person: when that was done; max() where it is not yet
  std::vector<bool> is_behind_;     // by stream: it was not told so yet
  std::size_t behind_ = 0;
  std::vector<float> latency_ms_;  // from a change's answer to each event
  std::vector<float> answer_ms_;   // from a change to its answer
  Poller poller_;
  PresenceWriter writer_;
  StreamPool pool_;
};

// Goes on until `count` is all, and says every now and then how far it is.
template <typename Count>
StepResult LoadTest::wait(std::string_view what, std::size_t all, Count count) {
  Instant said = Steady::now();
  while (true) {
    const std::size_t done = count();
    if (!pool_.fault().empty()) return std::unexpected(pool_.fault());
    if (!writer_.fault().empty()) return std::unexpected(writer_.fault());
    if (done >= all) return {};
    const Instant now = Steady::now();
    if (now >= until_) return std::unexpected(fmt::format("time is over: {} of {} {}", done, all, what));
    if (now - said >= kProgressEvery) {
      said = now;
      options_.progress(fmt::format("{} of {} {}", done, all, what));
    }
    poller_.poll_once(kPollWait);
    pool_.open_pending();
  }
}

void LoadTest::change(std::size_t person) {
  wanted_[person] = next_shown_state(wanted_[person]);
  answered_[person] = Instant::max();
  for (std::size_t stream = person; stream < options_.streams; stream += options_.people.size()) {
    if (pool_.state_of(stream) == wanted_[person] || is_behind_[stream]) continue;
    is_behind_[stream] = true;
    ++behind_;
  }
  writer_.change(person, wanted_[person]);
}

void LoadTest::on_change(std::size_t stream, std::size_t person, ShownState state, Instant when) {
  ++report_.delivered;
  if (state != wanted_[person]) return;
  if (is_behind_[stream]) --behind_;
  is_behind_[stream] = false;
  latency_ms_.push_back(ms_between(std::min(answered_[person], when), when));
}

void LoadTest::count_behind() {
  behind_ = 0;
  for (std::size_t stream = 0; stream < options_.streams; ++stream) {
    is_behind_[stream] = pool_.state_of(stream) != wanted_[pool_.person_of(stream)];
    behind_ += is_behind_[stream];
  }
}

// The load test leaves nobody busy.
void LoadTest::clear() {
  pool_.close();
  for (std::size_t person = 0; person < report_.people; ++person)
    if (wanted_[person] != ShownState::kOther) writer_.change(person, ShownState::kOther);
  const Instant until = Steady::now() + kClearingMax;
  while (!writer_.is_idle() && writer_.fault().empty() && Steady::now() < until) poller_.poll_once(kPollWait);
}

StepResult LoadTest::set_all_busy() {
  for (std::size_t person = 0; person < report_.people; ++person) change(person);
  auto done = wait("people set busy", report_.people, [this] { return report_.people - writer_.left(); });
  answer_ms_.clear();  // nobody looked on
  return done;
}

// Every stream says that its person is busy: from here on each change shows.
StepResult LoadTest::open_first() {
  const Instant begin = Steady::now();
  pool_.open(false);
  if (auto done = wait("streams told what there is", options_.streams, [this] { return pool_.ready(); });
      !done)
    return done;
  report_.open_seconds = seconds_between(begin, Steady::now());
  count_behind();
  if (behind_ == 0) return {};
  return std::unexpected(
      "somebody does not show as busy though the load test set them so: they prefer another presence, or "
      "hide; "
      "name others");
}

StepResult LoadTest::change_all() {
  for (std::size_t turn = 0; turn < options_.changes; ++turn) {
    for (std::size_t person = 0; person < report_.people; ++person) change(person);
    report_.changes += report_.people;
    report_.delivered_max += options_.streams;
    if (auto done = wait(fmt::format("streams told of change {} of {}", turn + 1, options_.changes),
                         options_.streams, [this] { return up_to_date(); });
        !done)
      return done;
  }
  return {};
}

StepResult LoadTest::reconnect_all() {
  Instant next_change = Steady::now();
  std::size_t person = 0;
  const auto count_while_people_change = [&] {
    if (const Instant now = Steady::now(); now >= next_change && writer_.is_idle()) {
      change(person);
      ++report_.changes;
      report_.delivered_max += (options_.streams - person - 1) / options_.people.size() + 1;
      person = (person + 1) % report_.people;
      next_change = now + kBetweenChanges;
    }
    return pool_.ready();
  };
  const Instant begin = Steady::now();
  pool_.close();
  pool_.open(true);
  if (auto done = wait("streams are back", options_.streams, count_while_people_change); !done) return done;
  report_.open_seconds = seconds_between(begin, Steady::now());
  count_behind();
  return wait("streams know the newest", options_.streams, [this] { return up_to_date(); });
}

// What the server has spent and taken since then.
void LoadTest::record_cost(const std::optional<ProcessCost>& before) {
  const auto after = cost();
  if (!before || !after) return;
  report_.server = Report::ServerCost{.cpu_seconds = after->cpu_seconds - before->cpu_seconds,
                                      .resident_bytes = static_cast<double>(after->resident_bytes) -
                                                        static_cast<double>(before->resident_bytes)};
}

Report LoadTest::finish() {
  report_.behind = behind_;
  report_.lost = pool_.lost();
  report_.retries = pool_.retries();
  report_.resumed = pool_.resumed();
  report_.latency = latency_of(std::move(latency_ms_));
  report_.answer_latency = latency_of(std::move(answer_ms_));
  report_.bytes = pool_.bytes();
  return report_;
}

std::expected<Report, std::string> LoadTest::run_watched() {
  report_.scenario = "watched";
  if (auto done = set_all_busy(); !done) return std::unexpected(done.error());
  const auto before = cost();
  if (auto done = open_first(); !done) return std::unexpected(done.error());
  record_cost(before);
  const auto opening = report_.server;
  if (auto done = change_all(); !done) return std::unexpected(done.error());
  record_cost(before);
  if (opening && report_.server) report_.server->opening_cpu_seconds = opening->cpu_seconds;
  return finish();
}

std::expected<Report, std::string> LoadTest::run_reconnect() {
  report_.scenario = "reconnect";
  if (auto done = set_all_busy(); !done) return std::unexpected(done.error());
  if (auto done = open_first(); !done) return std::unexpected(done.error());
  const auto before = cost();
  if (auto done = reconnect_all(); !done) return std::unexpected(done.error());
  record_cost(before);
  return finish();
}

// Why this process cannot hold so many streams; empty where it can.
std::string descriptor_fault(std::size_t streams) {
  const std::size_t descriptors = raise_descriptors();
  if (streams + kSpareDescriptors <= descriptors) return {};
  return fmt::format("{} streams need as many open files, and this process may have {} (ulimit -Hn)", streams,
                     descriptors);
}

}  // namespace

std::expected<Report, std::string> run_watched(const LoadTestOptions& options) {
  if (auto fault = descriptor_fault(options.streams); !fault.empty())
    return std::unexpected(std::move(fault));
  return LoadTest(options).run_watched();
}

std::expected<Report, std::string> run_reconnect(const LoadTestOptions& options) {
  if (auto fault = descriptor_fault(options.streams); !fault.empty())
    return std::unexpected(std::move(fault));
  return LoadTest(options).run_reconnect();
}

}  // namespace porchlight::loadtest
