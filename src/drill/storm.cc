#include "drill/storm.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <utility>

#include "drill/changer.h"
#include "drill/crowd.h"
#include "drill/poll.h"
#include "drill/server_process.h"

namespace porchlight::drill {
namespace {

using Done = std::expected<void, std::string>;
using Steady = std::chrono::steady_clock;

constexpr std::chrono::milliseconds kTurn{5};
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

class Storm {
 public:
  explicit Storm(const StormTerms& terms)
      : terms_(terms),
        until_(Steady::now() + terms.longest),
        wanted_(terms.people.size(), Look::kOther),
        answered_(terms.people.size()),
        is_behind_(terms.streams),
        changer_(poll_, terms.server, terms.token, terms.people,
                 [this](std::size_t person, Instant asked, Instant answered) {
                   answered_[person] = answered;
                   answer_ms_.push_back(ms_between(asked, answered));
                 }),
        crowd_(poll_, terms.server, terms.token, terms.people, terms.streams,
               [this](std::size_t stream, std::size_t person, Look look, Instant when) {
                 note(stream, person, look, when);
               }) {
    bill_.streams = terms.streams;
    bill_.people = std::min(terms.people.size(), terms.streams);
  }
  ~Storm() { clear(); }

  std::expected<Bill, std::string> run_watched();
  std::expected<Bill, std::string> run_reconnect();

 private:
  void clear();
  Done set_all_busy();
  Done open_first();
  Done come_back();
  Done tell_all();
  void change(std::size_t person);
  void note(std::size_t stream, std::size_t person, Look look, Instant when);
  void count_behind();
  // Streams that know the newest; never all of them while a change is under way.
  std::size_t up_to_date() const {
    return terms_.streams - std::max<std::size_t>(behind_, changer_.is_idle() ? 0 : 1);
  }
  std::optional<Cost> cost() const { return terms_.pid ? cost_of(*terms_.pid) : std::nullopt; }
  void charge(const std::optional<Cost>& before);
  Bill finish();
  template <typename Count>
  Done wait(std::string_view what, std::size_t all, Count count);

