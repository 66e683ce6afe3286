// All histories of up to five events over three sessions of two applications, compared at every interesting time with
// a model that shares no code with the rules: a table of numbers, and time in units of five minutes. All changes by
// time fall on multiples of this unit, so checking these times, and the millisecond before each, sees every change.
#include <gtest/gtest.h>

#include <array>

#include "presence/story.h"
#include "support/rounds.h"

namespace porchlight::presence::testing {
namespace {

constexpr int kEventsMax = kSanitized ? 4 : 5;
// Each history has 18 continuations by one event: 18^0 + ... + 18^kEventsMax.
constexpr std::uint64_t kShortHistories = kSanitized ? 111'151 : 2'000'719;
constexpr Duration kUnit = 5min;
constexpr int kHorizon = 5;  // in units; every input has ended by then

// The visible states of the model, best rank first.
enum Look { kInACall, kAvailableLook, kInactive, kAwayLook, kOfflineLook, kBusyLook };
constexpr std::array<std::string_view, 6> kLookNames = {
    "Busy/InACall", "Available/Available", "Available/AvailableInactive",
    "Away/Away",    "Offline/Offline",     "Busy/Busy"};

// A session or a preference of the model.
struct ModelInput {
  bool set = false;
  bool available = false;  // else in a call
  int from = 0, until = 0;
};

// The state of one user.
struct Model {
  std::array<ModelInput, 3> sessions;
  ModelInput preferred;  // Busy/Busy
  std::uint64_t stamp = 0;

  Look look(int unit) const {
    int best = kOfflineLook;
    for (const ModelInput& session : sessions) {
      if (!session.set || unit >= session.until) continue;
      const int age = unit - session.from;
      const int shown = !session.available ? kInACall
                        : age == 0         ? kAvailableLook
                        : age == 1         ? kInactive
                                           : kAwayLook;
      best = std::min(best, shown);
    }
    if (best != kOfflineLook && preferred.set && unit < preferred.until) return kBusyLook;
    return static_cast<Look>(best);
  }
};

const std::array<SessionKey, 3> kKeys = {key("A"), key("A2"), key("B")};

enum class Kind { kAvailable, kCall, kClear, kPrefer, kStopPreferring };
struct Move {
  Kind kind;
  int session;
};
constexpr auto kMoves = std::to_array<Move>({
    {Kind::kAvailable, 0},
    {Kind::kAvailable, 1},
    {Kind::kAvailable, 2},
    {Kind::kCall, 0},
    {Kind::kCall, 2},
    {Kind::kClear, 0},
    {Kind::kClear, 2},
    {Kind::kPrefer, 0},
    {Kind::kStopPreferring, 0},
});
constexpr int kAvailableUnits = 4, kCallUnits = 1, kPreferUnits = 2;

Command command_of(const Move& move) {
  switch (move.kind) {
    case Kind::kAvailable:
      return SetSession{kKeys[move.session], kAvailable, kAvailableUnits * kUnit, false};
    case Kind::kCall:
      return SetSession{kKeys[move.session], pair("Busy/InACall"), kCallUnits * kUnit, false};
    case Kind::kClear:
      return ClearSession{kKeys[move.session]};
    case Kind::kPrefer:
      return SetPreferred{pair("Busy/Busy"), kPreferUnits * kUnit};
    default:
      return ClearPreferred{};
  }
}

// The sequence number after a visible change at that unit. The start is much later than 1970.
std::uint64_t stamp_after(std::uint64_t before, int unit) {
  const std::int64_t ms = (kStart + unit * kUnit).time_since_epoch().count();
  return std::max(before + 1, static_cast<std::uint64_t>(ms / 1000));
}

// Applies the move to the model. Returns false if it must be refused.
bool make(Model& model, const Move& move, int unit) {
  const Look before = model.look(unit);
  ModelInput& session = model.sessions[move.session];
  switch (move.kind) {
    case Kind::kAvailable:
      session = {true, true, unit, unit + kAvailableUnits};
      break;
    case Kind::kCall:
      session = {true, false, unit, unit + kCallUnits};
      break;
    case Kind::kClear:
      if (!session.set || unit >= session.until) return false;
      session.set = false;
      break;
    case Kind::kPrefer:
      model.preferred = {true, false, unit, unit + kPreferUnits};
      break;
    case Kind::kStopPreferring:
      model.preferred.set = false;
      break;
  }
  if (model.look(unit) != before) model.stamp = stamp_after(model.stamp, unit);
  return true;
}

// Enumerates the histories depth first.
class Walk {
 public:
  // Checks all continuations by up to `events_left` more events, each at the same time or a unit later.
  void go(const Record& record, const Model& model, int unit, int events_left) {
    check(record, model, unit);
    if (events_left == 0 || ::testing::Test::HasFailure()) return;
    for (const int wait : {0, 1}) {
      Model then = model;
      if (wait == 1 && then.look(unit + 1) != then.look(unit)) then.stamp = stamp_after(then.stamp, unit + 1);
      for (std::size_t i = 0; i < kMoves.size(); ++i) step(record, then, unit + wait, i, events_left);
    }
  }

