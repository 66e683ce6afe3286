// Messages between nodes over the message engine.
//
// A node has a connection to each server. It sends a probe on each, ten times a second, and expects it back on the
// others: two connections on which that succeeded within a second are joined, and a set of joined connections to a
// majority of the servers proves that this node is with the majority. Its own echo on the same connection would prove
// nothing: a server that is cut off returns it too. All else is sent and received on one connection of the set.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "base/mutex.h"
#include "cluster/messages.h"
#include "cluster/peers.h"
#include "nats/engine.h"

namespace porchlight::nats {

// How often probes are sent, and how old one may be that came back.
inline constexpr Duration kProbeEvery = std::chrono::milliseconds(100);
inline constexpr Duration kJoinedFor = std::chrono::seconds(1);
// After this time without one that came back, messages go over another connection.
inline constexpr Duration kLeftAfter = std::chrono::milliseconds(500);
inline constexpr std::size_t kSubjectBytesMax = 128;

// Which connections are joined, as far as probes tell. Places are those of the engine's connections.
class JoinedLinks {
 public:
  explicit JoinedLinks(std::size_t links) : links_(links) {}
  // A probe that was sent on one connection at this time came back on the other.
  void note(std::size_t from, std::size_t to, SteadyTime sent_at);
  // The connections of a majority that were joined since this time, by bit; `wanted` is one of them if possible.
  // 0: there is no majority.
  unsigned majority_since(SteadyTime since, std::size_t wanted) const;

 private:
  bool are_joined_since(unsigned set, SteadyTime since) const;
  const std::size_t links_;
  std::array<std::array<SteadyTime, kServersMax>, kServersMax>
      sent_at_{};  // by the places of sending and arrival
};

// Messages have no numbers and are not stored: what is sent while a connection is lost, or is longer than
// kMessageBytesMax, is lost. Handlers are called on threads of the engine's library, those of a subject one at a time
// and in order. What they take too long for is dropped (kWaitingMessagesMax). They may be called, and may send replies,
// until the object ends.
class NatsMessages final : public cluster::Messages {
 public:
  // Of the node `self` in the cell. The engine must outlive it.
  NatsMessages(Engine& engine, std::string cell, cluster::NodeName self);
  // Waits for the handlers that run.
  ~NatsMessages() override;

  // Subjects have at most kSubjectBytesMax bytes. A node listens at most once on a subject.
  void publish(std::string_view subject, std::string bytes) override;
  // A node does not send requests on subjects on which it listens itself.
  void request(std::string_view subject, std::string bytes, SteadyTime deadline,
               NodeReplyCallback done) override;
  void listen(std::string_view subject, MessageHandler handler) override;
  bool connected() const override;

 private:
  struct SubjectListener {
    std::string subject;
    MessageHandler handler;
    std::vector<EngineLink::SubscriptionId> subscriptions;  // on the connection at listening_
  };

  void probe();
  void take_probe(std::size_t to, const IncomingMessage& message);
  void choose_link();
  void subscribe(SubjectListener& listener, std::size_t place);
  void take_told(const SubjectListener& listener, const IncomingMessage& message);
  void take_asked(const SubjectListener& listener, const IncomingMessage& message);
  std::size_t current_link() const;

  Engine& engine_;
  const std::string cell_;
  const cluster::NodeName self_;
  const std::string probes_;  // the subject of probes, without the place that they are sent from
  const TaskSequence sequence_;
  mutable Mutex mutex_;
  JoinedLinks joined_ ABSL_GUARDED_BY(mutex_);
  std::size_t current_ ABSL_GUARDED_BY(mutex_);  // the connection that messages go over
  // Held while subscriptions change: that waits for handlers, which may send messages.
  Mutex listening_mutex_ ABSL_ACQUIRED_BEFORE(mutex_);
  std::size_t listening_ ABSL_GUARDED_BY(listening_mutex_);
  std::map<std::string, std::unique_ptr<SubjectListener>, std::less<>> listeners_
      ABSL_GUARDED_BY(listening_mutex_);
  std::vector<EngineLink::SubscriptionId> probe_subscriptions_;  // by connection
};

}  // namespace porchlight::nats
