// Messages between two nodes over three real servers.
#include "nats/nats_messages.h"

#include <gtest/gtest.h>

#include <future>

#include "nats/servers.h"

namespace porchlight::nats {
namespace {

using cluster::NoReply;

// What arrived on a subject.
class Arrivals {
 public:
  cluster::Messages::MessageHandler handler() {
    return [this](cluster::Message& message) {
      EXPECT_FALSE(message.reply);
      const MutexLock lock(mutex_);
      all_.emplace_back(message.bytes);
    };
  }
  std::vector<std::string> all() const {
    const MutexLock lock(mutex_);
    return all_;
  }
  bool has(std::string_view bytes) const {
    const MutexLock lock(mutex_);
    return std::ranges::count(all_, bytes) > 0;
  }

 private:
  mutable Mutex mutex_;
  std::vector<std::string> all_ ABSL_GUARDED_BY(mutex_);
};

struct MessagesNode {
  MessagesNode(const EngineServers& servers, const std::string& name)
      : engine(servers.options(name)), messages(engine, "cell", name) {}
  Engine engine;
  NatsMessages messages;
};

std::expected<std::string, NoReply> ask(cluster::Messages& messages, std::string_view subject,
                                        std::string bytes, Duration within = std::chrono::seconds(20)) {
  std::promise<std::expected<std::string, NoReply>> promise;
  auto future = promise.get_future();
  const auto now = steady_now();
  messages.request(
      subject, std::move(bytes), now + within,
      [promise = std::move(promise)](auto reply) mutable { promise.set_value(std::move(reply)); });
  return future.get();
}

class BetweenNodes : public WithEngine {
 protected:
  static void TearDownTestSuite() {
    first.reset();
    second.reset();
    servers.reset();
  }
  void SetUp() override {
    WithEngine::SetUp();
    if (!engine_program() || servers) return;
    servers.emplace(3);
    first.emplace(*servers, "first");
    second.emplace(*servers, "second");
    ASSERT_TRUE(eventually([] { return first->messages.connected() && second->messages.connected(); }));
  }
  // Sends until it arrives: a server tells the others of a subscription a little later.
  static void expect_delivery(cluster::Messages& from, std::string_view subject, const Arrivals& to,
                              const std::string& bytes) {
    const auto arrives = [&] {
      for (int waits = 0; waits < 20 && !to.has(bytes); ++waits)
        std::this_thread::sleep_for(std::chrono::milliseconds(5));
      return to.has(bytes);
    };
    EXPECT_TRUE(eventually([&] { return from.publish(subject, bytes), arrives(); }));
  }

  static std::optional<EngineServers> servers;
  static std::optional<MessagesNode> first, second;
};
std::optional<EngineServers> BetweenNodes::servers;
std::optional<MessagesNode> BetweenNodes::first, BetweenNodes::second;

// A message may be lost while a node changes its connection, so this is tried again.
TEST_F(BetweenNodes, MessagesReachTheOthersInOrder) {
  static Arrivals at_first, at_second;
  first->messages.listen("told.1", at_first.handler());
  second->messages.listen("told.1", at_second.handler());
  EXPECT_TRUE(eventually([] {
    static int round = 0;
    const std::string name = "round " + std::to_string(++round);
    std::vector<std::string> sent;
    for (int number = 0; number < 100; ++number) sent.push_back(name + ": " + std::to_string(number));
    for (const std::string& bytes : sent) first->messages.publish("told.1", bytes);
    expect_delivery(first->messages, "told.1", at_second, name + " ends");
    const auto all = at_second.all();
    return !std::ranges::search(all, sent).empty();
  }));
  EXPECT_TRUE(at_first.all().empty()) << "a node does not get its own messages";
}

TEST_F(BetweenNodes, MessagesHaveALargestLength) {
  static Arrivals arrivals;
  second->messages.listen("large", arrivals.handler());
  const std::string largest(kMessageBytesMax, 'x');
  first->messages.publish("large", largest + 'x');
  expect_delivery(first->messages, "large", arrivals, largest);
  first->messages.publish("large", largest + 'x');
  expect_delivery(first->messages, "large", arrivals, "end");
  EXPECT_FALSE(arrivals.has(largest + 'x'));
}

TEST_F(BetweenNodes, RequestsHaveAReply) {
  second->messages.listen(
      "ask.second", [](cluster::Message& message) { message.reply("to " + std::string(message.bytes)); });
  std::expected<std::string, NoReply> reply;
  EXPECT_TRUE(eventually([&] { return (reply = ask(first->messages, "ask.second", "this")).has_value(); }));
  EXPECT_EQ(reply, "to this");
  const std::string large(100'000, 'x');
  EXPECT_TRUE(eventually([&] { return ask(first->messages, "ask.second", large) == "to " + large; }));
}

TEST_F(BetweenNodes, RequestsMayHaveNoResponder) {
  EXPECT_EQ(ask(first->messages, "ask.absent", "this"), std::unexpected(NoReply::kNoResponders));
  EXPECT_EQ(ask(first->messages, "ask.absent", "this", Duration(0)), std::unexpected(NoReply::kTimeout));
}

TEST_F(BetweenNodes, RequestsHaveADeadline) {
  second->messages.listen("ask.silent", [](cluster::Message&) {});
  EXPECT_TRUE(eventually([&] {
    return ask(first->messages, "ask.silent", "this", std::chrono::milliseconds(20)) ==
           std::unexpected(NoReply::kTimeout);
  }));
}

// The last test of the suite: it ends the servers.
TEST_F(BetweenNodes, UntilTheServersDie) {
  static Arrivals arrivals;
  second->messages.listen("last", arrivals.handler());
  expect_delivery(first->messages, "last", arrivals, "three");
  // A server that stalls keeps its connections, so only the probes show it.
  servers->at(0).pause(true);
  EXPECT_TRUE(first->messages.connected() && second->messages.connected());
  expect_delivery(first->messages, "last", arrivals, "two");
  servers->at(1).kill();
  EXPECT_TRUE(eventually([] { return !first->messages.connected() && !second->messages.connected(); }));
  servers->at(1).start();
  EXPECT_TRUE(eventually([] { return first->messages.connected() && second->messages.connected(); }));
  expect_delivery(first->messages, "last", arrivals, "two again");
  for (const std::size_t place : {0, 1, 2}) servers->at(place).kill();
  EXPECT_TRUE(eventually([] { return !first->messages.connected(); }));
  EXPECT_EQ(ask(first->messages, "ask.absent", "this"), std::unexpected(NoReply::kNoResponders));
}

// A single server is its own majority.
TEST_F(WithOneServer, NodesAreConnected) {
  Arrivals arrivals;  // of handlers that run until the nodes end
  MessagesNode node(*servers, "node");
  EXPECT_TRUE(eventually([&] { return node.messages.connected(); }));
  MessagesNode other(*servers, "other");
  other.messages.listen("word", arrivals.handler());
  EXPECT_TRUE(eventually([&] {
    node.messages.publish("word", "text");
    return arrivals.has("text");
  }));
}

}  // namespace
}  // namespace porchlight::nats
