// Reads messages of one stream: of any server that has a copy, and of the stream's leader where the end matters or no
// copy has the message. A copy may lack the last messages, so only a reply of the leader shows that one does not exist.
#pragma once

#include <expected>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "nats/api_reply.h"
#include "nats/engine.h"

namespace porchlight::nats {

// How long one server may take to reply, and the pause before the next attempt.
inline constexpr Duration kReadReplyWithin = std::chrono::seconds(1);
inline constexpr Duration kReadAgainAfter = std::chrono::milliseconds(50);

// The functions may be called from any thread; callbacks are called on the sequence, once: with the reason if there was
// no reply until the deadline, a time of the steady clock.
class StreamReader {
 public:
  // nullopt: there is no such message.
  using Fetched = std::expected<std::optional<StreamMessage>, std::string>;
  using FetchedCallback = std::move_only_function<void(Fetched)>;
  using NumberCallback = std::move_only_function<void(std::expected<std::uint64_t, std::string>)>;

  // The engine must outlive the reader.
  StreamReader(Engine& engine, TaskSequence sequence, std::string stream, std::string subject);

  // The last message, by the leader.
  void last(SteadyTime deadline, FetchedCallback done);
  // The message with this number.
  void get(std::uint64_t number, SteadyTime deadline, FetchedCallback done);
  // The first message from this number on.
  void next(std::uint64_t from, SteadyTime deadline, FetchedCallback done);
  // The number of the last message that the stream ever had, by the leader; 0 if it had none.
  void last_number(SteadyTime deadline, NumberCallback done);

 private:
  struct StreamQuery {
    std::string body;
    bool is_for_leader;  // alone
    SteadyTime deadline;
    FetchedCallback done;
    bool asks_leader;  // by the next request
  };
  void begin(std::string body, bool is_for_leader, SteadyTime deadline, FetchedCallback done);
  void ask(std::shared_ptr<StreamQuery> query);
  void take(const std::shared_ptr<StreamQuery>& query, std::expected<EngineReply, RequestFault> reply);
  void take_copy(const std::shared_ptr<StreamQuery>& query, EngineReply reply);
  void take_leaders(const std::shared_ptr<StreamQuery>& query, const EngineReply& reply);
  void ask_again(const std::shared_ptr<StreamQuery>& query, std::string why);

  Engine& engine_;
  const TaskSequence sequence_;
  const std::string stream_;
  const std::string subject_;
  std::size_t place_ = 0;  // of the connection; used on the sequence
};

}  // namespace porchlight::nats
