// The event loop. An iteration is: wait for events, read the clock once, handle the ready sockets, run the
// messages of other threads, fire due timers. Ready connections take turns by tenant. Each kind of work has a share of
// an iteration, so that no tenant and no large fan-out can delay the others for long.
#include "http/loop.h"

#include <sys/epoll.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <system_error>
#include <vector>

#include "base/check.h"
#include "base/overloaded.h"
#include "base/published.h"
#include "base/time_text.h"
#include "http/acceptor.h"
#include "http/connection_limiter.h"
#include "http/connection_table.h"
#include "http/mailbox.h"
#include "http/ready_queue.h"
#include "http/timer_wheel.h"

namespace porchlight::http {
namespace {

using Next = Connection::Next;

// The data of an epoll event: the mailbox, a listener, or the id of a connection.
constexpr std::uint64_t kMailbox = 0;
constexpr std::uint64_t kFirstListener = 1;

// Shares of one iteration.
constexpr int kEventsPerIteration = 256;
constexpr int kAcceptsPerIteration = 64;
constexpr std::size_t kMessagesPerIteration = 16;
constexpr std::size_t kChunksPerIteration = 64;         // of streams
constexpr std::size_t kRetainedMessages = 4096;         // capacity that the message vectors keep
constexpr std::size_t kRetainedBytes = 256 * 1024;      // capacity that the shared buffers keep
constexpr std::chrono::milliseconds kAcceptPause{100};  // after the system had no resources

// Draining and accept pauses go by the real clock, also under a manual clock.
using RealTime = std::chrono::steady_clock::time_point;

// Gives a large buffer's memory back.
void shrink(std::string& buffer) {
  if (buffer.capacity() > kRetainedBytes) std::string().swap(buffer);
}

}  // namespace

std::shared_ptr<ConnectionLimiter> make_connection_limiter(const Limits& limits) {
  return std::make_shared<ConnectionLimiter>(limits);
}

class Loop::Impl {
 public:
  Impl(Loop& loop, Handler& handler, const Clock& clock, const Limits& limits,
       std::shared_ptr<ConnectionLimiter> limiter, std::shared_ptr<TlsContext> tls,
       std::vector<Listener> listeners, std::vector<IpRange> trusted_proxies)
      : clock_(clock),
        limiter_(std::move(limiter)),
        tls_(std::move(tls)),
        listeners_(std::move(listeners)),
        epoll_(::epoll_create1(EPOLL_CLOEXEC)),
        context_(loop, handler, limits, *limiter_, std::move(trusted_proxies)),
        timers_(clock.steady()) {
    if (epoll_ < 0) throw std::system_error(errno, std::generic_category(), "epoll_create1");
    watch(mailbox_.fd(), EPOLLIN, kMailbox);
    set_accepting(true);
  }
  ~Impl() { ::close(epoll_); }

  void run();
  void begin_drain(RealTime until);
  void set_tls(std::shared_ptr<TlsContext> tls) { tls_.set(std::move(tls)); }
  Mailbox& mailbox() { return mailbox_; }
  const LoopCounters& counters() const { return context_.counters; }
  Connection* find(std::uint64_t id) const { return connections_.find(id); }

 private:
  // MailboxMessages that are handled over several iterations.
  struct MailboxMessages {
    std::vector<LoopMessage> items;
    std::size_t handled = 0;

    bool empty() const { return items.empty(); }
    void clear() {
      items.clear();
      handled = 0;
      if (items.capacity() > kRetainedMessages) std::vector<LoopMessage>().swap(items);
    }
  };

  void run_once(int timeout_ms);
  int timeout_ms() const;
  void begin_iteration();
  void count_iteration();
  void read_messages();
  void dispatch_share(MailboxMessages& messages, std::size_t most);
  void dispatch(LoopMessage& message);
  void on_event(const epoll_event& event);
  void serve_ready();
  void handle_timeouts();
  void accept_from(const Listener& listener);
  bool evict();
  void admit(const AcceptedSocket& accepted, bool proxy_protocol);
  ConnectionLimiter::Admission acquire(const Peer& peer);
  void set_accepting(bool accepting);
  bool watch(int fd, std::uint32_t events, std::uint64_t id);
  void apply_next(Connection& connection, Next next);
  void remove(Connection& connection);
  bool is_finished() const;

