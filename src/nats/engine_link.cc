// The library's own reconnecting is off: it keeps what is published meanwhile and sends it later, at least one message
// of any length, and an append must not be repeated behind the writer's back. Instead a thread makes a new connection
// after each loss.
#include "nats/engine_link.h"

#include <nats/nats.h>

#include <charconv>
#include <map>
#include <mutex>
#include <thread>

#include "base/logging.h"
#include "base/mutex.h"

namespace porchlight::nats {
namespace {

// Threads of the library that call the handlers of all subscriptions of the process.
constexpr int kHandlerThreads = 2;

using LibraryOptions =
    std::unique_ptr<natsOptions, decltype([](natsOptions* each) { natsOptions_Destroy(each); })>;
using LibraryMessage = std::unique_ptr<natsMsg, decltype([](natsMsg* each) { natsMsg_Destroy(each); })>;
using LibraryConnection = std::shared_ptr<natsConnection>;

void start_library() {
  static std::once_flag started;
  std::call_once(started, [] {
    nats_Open(-1);
    nats_SetMessageDeliveryPoolSize(kHandlerThreads);
  });
}

template <typename Number>
Number number_of(natsMsg* message, const char* header) {
  const char* text = nullptr;
  Number number{};
  if (natsMsgHeader_Get(message, header, &text) != NATS_OK || !text) return number;
  const std::string_view digits(text);
  std::from_chars(digits.data(), digits.data() + digits.size(), number);
  return number;
}

IncomingMessage parts_of(natsMsg* message) {
  const char* const reply_to = natsMsg_GetReply(message);
  const int length = natsMsg_GetDataLength(message);
  return {.subject = natsMsg_GetSubject(message),
          .bytes = length > 0 ? std::string_view(natsMsg_GetData(message), static_cast<std::size_t>(length))
                              : std::string_view(),
          .reply_to = reply_to ? reply_to : "",
          .status = number_of<int>(message, "Status"),
          .in_stream = number_of<std::uint64_t>(message, "Nats-Sequence")};
}

}  // namespace

class EngineLink::Impl {
 public:
  Impl(LinkOptions options, LinkStateHandler on_state)
      : options_(std::move(options)), on_state_(std::move(on_state)) {
    start_library();
    thread_ = std::thread([this] { keep_connected(); });
  }

  ~Impl() {
    {
      const MutexLock lock(mutex_);
      is_stopping_ = true;
      changed_.notify_all();
    }
    thread_.join();
    MutexLock lock(mutex_);
    while (handlers_ > 0) changed_.wait(mutex_);
  }

  LibraryConnection engine() const {
    const MutexLock lock(mutex_);
    return engine_;
  }

  SubscriptionId subscribe(const std::string& subject, const std::string& group, LinkHandler handler) {
    const MutexLock lock(mutex_);
    const SubscriptionId id = ++last_id_;
    Listening& added = subscriptions_[id];
    added = {subject, group, std::make_shared<LinkHandler>(std::move(handler)), nullptr, 0};
    if (engine_) listen(*engine_, id, added);
    return id;
  }

  void unsubscribe(SubscriptionId id) {
    MutexLock lock(mutex_);
    const auto found = subscriptions_.find(id);
    if (found == subscriptions_.end()) return;
    found->second.is_ending = true;
    natsSubscription_Destroy(std::exchange(found->second.engine, nullptr));
    while (found->second.handlers > 0) changed_.wait(mutex_);
    subscriptions_.erase(found);
  }

 private:
  struct Listening {
    std::string subject, group;
    std::shared_ptr<LinkHandler> handler;
    natsSubscription* engine;  // while it is connected
    int handlers;              // of the library, this connection's and earlier ones'
    bool is_ending = false;    // it is not listened to again
  };
  // What the library gives back with each message, until the subscription has ended.
  struct Closure {
    Impl* impl;
    SubscriptionId id;
    std::shared_ptr<LinkHandler> handler;
  };

  static void on_message(natsConnection*, natsSubscription*, natsMsg* message, void* closure) {
    const LibraryMessage owned(message);
    (*static_cast<Closure*>(closure)->handler)(parts_of(message));
  }