  std::uint64_t histories() const { return histories_; }

 private:
  void step(const Record& record, const Model& model, int unit, std::size_t move, int events_left) {
    path_[kEventsMax - events_left] = {unit, static_cast<int>(move)};
    depth_ = kEventsMax - events_left + 1;
    Model moved = model;
    const bool accepted = make(moved, kMoves[move], unit);
    const auto outcome = decide(record, commands_[move], kStart + unit * kUnit);
    if (outcome.has_value() != accepted) fail("accepted or refused", unit);
    Record after = record;
    if (outcome && *outcome) apply(after, **outcome);
    go(after, moved, unit, events_left - 1);
    depth_ = kEventsMax - events_left;
  }

  // Checks now, and at each unit and the millisecond before it, until every input has ended.
  void check(const Record& record, const Model& model, int now) {
    ++histories_;
    std::uint64_t stamp = model.stamp;
    Look seen = model.look(now);
    std::optional<int> first;
    expect_at(record, now, Duration(0), seen, stamp);
    for (int unit = now + 1; unit <= now + kHorizon; ++unit) {
      expect_at(record, unit, -kTick, seen, stamp);
      const Look then = model.look(unit);
      if (then != seen && !first) first = unit;
      if (then != seen) stamp = stamp_after(stamp, unit);
      seen = then;
      expect_at(record, unit, Duration(0), seen, stamp);
    }
    const auto next = next_change(record, kStart + now * kUnit);
    if (next != (first ? std::optional(kStart + *first * kUnit) : std::nullopt)) fail("next_change", now);
  }

  void expect_at(const Record& record, int unit, Duration beside, Look look, std::uint64_t stamp) {
    const Time at = kStart + unit * kUnit + beside;
    if (effective(record, at) != states_[look]) fail("effective", unit);
    if (sequence(record, at) != stamp) fail("sequence", unit);
  }

  void fail(std::string_view what, int unit) {
    std::string path;
    for (int i = 0; i < depth_; ++i)
      path += " (unit " + std::to_string(path_[i].first) + ", move " + std::to_string(path_[i].second) + ")";
    ADD_FAILURE() << what << " at unit " << unit << " after" << path;
  }

  const std::array<Command, kMoves.size()> commands_ = [] {
    return [&]<std::size_t... kIs>(std::index_sequence<kIs...>) {
      return std::array<Command, kMoves.size()>{command_of(kMoves[kIs])...};
    }
    (std::make_index_sequence<kMoves.size()>());
  }();
  const std::array<State, 6> states_ = {pair(kLookNames[0]), pair(kLookNames[1]), pair(kLookNames[2]),
                                        pair(kLookNames[3]), pair(kLookNames[4]), pair(kLookNames[5])};
  std::array<std::pair<int, int>, kEventsMax> path_;
  int depth_ = 0;
  std::uint64_t histories_ = 0;
};

TEST(Exhaustive, AgreesWithTheModelOnAllShortHistories) {
  Walk walk;
  walk.go(Record(), Model(), 0, kEventsMax);
  EXPECT_EQ(walk.histories(), kShortHistories);
}

}  // namespace
}  // namespace porchlight::presence::testing
