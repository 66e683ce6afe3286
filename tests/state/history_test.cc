// Thousands of random sequences of writes over logs with all kinds of faults. A failure names the seed, which repeats
// it.
#include <gtest/gtest.h>

#include <map>
#include <random>

#include "state/dump.h"
#include "state/writer_fixture.h"
#include "support/rounds.h"

namespace porchlight::state {
namespace {

using Fate = log::FakeLog::Fate;

constexpr unsigned kHistories = rounds(3000);

// The outcome of a request; the id is nil for directory changes.
struct ReportedOutcome {
  Guid event_id;
  Outcome outcome;
};

// A sequence of random writes to six users of three tenants, with random faults of their logs. Three of them are in one
// shard, so their tenants take turns.
class History {
 public:
  explicit History(unsigned seed) : random_(seed) {
    for (std::uint64_t i = 0; i < 4; ++i) people_.push_back({id_of(1), id_of(100 + i)});
    for (std::uint64_t tenant = 2; tenant < 4; ++tenant)
      people_.push_back(neighbour_of(people_.front(), tenant));
    for (auto& log : fixture_.logs) log.set_plan([this] { return next_fate(); });
  }

  void run(int steps) {
    for (int step = 0; step < steps; ++step) {
      now_ms_ += pick(60'000);
      one_step();
    }
    settle();
  }

  void check() {
    check_reported();
    check_versions();
    check_order();
    const std::string live = dump(*fixture_.view);
    fixture_.restart();
    ASSERT_EQ(dump(*fixture_.view), live) << "a restart gives the same view";
  }

 private:
  unsigned pick(unsigned below) { return static_cast<unsigned>(random_() % below); }

  Fate next_fate() {
    static constexpr Fate kFates[] = {Fate::kUnknownWritten, Fate::kUnknownUnwritten,
                                      Fate::kUnknownDelayed, Fate::kConflict,
                                      Fate::kHeld,           Fate::kHeld};
    return faults_ && pick(3) == 0 ? kFates[pick(std::size(kFates))] : Fate::kOk;
  }

  void one_step() {
    const UserKey key = people_[pick(people_.size())];
    switch (pick(10)) {
      case 0:
        submit({{key.tenant, key.user, directory::UserRemoved{}}});
        break;
      case 1:
      case 2:
        submit({{key.tenant, key.user, directory::UserPut{"u" + std::to_string(pick(9)), "Name"}}});
        break;
      case 3:
        fixture_.log_of(key).set_readable(pick(2) == 0);
        break;
      case 4:
        for (auto& log : fixture_.logs) log.release();
        break;
      case 5:
        submit(key, clear(pick(3)));
        break;
      default:
        submit(key, busy(pick(3)));
    }
  }

  void submit(const UserKey& key, const presence::Command& command) {
    const Guid id = id_of(1'000'000 + next_id_++);
    ++submitted_;
    fixture_.writer->submit(key, id, command, at_ms(now_ms_), [this, id](const Outcome& outcome) {
      reported_.push_back({id, outcome});
      if (outcome) {
        ASSERT_LE(outcome->seq, fixture_.view->position(outcome->shard).seq)
            << "acknowledged before it was visible";
      }
    });
  }
  void submit(std::vector<DirectoryCommand> commands) {
    ++submitted_;
    fixture_.writer->submit(std::move(commands), at_ms(now_ms_), [this](const Outcome& outcome) {
      reported_.push_back({Guid{}, outcome});
    });
  }

  // Ends the faults. One more write to each user makes the view apply the delayed batches.
  void settle() {
    faults_ = false;
    for (auto& log : fixture_.logs) log.set_readable(true);
    for (int round = 0; round < 3; ++round) {
      for (auto& log : fixture_.logs) log.release();
      for (const UserKey& key : people_) submit({{key.tenant, key.user, directory::UserPut{"last", "Name"}}});
    }
    ASSERT_EQ(reported_.size(), submitted_) << "each request is answered once";
  }

  // Each acknowledged change is in the log at the position that was returned; no refused one is.
  void check_reported() {
    std::map<Guid, log::Position> logged;
    for (std::uint32_t shard = 0; shard < kShards; ++shard) {
      const auto batches = fixture_.logs[shard].read(1, SIZE_MAX).value();
      for (const auto& stored : batches) {
        for (const log::Event& event : stored.batch.events) {
          ASSERT_TRUE(logged.try_emplace(event.id, shard, stored.seq).second)
              << "an event is in the log twice";
        }
      }
    }
    for (const ReportedOutcome& reported : reported_) {
      const auto found = logged.find(reported.event_id);
      if (reported.outcome && found != logged.end()) {
        EXPECT_EQ(*reported.outcome, found->second);
      }
      if (!reported.outcome && std::holds_alternative<presence::Rejection>(reported.outcome.error())) {
        EXPECT_EQ(found, logged.end()) << "a refused command is in the log";
      }
    }
  }

  // Versions of a subject ascend by one, from 1 again after a removal.
  void check_versions() {
    std::map<std::pair<Guid, Guid>, std::uint64_t> last;
    for (auto& log : fixture_.logs) {
      Time at{};
      const auto batches = log.read(1, SIZE_MAX).value();
      for (const auto& stored : batches) {
        ASSERT_GE(stored.batch.at, at);
        at = stored.batch.at;
        for (const log::Event& event : stored.batch.events) {
          std::uint64_t& version = last[{event.tenant, event.subject}];
          ASSERT_EQ(event.version, ++version);
          const auto* const change = std::get_if<log::DirectoryEvent>(&event.body);
          if (change && std::holds_alternative<directory::UserRemoved>(change->what)) version = 0;
        }
      }
    }
  }

  // The commands on a user are carried out in the order in which they were submitted: that of their ids.
  void check_order() {
    std::map<std::pair<Guid, Guid>, Guid> last;
    for (auto& log : fixture_.logs) {
      const auto batches = log.read(1, SIZE_MAX).value();
      for (const auto& stored : batches) {
        for (const log::Event& event : stored.batch.events) {
          if (!std::holds_alternative<presence::Event>(event.body)) continue;
          Guid& previous = last[{event.tenant, event.subject}];
          ASSERT_LT(previous, event.id);
          previous = event.id;
        }
      }
    }
  }

  WriterFixture fixture_;
  std::mt19937 random_;
  std::vector<UserKey> people_;
  bool faults_ = true;
  std::int64_t now_ms_ = 0;
  std::uint64_t next_id_ = 0;
  std::size_t submitted_ = 0;
  std::vector<ReportedOutcome> reported_;
};

TEST(History, LosesNoAcknowledgedWrite) {
  for (unsigned seed = 1; seed <= kHistories && !::testing::Test::HasFailure(); ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    History history(seed);
    history.run(40);
    history.check();
  }
}

}  // namespace
}  // namespace porchlight::state