  static void on_end(void* closure) {
    const std::unique_ptr<Closure> ended(static_cast<Closure*>(closure));
    Impl& impl = *ended->impl;
    const MutexLock lock(impl.mutex_);
    --impl.handlers_;
    if (const auto found = impl.subscriptions_.find(ended->id); found != impl.subscriptions_.end())
      --found->second.handlers;
    impl.changed_.notify_all();
  }

  static void on_closed(natsConnection*, void* closure) {
    Impl& impl = *static_cast<Impl*>(closure);
    const MutexLock lock(impl.mutex_);
    impl.is_closed_ = true;
    impl.changed_.notify_all();
  }

  static void on_error(natsConnection*, natsSubscription*, natsStatus status, void* closure) {
    log_warning(
        "the message engine reports an error",
        {{"server", static_cast<Impl*>(closure)->options_.server}, {"error", natsStatus_GetText(status)}});
  }

  void listen(natsConnection& engine, SubscriptionId id, Listening& to) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  LibraryOptions engine_options();
  LibraryConnection connect();
  void keep_connected();
  bool pause() ABSL_LOCKS_EXCLUDED(mutex_);
  bool wait_for_loss() ABSL_LOCKS_EXCLUDED(mutex_);

  const LinkOptions options_;
  const LinkStateHandler on_state_;
  mutable Mutex mutex_;
  CondVar changed_;
  bool is_stopping_ ABSL_GUARDED_BY(mutex_) = false;
  bool is_closed_ ABSL_GUARDED_BY(mutex_) = false;  // the library has closed the connection
  LibraryConnection engine_ ABSL_GUARDED_BY(mutex_);
  std::map<SubscriptionId, Listening> subscriptions_ ABSL_GUARDED_BY(mutex_);
  SubscriptionId last_id_ ABSL_GUARDED_BY(mutex_) = 0;
  int handlers_ ABSL_GUARDED_BY(mutex_) = 0;  // that the library may call
  std::thread thread_;
};

void EngineLink::Impl::listen(natsConnection& engine, SubscriptionId id, Listening& to) {
  auto closure = std::make_unique<Closure>(this, id, to.handler);
  const natsStatus status =
      to.group.empty()
          ? natsConnection_Subscribe(&to.engine, &engine, to.subject.c_str(), on_message, closure.get())
          : natsConnection_QueueSubscribe(&to.engine, &engine, to.subject.c_str(), to.group.c_str(),
                                          on_message, closure.get());
  if (status != NATS_OK) {
    // The connection is lost, and its thread listens again on the next one.
    to.engine = nullptr;
    return;
  }
  // on_end() takes the lock that is held here, so it is called after this function has counted the handler.
  if (natsSubscription_SetOnCompleteCB(to.engine, on_end, closure.get()) == NATS_OK) {
    ++to.handlers;
    ++handlers_;
  }
  natsSubscription_SetPendingLimits(to.engine, kWaitingMessagesMax, kWaitingBytesMax);
  static_cast<void>(closure.release());  // on_end() deletes it
}

LibraryOptions EngineLink::Impl::engine_options() {
  natsOptions* created = nullptr;
  if (natsOptions_Create(&created) != NATS_OK) return nullptr;
  LibraryOptions options(created);
  const bool is_encrypted = !options_.files.ca.empty();
  const std::string url = (is_encrypted ? "tls://" : "nats://") + options_.server;
  const auto all = [](std::initializer_list<natsStatus> each) {
    return std::ranges::all_of(each, [](natsStatus status) { return status == NATS_OK; });
  };
  bool is_set = all(
      {natsOptions_SetURL(created, url.c_str()), natsOptions_SetName(created, options_.name.c_str()),
       natsOptions_SetTimeout(created, kConnectWithin.count()), natsOptions_SetAllowReconnect(created, false),
       natsOptions_SetIgnoreDiscoveredServers(created, true), natsOptions_SetSendAsap(created, true),
       natsOptions_SetNoEcho(created, true), natsOptions_SetWriteDeadline(created, kSentWithin.count()),
       natsOptions_SetPingInterval(created, kPingEvery.count()), natsOptions_SetMaxPingsOut(created, 2),
       natsOptions_UseGlobalMessageDelivery(created, true),
       natsOptions_SetErrorHandler(created, on_error, this),
       natsOptions_SetClosedCB(created, on_closed, this)});
  if (is_encrypted)
    is_set = is_set && all({natsOptions_SetSecure(created, true),
                            natsOptions_LoadCATrustedCertificates(created, options_.files.ca.c_str()),
                            natsOptions_LoadCertificatesChain(created, options_.files.certificate.c_str(),
                                                              options_.files.key.c_str())});
  return is_set ? std::move(options) : nullptr;
}

LibraryConnection EngineLink::Impl::connect() {
  const LibraryOptions options = engine_options();
  natsConnection* connected = nullptr;
  const natsStatus status = options ? natsConnection_Connect(&connected, options.get()) : NATS_SSL_ERROR;
  if (status == NATS_OK) return {connected, natsConnection_Destroy};
  natsConnection_Destroy(connected);
  log_debug("no connection to the message engine",
            {{"server", options_.server}, {"error", natsStatus_GetText(status)}});
  return nullptr;
}

void EngineLink::Impl::keep_connected() {
  do {
    const LibraryConnection made = connect();
    if (!made) continue;
    {
      const MutexLock lock(mutex_);
      engine_ = made;
      for (auto& [id, subscription] : subscriptions_)
        if (!subscription.is_ending) listen(*made, id, subscription);
    }
    log_info("connected to the message engine", {{"server", options_.server}});
    on_state_(true);
    const bool is_lost = wait_for_loss();
    natsConnection_Close(made.get());
    {
      MutexLock lock(mutex_);
      engine_ = nullptr;
      for (auto& [id, subscription] : subscriptions_)
        natsSubscription_Destroy(std::exchange(subscription.engine, nullptr));
      while (!is_closed_) changed_.wait(mutex_);
      is_closed_ = false;
    }
    if (is_lost) log_warning("lost the connection to the message engine", {{"server", options_.server}});
    on_state_(false);
  } while (pause());
}

// Returns false if the connection is to be ended.
bool EngineLink::Impl::pause() {
  MutexLock lock(mutex_);
  const auto until = std::chrono::steady_clock::now() + kConnectAgainAfter;
  while (!is_stopping_ && changed_.wait_until(mutex_, until)) {
  }
  return !is_stopping_;
}

bool EngineLink::Impl::wait_for_loss() {
  MutexLock lock(mutex_);
  while (!is_stopping_ && !is_closed_) changed_.wait(mutex_);
  return is_closed_;
}

EngineLink::EngineLink(LinkOptions options, LinkStateHandler on_state)
    : impl_(std::make_unique<Impl>(std::move(options), std::move(on_state))) {}

EngineLink::~EngineLink() = default;

bool EngineLink::is_connected() const { return impl_->engine() != nullptr; }

std::string EngineLink::server_id() const {
  const LibraryConnection engine = impl_->engine();
  char id[128] = {};
  if (!engine || natsConnection_GetConnectedServerId(engine.get(), id, sizeof id) != NATS_OK) return {};
  return id;
}

Sending EngineLink::send(const OutgoingMessage& message) {
  const LibraryConnection engine = impl_->engine();
  if (!engine || message.bytes.size() > kMessageBytesMax) return Sending::kNotSent;
  natsMsg* created = nullptr;
  if (natsMsg_Create(&created, message.subject.c_str(),
                     message.reply_to.empty() ? nullptr : message.reply_to.c_str(), message.bytes.data(),
                     static_cast<int>(message.bytes.size())) != NATS_OK)
    return Sending::kNotSent;
  const LibraryMessage owned(created);
  if (message.expected_last &&
      (natsMsgHeader_Set(created, "Nats-Expected-Last-Sequence",
                         std::to_string(*message.expected_last).c_str()) != NATS_OK ||
       natsMsgHeader_Set(created, "Nats-Expected-Stream", message.stream.c_str()) != NATS_OK))
    return Sending::kNotSent;
  switch (natsConnection_PublishMsg(engine.get(), created)) {
    case NATS_OK:
      return Sending::kSent;
    case NATS_CONNECTION_CLOSED:
    case NATS_MAX_PAYLOAD:
      return Sending::kNotSent;
    default:
      return Sending::kUnknown;
  }
}

EngineLink::SubscriptionId EngineLink::subscribe(const std::string& subject, const std::string& group,
                                                 LinkHandler handler) {
  return impl_->subscribe(subject, group, std::move(handler));
}

void EngineLink::unsubscribe(SubscriptionId id) { impl_->unsubscribe(id); }

}  // namespace porchlight::nats
