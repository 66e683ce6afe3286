#include "support/fake_messages.h"

#include <algorithm>

namespace porchlight::cluster {

void FakeNetwork::remove(int node) {
  ++lives_[node];
  for (auto& [subject, listeners] : listeners_)
    std::erase_if(listeners, [node](const Listener& listener) { return listener.node == node; });
}

// `arrive` is called each time that the delivery arrives, unless one of the nodes has stopped meanwhile.
void FakeNetwork::deliver(int from, int to, std::string_view subject,
                          std::move_only_function<void()> arrive) {
  const auto shared = std::make_shared<std::move_only_function<void()>>(std::move(arrive));
  for (const Duration delay : plan_ ? plan_(from, to, subject) : Delivery{Duration(1)}) {
    schedule_.after(delay, [this, from, to, shared, lives = std::pair{lives_[from], lives_[to]}] {
      if (lives == std::pair{lives_[from], lives_[to]}) (*shared)();
    });
  }
}

void FakeMessages::publish(std::string_view subject, std::string bytes) {
  const auto found = network_.listeners_.find(subject);
  if (found == network_.listeners_.end()) return;
  const auto shared = std::make_shared<std::string>(std::move(bytes));
  for (const FakeNetwork::Listener& listener : found->second) {
    if (listener.node == node_) continue;
    network_.deliver(node_, listener.node, subject, [handler = listener.handler, shared] {
      Message message{*shared, {}};
      (*handler)(message);
    });
  }
}

void FakeMessages::request(std::string_view subject, std::string bytes, SteadyTime deadline,
                           NodeReplyCallback done) {
  // The first of a reply, the deadline, and the end of this node.
  const auto pending = std::make_shared<NodeReplyCallback>(std::move(done));
  const auto answer = [pending](std::expected<std::string, NoReply> reply) {
    if (*pending) std::exchange(*pending, {})(std::move(reply));
  };
  const auto found = network_.listeners_.find(subject);
  const auto to = found == network_.listeners_.end() ? nullptr : [&]() -> const FakeNetwork::Listener* {
    const auto other =
        std::ranges::find_if(found->second, [this](const auto& each) { return each.node != node_; });
    return other == found->second.end() ? nullptr : &*other;
  }();
  FakeNetwork& network = network_;
  if (!to) {
    network.deliver(node_, node_, {}, [answer] { answer(std::unexpected(NoReply::kNoResponders)); });
  } else {
    const auto shared = std::make_shared<std::string>(std::move(bytes));
    network.deliver(node_, to->node, subject,
                    [&network, handler = to->handler, shared, answer, from = node_, to = to->node] {
                      Message message{*shared, [&network, answer, from, to](std::string reply) {
                                        network.deliver(to, from, {}, [answer, reply] { answer(reply); });
                                      }};
                      (*handler)(message);
                    });
  }
  const Duration wait = std::max(Duration(0), deadline - network.schedule_.now());
  network.schedule_.after(wait, [answer, &network, node = node_, life = network.lives_[node_]] {
    if (network.lives_[node] == life) answer(std::unexpected(NoReply::kTimeout));
  });
}

void FakeMessages::listen(std::string_view subject, MessageHandler handler) {
  network_.listeners_[std::string(subject)].push_back(
      {node_, std::make_shared<MessageHandler>(std::move(handler))});
}

}  // namespace porchlight::cluster
