// What a node does with the batches of others, without a network: decodes them, checks them and applies them to its
// view. The batches have changes of random users.
//
//     bench_follow PEOPLE EVENTS      prints "NAME VALUE" lines, a line for each round
#include <fmt/format.h>

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <vector>

#include "base/check.h"
#include "log/batch_codec.h"
#include "people.h"
#include "presence/rules.h"
#include "state/shard_feed.h"

namespace porchlight::bench {
namespace {

using Clock = std::chrono::steady_clock;

constexpr int kRounds = 5;
// A batch of a writer under load, of about 64 KiB.
constexpr std::size_t kEventsPerBatch = 500;
constexpr Time kBegin{std::chrono::sys_days(std::chrono::January / 7 / 2030)};

const Guid kTenant = guid_from_name("tenant");
const presence::SessionKey kSession{guid_from_name("app"), guid_from_name("session")};

Guid id_of(std::uint64_t number) {
  Guid guid;
  const std::uint64_t low = scramble(2 * number), high = scramble(2 * number + 1);
  std::memcpy(guid.bytes.data(), &low, 8);
  std::memcpy(guid.bytes.data() + 8, &high, 8);
  return guid;
}

// The messages of the logs of all shards, in order.
class Messages {
 public:
  struct Message {
    std::uint32_t shard;
    std::string bytes;
    std::size_t events;
  };
  Messages() : open_(state::kShards), ends_(state::kShards) {}

  void add(log::Event event) {
    const std::uint32_t shard = state::shard_of(event.tenant, event.subject);
    log::Batch& batch = open_[shard];
    batch.at = kBegin + Duration(static_cast<std::int64_t>(added_++ / 100));
    batch.events.push_back(std::move(event));
    if (batch.events.size() == kEventsPerBatch) close(shard);
  }
  // Ends all batches, and returns them.
  std::vector<Message> take() {
    for (std::uint32_t shard = 0; shard < state::kShards; ++shard)
      if (!open_[shard].events.empty()) close(shard);
    return std::move(messages_);
  }

 private:
  void close(std::uint32_t shard) {
    const log::Batch batch = std::exchange(open_[shard], {});
    const std::string events = log::encode_events(batch);
    log::Tail& end = ends_[shard];
    end.chain = log::next_chain(end.chain, events);
    messages_.push_back(
        {shard, log::encode_batch(log::header_of(batch), events, ++end.seq, end.chain), batch.events.size()});
  }

  std::vector<log::Batch> open_;
  std::vector<log::Tail> ends_;
  std::vector<Message> messages_;
  std::uint64_t added_ = 0;
};

double seconds_since(Clock::time_point begin) {
  return std::chrono::duration<double>(Clock::now() - begin).count();
}

double decode_all(const std::vector<Messages::Message>& messages) {
  const auto begin = Clock::now();
  for (const Messages::Message& message : messages) CHECK(log::decode_batch(message.bytes).has_value());
  return seconds_since(begin);
}

// A node's view, and the feed of each shard.
class Node {
 public:
  Node() {
    for (std::uint32_t shard = 0; shard < state::kShards; ++shard)
      feeds_.push_back(std::make_unique<state::ShardFeed>(view_, shard)), feeds_.back()->set_end({});
  }
  double apply_all(const std::vector<Messages::Message>& messages) {
    const auto begin = Clock::now();
    for (const Messages::Message& message : messages)
      CHECK(feeds_[message.shard]->offer(message.bytes, begin_ + elapsed_++) == state::Taken::kApplied);
    return seconds_since(begin);
  }

 private:
  state::View view_;
  std::vector<std::unique_ptr<state::ShardFeed>> feeds_;
  const SteadyTime begin_{};
  Duration elapsed_{};
};

int run(std::uint64_t people, std::uint64_t events) {
  Messages messages;
  std::uint64_t next_id = 0;
  const auto add = [&](const Guid& subject, std::uint64_t version, auto body) {
    messages.add({id_of(++next_id + 1'000'000'000), kTenant, subject, version, std::move(body)});
  };
  add({}, 1, log::DirectoryEvent{kBegin, directory::TenantPut{"Contoso"}});
  for (std::uint64_t i = 0; i < people; ++i)
    add(id_of(i), 1,
        log::DirectoryEvent{kBegin, directory::UserPut{fmt::format("u{}@contoso.example", i), "User"}});
  Node node;
  node.apply_all(messages.take());
  std::vector<std::uint64_t> versions(people, 1);
  for (int round = 0; round < kRounds; ++round) {
    for (std::uint64_t i = 0; i < events; ++i) {
      const std::uint64_t person = scramble(events * static_cast<std::uint64_t>(round) + i) % people;
      const presence::Event happened{
          .at = kBegin,
          .sequence = versions[person],
          .what = presence::SessionSet{.key = kSession,
                                       .state = i % 2 == 0 ? presence::kAvailable : presence::kAway,
                                       .expires_at = presence::kNever}};
      add(id_of(person), ++versions[person], happened);
    }
    const std::vector<Messages::Message> all = messages.take();
    const double decoded = decode_all(all), applied = node.apply_all(all);
    fmt::print("decode_ns {:.1f}\napplied_per_second {:.0f}\n", decoded * 1e9 / static_cast<double>(events),
               static_cast<double>(events) / applied);
  }
  return 0;
}

}  // namespace
}  // namespace porchlight::bench

int main(int argc, char** argv) {
  if (argc != 3) {
    std::fputs("usage: bench_follow PEOPLE EVENTS\n", stderr);
    return 2;
  }
  return porchlight::bench::run(std::strtoull(argv[1], nullptr, 10), std::strtoull(argv[2], nullptr, 10));
}
