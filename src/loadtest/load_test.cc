// The loop of a load test. Users have one of two states, Busy and DoNotDisturb, alternately, so that every change is
// visible in the next event and a stream is up to date if its last event shows the state that was set last. Everything
// runs on one thread with one epoll; is_behind_ is kept per stream so that a step costs only what happened.
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

// Intervals of the loop.
constexpr std::chrono::milliseconds kPollWait{5};
constexpr std::chrono::seconds kProgressEvery{2};
constexpr std::chrono::seconds kClearingMax{30};
constexpr std::chrono::milliseconds kBetweenChanges{20};  // while all streams reconnect
constexpr std::size_t kSpareDescriptors = 64;

float ms_between(Instant begin, Instant end) {
  return std::chrono::duration<float, std::milli>(end - begin).count();
}

double seconds_between(Instant begin, Instant end) {
  return std::chrono::duration<double>(end - begin).count();
}

// One run of a scenario. The destructor closes the streams and ends the sessions that it set.
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
  // Streams that have the newest state; never all of them while a change is in flight.
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
  std::vector<ShownState> wanted_;  // by user: the state set last
  std::vector<Instant> answered_;   // by user: when that was answered; max() before
  std::vector<bool> is_behind_;     // by stream: whether it lacks the state set last
  std::size_t behind_ = 0;
  std::vector<float> latency_ms_;  // from the response to a change to each event
  std::vector<float> answer_ms_;   // from a change to its response
  Poller poller_;
  PresenceWriter writer_;
  StreamPool pool_;
};

// Runs the loop until count() is `all`, and reports progress. An error if a stream or a change failed, or the time is
// over.
template <typename Count>
StepResult LoadTest::wait(std::string_view what, std::size_t all, Count count) {
  Instant said = Steady::now();
  while (true) {
    const std::size_t done = count();
    if (!pool_.fault().empty()) return std::unexpected(pool_.fault());
    if (!writer_.fault().empty()) return std::unexpected(writer_.fault());
    if (done >= all) return {};
    const Instant now = Steady::now();
    if (now >= until_)
      return std::unexpected(fmt::format("the time limit is over: {} of {} {}", done, all, what));
    if (now - said >= kProgressEvery) {
      said = now;
      options_.progress(fmt::format("{} of {} {}", done, all, what));
    }
    poller_.poll_once(kPollWait);
    pool_.open_pending();
  }
}

// Sets the next state of a user. All of its streams are behind until an event shows that state.
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

// An event arrived. Events of an older state count as delivered, but do not bring the stream up to date.
void LoadTest::on_change(std::size_t stream, std::size_t person, ShownState state, Instant when) {
  ++report_.delivered;
  if (state != wanted_[person]) return;
  if (is_behind_[stream]) --behind_;
  is_behind_[stream] = false;
  latency_ms_.push_back(ms_between(std::min(answered_[person], when), when));
}

// Computes from the last events which streams are behind: after (re)connecting, snapshots and resumed streams mix.
void LoadTest::count_behind() {
  behind_ = 0;
  for (std::size_t stream = 0; stream < options_.streams; ++stream) {
    is_behind_[stream] = pool_.state_of(stream) != wanted_[pool_.person_of(stream)];
    behind_ += is_behind_[stream];
  }
}

// Ends the load test's sessions, so that no user stays busy.
void LoadTest::clear() {
  pool_.close();
  for (std::size_t person = 0; person < report_.people; ++person)
    if (wanted_[person] != ShownState::kOther) writer_.change(person, ShownState::kOther);
  const Instant until = Steady::now() + kClearingMax;
  while (!writer_.is_idle() && writer_.fault().empty() && Steady::now() < until) poller_.poll_once(kPollWait);
}

StepResult LoadTest::set_all_busy() {
  for (std::size_t person = 0; person < report_.people; ++person) change(person);
  auto done = wait("users set busy", report_.people, [this] { return report_.people - writer_.left(); });
  answer_ms_.clear();  // no stream was open
  return done;
}

// Opens all streams. Each must show its user as busy, so that every later change is visible.
StepResult LoadTest::open_first() {
  const Instant begin = Steady::now();
  pool_.open(false);
  if (auto done = wait("streams open", options_.streams, [this] { return pool_.ready(); }); !done)
    return done;
  report_.open_seconds = seconds_between(begin, Steady::now());
  count_behind();
  if (behind_ == 0) return {};
  return std::unexpected(
      "a user does not show as busy although the load test set them busy: they have a preferred presence, or "
      "hide "
      "theirs; name other users with --user");
}

// Changes all users, waits until all streams have it, and repeats.
StepResult LoadTest::change_all() {
  for (std::size_t turn = 0; turn < options_.changes; ++turn) {
    for (std::size_t person = 0; person < report_.people; ++person) change(person);
    report_.changes += report_.people;
    report_.delivered_max += options_.streams;
    if (auto done = wait(fmt::format("streams have change {} of {}", turn + 1, options_.changes),
                         options_.streams, [this] { return up_to_date(); });
        !done)
      return done;
  }
  return {};
}

// Closes all streams and reopens them with Last-Event-ID, while users change one after the other. Streams are counted
// as back when their snapshot or resumed events are complete, and then must get the newest state.
StepResult LoadTest::reconnect_all() {
  Instant next_change = Steady::now();
  std::size_t person = 0;
  const auto count_while_presence_changes = [&] {
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
  if (auto done = wait("streams reconnected", options_.streams, count_while_presence_changes); !done)
    return done;
  report_.open_seconds = seconds_between(begin, Steady::now());
  count_behind();
  return wait("streams have the newest state", options_.streams, [this] { return up_to_date(); });
}

// Records what the server used since `before`.
void LoadTest::record_cost(const std::optional<ProcessCost>& before) {
  const auto after = cost();
  if (!before || !after) return;
  report_.server = Report::ServerCost{.cpu_seconds = after->cpu_seconds - before->cpu_seconds,
                                      .resident_bytes = static_cast<double>(after->resident_bytes) -
                                                        static_cast<double>(before->resident_bytes)};
}

// Completes the report with the totals of the streams.
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

// Why this process cannot open this many streams; empty if it can.
std::string descriptor_fault(std::size_t streams) {
  const std::size_t descriptors = raise_descriptors();
  if (streams + kSpareDescriptors <= descriptors) return {};
  return fmt::format(
      "{} streams need that many open files, and this process may have {}; raise the limit (ulimit -Hn)",
      streams, descriptors);
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