  const Clock& clock_;
  const std::shared_ptr<ConnectionLimiter> limiter_;
  Published<std::shared_ptr<TlsContext>> tls_;  // of new connections; null if no listener needs it
  const std::vector<Listener> listeners_;
  const int epoll_;
  Mailbox mailbox_;
  bool has_messages_ = false;  // the mailbox may have messages
  MailboxMessages messages_;
  MailboxMessages chunks_;  // of low priority
  LoopContext context_;
  TimerWheel timers_;
  Acceptor acceptor_;
  ConnectionTable connections_;
  ReadyQueue ready_;
  std::chrono::sys_seconds date_{};  // the second that standing_lines shows
  bool accepting_ = false;
  bool accept_paused_ = false;  // the system had no resources to accept with
  RealTime accept_retry_at_{};
  RealTime drain_until_{};
};

void Loop::Impl::run() {
  begin_iteration();
  while (!is_finished()) run_once(timeout_ms());
  connections_.for_each([this](Connection& connection) { remove(connection); });
}

bool Loop::Impl::is_finished() const {
  return context_.draining && (connections_.size() == 0 || std::chrono::steady_clock::now() >= drain_until_);
}

void Loop::Impl::run_once(int timeout_ms) {
  std::array<epoll_event, kEventsPerIteration> events;
  const int count = ::epoll_wait(epoll_, events.data(), kEventsPerIteration, timeout_ms);
  begin_iteration();
  for (int i = 0; i < count; ++i) on_event(events[static_cast<std::size_t>(i)]);
  serve_ready();
  read_messages();
  handle_timeouts();
  if (accept_paused_ && std::chrono::steady_clock::now() >= accept_retry_at_) {
    accept_paused_ = false;
    set_accepting(!context_.draining);
  }
  shrink(context_.output);
  shrink(context_.response.body);
  context_.compressor.shrink(kRetainedBytes);
  count_iteration();
}

void Loop::Impl::count_iteration() {
  using Times = RouteCounters::RouteTimes;
  const auto turn = static_cast<std::uint64_t>((std::chrono::steady_clock::now() - context_.began).count());
  const std::size_t bucket = Times::bucket_of(turn);
  context_.counters.turn_times.add_to(bucket, turn);
  for (RouteCounters* const route : context_.answered) route->times.add_to(bucket, turn);
  context_.answered.clear();
}

int Loop::Impl::timeout_ms() const {
  if (!ready_.empty() || !messages_.empty() || !chunks_.empty() || has_messages_) return 0;
  auto wait = std::chrono::milliseconds(60'000);
  if (timers_.next_due() != SteadyTime::max())
    wait = std::min(wait, timers_.next_due() - context_.now + Duration(1));
  if (accept_paused_) wait = std::min(wait, kAcceptPause);
  if (context_.draining) {
    const auto left = drain_until_ - std::chrono::steady_clock::now();
    wait = std::min(wait, std::chrono::ceil<std::chrono::milliseconds>(left));
  }
  return static_cast<int>(std::max(wait.count(), std::int64_t{0}));
}

// Reads the clock: the time is constant during an iteration.
void Loop::Impl::begin_iteration() {
  context_.began = std::chrono::steady_clock::now();
  context_.now = clock_.steady_at(context_.began);
  const Time wall = clock_.wall();
  const auto second = std::chrono::floor<std::chrono::seconds>(wall);
  if (second != date_ || context_.standing_lines.empty()) {
    date_ = second;
    context_.standing_lines = "Date: ";
    append_http_date(context_.standing_lines, wall);
    context_.standing_lines += "\r\nVary: Accept-Encoding\r\n";
  }
  context_.handler.on_loop_iteration(wall, context_.now);
}

void Loop::Impl::on_event(const epoll_event& event) {
  const std::uint64_t id = event.data.u64;
  if (id == kMailbox) {
    mailbox_.reset();
    has_messages_ = true;
    return;
  }
  if (id < ConnectionTable::kFirstId) return accept_from(listeners_[id - kFirstListener]);
  Connection* const connection = find(id);
  if (!connection) return;
  if (connection->on_ready(event.events) == Next::kClosed)
    remove(*connection);
  else
    ready_.push(*connection, connection->tenant());
}

// Runs a share of the messages of each kind. New ones are taken only when the last ones are handled, which keeps their
// order.
void Loop::Impl::read_messages() {
  if (!has_messages_ && messages_.empty() && chunks_.empty()) return;
  if (has_messages_) {
    has_messages_ = !messages_.empty() || !chunks_.empty();
    if (messages_.empty()) mailbox_.take(messages_.items);
    if (chunks_.empty()) mailbox_.take_low_priority(chunks_.items);
  }
  dispatch_share(messages_, kMessagesPerIteration);
  dispatch_share(chunks_, kChunksPerIteration);
}

void Loop::Impl::dispatch_share(MailboxMessages& messages, std::size_t most) {
  const std::size_t end = std::min(messages.items.size(), messages.handled + most);
  while (messages.handled < end) dispatch(messages.items[messages.handled++]);
  if (messages.handled == messages.items.size()) messages.clear();
}

void Loop::Impl::dispatch(LoopMessage& message) {
  context_.turn.begin();
  std::visit(Overloaded{
                 [](LoopTask& task) { task(); },
                 [this](ResponseReady& answer) {
                   if (Connection* connection = find(answer.connection))
                     apply_next(*connection, connection->on_response(answer.stream, answer.fill));
                 },
                 [this](StreamChunk& chunk) {
                   context_.counters.stream_chunks.add();
                   if (Connection* connection = find(chunk.connection))
                     apply_next(*connection, connection->on_chunk(chunk.stream, *chunk.bytes, chunk.last));
                   chunk.bytes.reset();
                 },
             },
             message);
}

// Serves connections by turns until the share of the iteration is used up: then new events come in between.
void Loop::Impl::serve_ready() {
  WorkShare share;
  while (!share.is_over()) {
    auto* const connection = static_cast<Connection*>(ready_.pop());
    if (connection == nullptr) return;
    context_.turn.begin();
    apply_next(*connection, connection->take_turn());
    share.add(std::max(kWorkOfRequest, context_.turn.done()));
  }
}

void Loop::Impl::handle_timeouts() {
  while (TimerEntry* due = timers_.pop_due(context_.now)) {
    auto& connection = static_cast<Connection&>(*due);
    apply_next(connection, connection.on_deadline());
  }
}

// Carries out `next` and makes sure that the connection's deadline is in the timer wheel.
void Loop::Impl::apply_next(Connection& connection, Next next) {
  if (next == Next::kClosed) return remove(connection);
  if (next == Next::kAgain) ready_.push(connection, connection.tenant());
  const SteadyTime deadline = connection.deadline();
  // A later deadline needs no change: it is found when the earlier one comes.
  if (!connection.is_queued() || deadline < connection.queued_until()) timers_.queue(connection, deadline);
}

void Loop::Impl::remove(Connection& connection) {
  timers_.remove(connection);
  ready_.remove(connection);
  connections_.remove(connection);
}

void Loop::Impl::accept_from(const Listener& listener) {
  // Of a shared socket, each loop takes one connection at a time, so that idle loops get the next ones.
  for (int i = 0; i < (listener.is_shared ? 1 : kAcceptsPerIteration); ++i) {
    AcceptedSocket accepted;
    switch (acceptor_.accept(listener.fd, listener.kind, accepted)) {
      case Acceptor::AcceptResult::kAccepted:
        accepted.peer.is_trusted =
            accepted.peer.address && any_contains(context_.trusted_proxies, *accepted.peer.address);
        admit(accepted, listener.proxy_protocol && accepted.peer.is_trusted);
        break;
      case Acceptor::AcceptResult::kDropped:
        break;
      case Acceptor::AcceptResult::kNonePending:
        return;
      case Acceptor::AcceptResult::kNoResources:
        set_accepting(false);
        accept_paused_ = true;
        accept_retry_at_ = std::chrono::steady_clock::now() + kAcceptPause;
        return;
    }
  }
}

// The clients of a trusted proxy are counted when they are known, and the admin socket has no address.
ConnectionLimiter::Admission Loop::Impl::acquire(const Peer& peer) {
  return peer.is_trusted || !peer.address ? limiter_->acquire_uncounted() : limiter_->acquire(*peer.address);
}

void Loop::Impl::admit(const AcceptedSocket& accepted, bool proxy_protocol) {
  auto admission = acquire(accepted.peer);
  if (admission == ConnectionLimiter::Admission::kFull && evict()) admission = acquire(accepted.peer);
  if (admission != ConnectionLimiter::Admission::kAccepted) {
    const bool is_full = admission == ConnectionLimiter::Admission::kFull;
    context_.counters.reject(is_full ? RejectReason::kOverload : RejectReason::kStrangers);
    ::close(accepted.fd);
    return;
  }
  std::shared_ptr<TlsContext> tls;
  if (accepted.peer.listener_kind == ListenerKind::kTls) tls = *tls_.get();
  Connection& connection = connections_.add(context_, accepted.fd, accepted.peer, tls.get(), proxy_protocol);
  // Registered once, for all events, edge-triggered: no request needs another system call.
  if (watch(accepted.fd, EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET, connection.id()))
    apply_next(connection, Next::kWait);
  else
    remove(connection);
}

// Makes room for a new connection. Returns false if all that were examined are at work for their clients. Other loops
// keep their connections: the system spreads new ones evenly.
bool Loop::Impl::evict() {
  Connection* const chosen = connections_.best_to_evict();
  if (chosen == nullptr) return false;
  remove(*chosen);
  return true;
}

void Loop::Impl::set_accepting(bool accepting) {
  if (accepting == accepting_) return;
  accepting_ = accepting;
  for (std::size_t i = 0; i < listeners_.size(); ++i) {
    if (!accepting)
      ::epoll_ctl(epoll_, EPOLL_CTL_DEL, listeners_[i].fd, nullptr);
    else if (!watch(listeners_[i].fd, listeners_[i].is_shared ? EPOLLIN | EPOLLEXCLUSIVE : EPOLLIN,
                    kFirstListener + i))
      throw std::system_error(errno, std::generic_category(), "epoll_ctl");
  }
}

bool Loop::Impl::watch(int fd, std::uint32_t events, std::uint64_t id) {
  epoll_event event{};
  event.events = events;
  event.data.u64 = id;
  return ::epoll_ctl(epoll_, EPOLL_CTL_ADD, fd, &event) == 0;
}

void Loop::Impl::begin_drain(RealTime until) {
  drain_until_ = until;
  if (context_.draining) return;
  context_.draining = true;
  set_accepting(false);
  connections_.for_each([this](Connection& connection) { apply_next(connection, connection.on_drain()); });
}

Loop::Loop(Handler& handler, const Clock& clock, const Limits& limits,
           std::shared_ptr<ConnectionLimiter> limiter, std::shared_ptr<TlsContext> tls,
           std::vector<Listener> listeners, std::vector<IpRange> trusted_proxies)
    : impl_(std::make_unique<Impl>(*this, handler, clock, limits, std::move(limiter), std::move(tls),
                                   std::move(listeners), std::move(trusted_proxies))) {}

Loop::~Loop() = default;

void Loop::run() { impl_->run(); }

const LoopCounters& Loop::counters() const { return impl_->counters(); }

void Loop::post(LoopTask task) { impl_->mailbox().post(std::move(task)); }

void Loop::drain(Duration grace) {
  const auto until = std::chrono::steady_clock::now() + grace;
  // Low priority, so that chunks pushed before, such as the last event of each stream, are still sent.
  impl_->mailbox().post_low_priority([impl = impl_.get(), until] { impl->begin_drain(until); });
}

void Loop::set_tls(std::shared_ptr<TlsContext> tls) { impl_->set_tls(std::move(tls)); }

void Loop::wake() { impl_->mailbox().wake(); }

void Exchange::answer(std::move_only_function<void(Response&)> fill) const {
  if (observer_) {
    fill = [fill = std::move(fill), observe = observer_](Response& response) mutable {
      fill(response);
      (*observe)(response);
    };
  }
  loop_->impl_->mailbox().post(ResponseReady{connection_, stream_, std::move(fill)});
}

void Exchange::hold(Duration longest, std::move_only_function<void()> on_abandoned) const {
  if (Connection* connection = loop_->impl_->find(connection_))
    connection->hold(stream_, longest, std::move(on_abandoned));
}

void Exchange::push(Bytes bytes) const {
  loop_->impl_->mailbox().post_low_priority(StreamChunk{connection_, stream_, false, std::move(bytes)});
}

void Exchange::end(Bytes last) const {
  loop_->impl_->mailbox().post_low_priority(StreamChunk{connection_, stream_, true, std::move(last)});
}

void Exchange::on_loop(std::move_only_function<void()> task) const { loop_->post(std::move(task)); }

Exchange Exchange::observed_by(std::function<void(const Response&)> observe) const {
  Exchange observed = *this;
  observed.observer_ = std::make_shared<const std::function<void(const Response&)>>(std::move(observe));
  return observed;
}

}  // namespace porchlight::http
