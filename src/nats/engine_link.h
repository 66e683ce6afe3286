// One connection to one server of the message engine, NATS. It stays with its server: when it is lost, it is made
// again there, and what was listened to is listened to again. Nothing is kept for sending later.
//
// engine_link.cc is the only file that includes the engine's header.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/time.h"

namespace porchlight::nats {

// How long an attempt to connect takes at most, and the pause before the next one.
inline constexpr Duration kConnectWithin = std::chrono::seconds(1);
inline constexpr Duration kConnectAgainAfter = std::chrono::milliseconds(200);
// How long a server may leave what is sent to it unread, before the connection counts as lost.
inline constexpr Duration kSentWithin = std::chrono::seconds(1);
// The connection is lost if the server leaves two probes unanswered that are sent this often.
inline constexpr Duration kPingEvery = std::chrono::seconds(2);
// What may wait for a handler, of each subscription. Messages beyond are dropped.
inline constexpr int kWaitingMessagesMax = 8192;
inline constexpr int kWaitingBytesMax = 16 * 1024 * 1024;
// The bytes of a message, below the engine's limit of 1 MiB for them and its headers. Longer ones are not sent.
inline constexpr std::size_t kMessageBytesMax = 1024 * 1024 - 4096;

// Files in PEM that prove who each side is. Without `ca`, connections are not encrypted.
struct LinkFiles {
  std::string ca;           // of the servers' certificates
  std::string certificate;  // of this node
  std::string key;
};

struct LinkOptions {
  std::string server;  // host:port
  LinkFiles files;
  std::string name;  // of the connection, in the server's lists
};

// A message to send.
struct OutgoingMessage {
  std::string subject;
  std::string_view bytes;
  std::string reply_to = {};  // a subject for the reply; empty: no reply is expected
  // Of an append to a stream: the engine refuses it unless the stream has this name, and its last message this number.
  std::string stream = {};
  std::optional<std::uint64_t> expected_last = std::nullopt;
};

// A message that arrived. Valid during the call of the handler.
struct IncomingMessage {
  std::string_view subject;
  std::string_view bytes;
  std::string_view reply_to;
  int status = 0;               // of an answer of the engine itself, such as 404 or 503; 0: none
  std::uint64_t in_stream = 0;  // its number in the stream that it was read from; 0: it was not
};

// What became of a message.
enum class Sending : std::uint8_t {
  kSent,     // given to the system; it may still be lost
  kNotSent,  // certainly not: there is no connection, or it is too long
  kUnknown,  // the connection failed meanwhile
};

// May be used from any thread.
class EngineLink {
 public:
  using LinkHandler = std::function<void(const IncomingMessage&)>;
  // Called on a thread of the connection when it is made and when it is lost, by turns.
  using LinkStateHandler = std::function<void(bool is_connected)>;
  using SubscriptionId = std::uint64_t;

  // Connects in the background.
  EngineLink(LinkOptions options, LinkStateHandler on_state);
  // Waits for the handlers that run. Not to be called by one.
  ~EngineLink();
  EngineLink(const EngineLink&) = delete;
  EngineLink& operator=(const EngineLink&) = delete;

  bool is_connected() const;
  // The server's id while it is connected, otherwise empty. A server that starts again has another one.
  std::string server_id() const;

  // Waits at most kSentWithin, for a server that does not read.
  Sending send(const OutgoingMessage& message);

  // Calls `handler` for each message of the subject that another connection sent, on a thread of the engine's library,
  // one at a time and in order: from now on and after each loss. `*` stands for one word of the subject. Of those with
  // the same `group`, if it is not empty, one gets each message.
  SubscriptionId subscribe(const std::string& subject, const std::string& group, LinkHandler handler);
  // Waits for the handler if it runs. Not to be called by it.
  void unsubscribe(SubscriptionId id);

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace porchlight::nats