  const StormTerms& terms_;
  const Instant until_;
  Bill bill_;
  std::vector<Look> wanted_;       // by person: what they were set to last
  std::vector<Instant> answered_;  // by person: when that was done; max() where it is not yet
  std::vector<bool> is_behind_;    // by stream: it was not told so yet
  std::size_t behind_ = 0;
  std::vector<float> late_ms_;    // from a change's answer to each event
  std::vector<float> answer_ms_;  // from a change to its answer
  Poll poll_;
  Changer changer_;
  Crowd crowd_;
};

// Goes on until `count` is all, and says every now and then how far it is.
template <typename Count>
Done Storm::wait(std::string_view what, std::size_t all, Count count) {
  Instant said = Steady::now();
  while (true) {
    const std::size_t done = count();
    if (!crowd_.fault().empty()) return std::unexpected(crowd_.fault());
    if (!changer_.fault().empty()) return std::unexpected(changer_.fault());
    if (done >= all) return {};
    const Instant now = Steady::now();
    if (now >= until_) return std::unexpected(fmt::format("time is over: {} of {} {}", done, all, what));
    if (now - said >= kProgressEvery) {
      said = now;
      terms_.progress(fmt::format("{} of {} {}", done, all, what));
    }
    poll_.turn(kTurn);
    crowd_.go_on();
  }
}

void Storm::change(std::size_t person) {
  wanted_[person] = next_look(wanted_[person]);
  answered_[person] = Instant::max();
  for (std::size_t stream = person; stream < terms_.streams; stream += terms_.people.size()) {
    if (crowd_.look_of(stream) == wanted_[person] || is_behind_[stream]) continue;
    is_behind_[stream] = true;
    ++behind_;
  }
  changer_.change(person, wanted_[person]);
}

void Storm::note(std::size_t stream, std::size_t person, Look look, Instant when) {
  ++bill_.told;
  if (look != wanted_[person]) return;
  if (is_behind_[stream]) --behind_;
  is_behind_[stream] = false;
  late_ms_.push_back(ms_between(std::min(answered_[person], when), when));
}

void Storm::count_behind() {
  behind_ = 0;
  for (std::size_t stream = 0; stream < terms_.streams; ++stream) {
    is_behind_[stream] = crowd_.look_of(stream) != wanted_[crowd_.person_of(stream)];
    behind_ += is_behind_[stream];
  }
}

// The drill leaves nobody busy.
void Storm::clear() {
  crowd_.close();
  for (std::size_t person = 0; person < bill_.people; ++person)
    if (wanted_[person] != Look::kOther) changer_.change(person, Look::kOther);
  const Instant until = Steady::now() + kClearingMax;
  while (!changer_.is_idle() && changer_.fault().empty() && Steady::now() < until) poll_.turn(kTurn);
}

Done Storm::set_all_busy() {
  for (std::size_t person = 0; person < bill_.people; ++person) change(person);
  auto done = wait("people set busy", bill_.people, [this] { return bill_.people - changer_.left(); });
  answer_ms_.clear();  // nobody looked on
  return done;
}

// Every stream says that its person is busy: from here on each change shows.
Done Storm::open_first() {
  const Instant begin = Steady::now();
  crowd_.open(false);
  if (auto done = wait("streams told what there is", terms_.streams, [this] { return crowd_.ready(); });
      !done)
    return done;
  bill_.open_seconds = seconds_between(begin, Steady::now());
  count_behind();
  if (behind_ == 0) return {};
  return std::unexpected(
      "somebody does not show as busy though the drill set them so: they prefer another presence, or hide; "
      "name others");
}

Done Storm::tell_all() {
  for (std::size_t turn = 0; turn < terms_.changes; ++turn) {
    for (std::size_t person = 0; person < bill_.people; ++person) change(person);
    bill_.changes += bill_.people;
    bill_.told_max += terms_.streams;
    if (auto done = wait(fmt::format("streams told of change {} of {}", turn + 1, terms_.changes),
                         terms_.streams, [this] { return up_to_date(); });
        !done)
      return done;
  }
  return {};
}

Done Storm::come_back() {
  Instant next_change = Steady::now();
  std::size_t person = 0;
  const auto count_while_people_change = [&] {
    if (const Instant now = Steady::now(); now >= next_change && changer_.is_idle()) {
      change(person);
      ++bill_.changes;
      bill_.told_max += (terms_.streams - person - 1) / terms_.people.size() + 1;
      person = (person + 1) % bill_.people;
      next_change = now + kBetweenChanges;
    }
    return crowd_.ready();
  };
  const Instant begin = Steady::now();
  crowd_.close();
  crowd_.open(true);
  if (auto done = wait("streams are back", terms_.streams, count_while_people_change); !done) return done;
  bill_.open_seconds = seconds_between(begin, Steady::now());
  count_behind();
  return wait("streams know the newest", terms_.streams, [this] { return up_to_date(); });
}

// What the server has spent and taken since then.
void Storm::charge(const std::optional<Cost>& before) {
  const auto after = cost();
  if (!before || !after) return;
  bill_.server = Bill::Server{.cpu_seconds = after->cpu_seconds - before->cpu_seconds,
                              .resident_bytes = static_cast<double>(after->resident_bytes) -
                                                static_cast<double>(before->resident_bytes)};
}

Bill Storm::finish() {
  bill_.behind = behind_;
  bill_.lost = crowd_.lost();
  bill_.turned_away = crowd_.turned_away();
  bill_.resumed = crowd_.resumed();
  bill_.latency = latency_of(std::move(late_ms_));
  bill_.answers = latency_of(std::move(answer_ms_));
  bill_.bytes = crowd_.bytes();
  return bill_;
}

std::expected<Bill, std::string> Storm::run_watched() {
  bill_.storm = "watched";
  if (auto done = set_all_busy(); !done) return std::unexpected(done.error());
  const auto before = cost();
  if (auto done = open_first(); !done) return std::unexpected(done.error());
  charge(before);
  const auto opening = bill_.server;
  if (auto done = tell_all(); !done) return std::unexpected(done.error());
  charge(before);
  if (opening && bill_.server) bill_.server->opening_cpu_seconds = opening->cpu_seconds;
  return finish();
}

std::expected<Bill, std::string> Storm::run_reconnect() {
  bill_.storm = "reconnect";
  if (auto done = set_all_busy(); !done) return std::unexpected(done.error());
  if (auto done = open_first(); !done) return std::unexpected(done.error());
  const auto before = cost();
  if (auto done = come_back(); !done) return std::unexpected(done.error());
  charge(before);
  return finish();
}

// Why this process cannot hold so many streams; empty where it can.
std::string room_fault(std::size_t streams) {
  const std::size_t descriptors = raise_descriptors();
  if (streams + kSpareDescriptors <= descriptors) return {};
  return fmt::format("{} streams need as many open files, and this process may have {} (ulimit -Hn)", streams,
                     descriptors);
}

}  // namespace

std::expected<Bill, std::string> run_watched(const StormTerms& terms) {
  if (auto fault = room_fault(terms.streams); !fault.empty()) return std::unexpected(std::move(fault));
  return Storm(terms).run_watched();
}

std::expected<Bill, std::string> run_reconnect(const StormTerms& terms) {
  if (auto fault = room_fault(terms.streams); !fault.empty()) return std::unexpected(std::move(fault));
  return Storm(terms).run_reconnect();
}

}  // namespace porchlight::drill
