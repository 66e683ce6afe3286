#include "http/loop.h"

#include <sys/epoll.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <system_error>
#include <vector>

#include "base/overloaded.h"
#include "base/time_text.h"
#include "http/acceptor.h"
#include "http/census.h"
#include "http/connection.h"
#include "http/mailbox.h"
#include "http/timeouts.h"

namespace porchlight::http {
namespace {

using Next = Connection::Next;

// Who an event of epoll is for: connections have ids from kFirstConnection on.
constexpr std::uint64_t kMailbox = 0;
constexpr std::uint64_t kFirstListener = 1;
constexpr std::uint64_t kFirstConnection = std::uint64_t{1} << 32;

constexpr int kEventsPerTurn = 256;
constexpr int kAcceptsPerTurn = 64;
constexpr std::size_t kPushesPerTurn = 512;  // a change told to very many holds nobody else up
constexpr std::size_t kKeptLetters = 4096;
constexpr int kOldestLookedAt = 64;
constexpr std::size_t kKeptBytes = 256 * 1024;  // of the buffers a loop uses again and again
constexpr std::chrono::milliseconds kAcceptPause{100};

using RealTime = std::chrono::steady_clock::time_point;

void shrink(std::string& buffer) {
  if (buffer.capacity() > kKeptBytes) std::string().swap(buffer);
}

void empty(std::vector<Letter>& letters) {
  letters.clear();
  if (letters.capacity() > kKeptLetters) std::vector<Letter>().swap(letters);
}

}  // namespace

std::shared_ptr<Census> make_census(const Limits& limits) { return std::make_shared<Census>(limits); }

class Loop::Impl {
 public:
  Impl(Loop& loop, Handler& handler, const Clock& clock, const Limits& limits, std::shared_ptr<Census> census,
       std::shared_ptr<TlsContext> tls, std::vector<Listener> listeners)
      : clock_(clock),
        census_(std::move(census)),
        tls_(std::move(tls)),
        listeners_(std::move(listeners)),
        epoll_(::epoll_create1(EPOLL_CLOEXEC)),
        bench_(loop, handler, limits, *census_),
        timeouts_(clock.steady()) {
    if (epoll_ < 0) throw std::system_error(errno, std::generic_category(), "epoll_create1");
    watch(mailbox_.fd(), EPOLLIN, kMailbox);
    set_accepting(true);
  }
  ~Impl() {
    slots_.clear();
    ::close(epoll_);
  }

  void run();
  void begin_drain(RealTime until);
  Mailbox& mailbox() { return mailbox_; }
  Connection* find(std::uint64_t id);

 private:
  struct Slot {
    std::unique_ptr<Connection> connection;
    std::uint32_t generation = 1;
  };

  void turn(int timeout_ms);
  int timeout_ms() const;
  void begin_turn();
  void read_letters();
  void read(Letter& letter);
  void on_event(const epoll_event& event);
  void go_on_with_rest();
  void look_at_overdue();
  void accept_from(const Listener& listener);
  bool make_room();
  void admit(const Arrival& arrival);
  void set_accepting(bool accepting);
  bool watch(int fd, std::uint32_t events, std::uint64_t id);
  void follow(Connection& connection, Next next);
  void remove(Connection& connection);
  bool is_over() const;

  const Clock& clock_;
  const std::shared_ptr<Census> census_;
  const std::shared_ptr<TlsContext> tls_;
  const std::vector<Listener> listeners_;
  const int epoll_;
  Mailbox mailbox_;
  bool has_mail_ = false;        // there may be letters that were not taken
  std::vector<Letter> letters_;  // of this turn
  std::vector<Letter> pushes_;   // and those that have time
  std::size_t pushes_read_ = 0;  // of these
  Workbench bench_;
  Timeouts timeouts_;
  Acceptor acceptor_;
  std::vector<Slot> slots_;
  std::vector<std::uint32_t> free_slots_;
  std::size_t connections_ = 0;
  std::vector<std::uint64_t> rest_;  // connections that had more to read than their share of a turn
  std::chrono::sys_seconds date_{};
  bool accepting_ = false;
  bool accept_paused_ = false;  // the system had nothing to accept with
  RealTime accept_again_{};
  RealTime drain_until_{};
};

void Loop::Impl::run() {
  begin_turn();
  while (!is_over()) turn(timeout_ms());
  for (Slot& slot : slots_)
    if (slot.connection) remove(*slot.connection);
}

bool Loop::Impl::is_over() const {
  return bench_.draining && (connections_ == 0 || std::chrono::steady_clock::now() >= drain_until_);
}

void Loop::Impl::turn(int timeout_ms) {
  std::array<epoll_event, kEventsPerTurn> events;
  const int count = ::epoll_wait(epoll_, events.data(), kEventsPerTurn, timeout_ms);
  begin_turn();
  for (int i = 0; i < count; ++i) on_event(events[static_cast<std::size_t>(i)]);
  read_letters();
  go_on_with_rest();
  look_at_overdue();
  if (accept_paused_ && std::chrono::steady_clock::now() >= accept_again_) {
    accept_paused_ = false;
    set_accepting(!bench_.draining);
  }
  shrink(bench_.output);
  shrink(bench_.response.body);
}

int Loop::Impl::timeout_ms() const {
  if (!rest_.empty() || !pushes_.empty() || has_mail_) return 0;
  auto wait = std::chrono::milliseconds(60'000);
  if (timeouts_.next_due() != SteadyTime::max())
    wait = std::min(wait, timeouts_.next_due() - bench_.now + Duration(1));
  if (accept_paused_) wait = std::min(wait, kAcceptPause);
  if (bench_.draining) {
    const auto left = drain_until_ - std::chrono::steady_clock::now();
    wait = std::min(wait, std::chrono::ceil<std::chrono::milliseconds>(left));
  }
  return static_cast<int>(std::max(wait.count(), std::int64_t{0}));
}

// Time stands still for a turn.
void Loop::Impl::begin_turn() {
  bench_.now = clock_.steady();
  const Time wall = clock_.wall();
  const auto second = std::chrono::floor<std::chrono::seconds>(wall);
  if (second != date_ || bench_.date_line.empty()) {
    date_ = second;
    bench_.date_line = "Date: ";
    append_http_date(bench_.date_line, wall);
    bench_.date_line += "\r\n";
  }
  bench_.handler.turn();
}

void Loop::Impl::on_event(const epoll_event& event) {
  const std::uint64_t id = event.data.u64;
  if (id == kMailbox) {
    mailbox_.calm();
    has_mail_ = true;
    return;
  }
  if (id < kFirstConnection) return accept_from(listeners_[id - kFirstListener]);
  if (Connection* connection = find(id)) follow(*connection, connection->on_ready(event.events));
}

void Loop::Impl::read_letters() {
  if (has_mail_) {
    mailbox_.take(letters_);
    if (pushes_.empty()) {
      mailbox_.take_behind(pushes_);
      has_mail_ = false;
    }
  }
  for (Letter& letter : letters_) read(letter);
  empty(letters_);
  const std::size_t end = std::min(pushes_.size(), pushes_read_ + kPushesPerTurn);
  while (pushes_read_ < end) read(pushes_[pushes_read_++]);
  if (pushes_read_ < pushes_.size()) return;
  empty(pushes_);
  pushes_read_ = 0;
}

void Loop::Impl::read(Letter& letter) {
  std::visit(Overloaded{
                 [](Task& task) { task(); },
                 [this](Answer& answer) {
                   if (Connection* connection = find(answer.connection))
                     follow(*connection, connection->on_answer(answer.stream, answer.fill));
                 },
                 [this](Push& push) {
                   if (Connection* connection = find(push.connection))
                     follow(*connection, connection->on_push(push.stream, *push.bytes, push.last));
                   push.bytes.reset();
                 },
             },
             letter);
}

void Loop::Impl::go_on_with_rest() {
  // One round only: whoever still has more waits until the others were looked at.
  std::vector<std::uint64_t> rest;
  rest.swap(rest_);
  for (const std::uint64_t id : rest) {
    Connection* connection = find(id);
    if (!connection) continue;
    connection->goes_on = false;
    follow(*connection, connection->go_on());
  }
}

void Loop::Impl::look_at_overdue() {
  while (Timed* due = timeouts_.take_due(bench_.now)) {
    auto& connection = static_cast<Connection&>(*due);
    follow(connection, connection.on_time());
  }
}

Connection* Loop::Impl::find(std::uint64_t id) {
  const std::uint64_t index = id & 0xFFFF'FFFF;
  if (index >= slots_.size() || slots_[index].generation != id >> 32) return nullptr;
  return slots_[index].connection.get();
}

// Does what the connection asks for, and sees to it that it is looked at in time.
void Loop::Impl::follow(Connection& connection, Next next) {
  if (next == Next::kOver) return remove(connection);
  if (next == Next::kAgain && !connection.goes_on) {
    connection.goes_on = true;
    rest_.push_back(connection.id());
  }
  const SteadyTime deadline = connection.deadline();
  // A later deadline than the one queued for needs nothing: it is found when the earlier one comes.
  if (!connection.is_queued() || deadline < connection.queued_for()) timeouts_.queue(connection, deadline);
}

void Loop::Impl::remove(Connection& connection) {
  timeouts_.remove(connection);
  const auto index = static_cast<std::uint32_t>(connection.id());
  Slot& slot = slots_[index];
  slot.connection.reset();
  if (++slot.generation == 0) slot.generation = 1;
  free_slots_.push_back(index);
  --connections_;
}

void Loop::Impl::accept_from(const Listener& listener) {
  for (int i = 0; i < kAcceptsPerTurn; ++i) {
    Arrival arrival;
    switch (acceptor_.accept(listener.fd, listener.door, arrival)) {
      case Acceptor::Outcome::kArrived:
        admit(arrival);
        break;
      case Acceptor::Outcome::kRefused:
        break;
      case Acceptor::Outcome::kNobody:
        return;
      case Acceptor::Outcome::kStuck:
        set_accepting(false);
        accept_paused_ = true;
        accept_again_ = std::chrono::steady_clock::now() + kAcceptPause;
        return;
    }
  }
}

void Loop::Impl::admit(const Arrival& arrival) {
  const bool known = arrival.peer.door == Door::kAdmin;
  auto entry = known ? census_->enter_known() : census_->enter(arrival.peer.key);
  if (entry == Census::Entry::kFull && make_room())
    entry = known ? census_->enter_known() : census_->enter(arrival.peer.key);
  if (entry != Census::Entry::kWelcome) {
    ::close(arrival.fd);
    return;
  }
  if (free_slots_.empty()) {
    free_slots_.push_back(static_cast<std::uint32_t>(slots_.size()));
    slots_.emplace_back();
  }
  const std::uint32_t index = free_slots_.back();
  free_slots_.pop_back();
  Slot& slot = slots_[index];
  const std::uint64_t id = std::uint64_t{slot.generation} << 32 | index;
  TlsContext* tls = arrival.peer.door == Door::kTls ? tls_.get() : nullptr;
  slot.connection = std::make_unique<Connection>(bench_, id, arrival.fd, arrival.peer, tls);
  ++connections_;
  // Edge-triggered and registered once for everything: no request ever changes it.
  if (watch(arrival.fd, EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET, id))
    follow(*slot.connection, Next::kWait);
  else
    remove(*slot.connection);
}

// Closes the longest idle of the connections that are due soonest; false where none of them is idle.
bool Loop::Impl::make_room() {
  Connection* oldest = nullptr;
  int looked_at = 0;
  timeouts_.visit([&](Timed& item) {
    auto& connection = static_cast<Connection&>(item);
    if (connection.is_idle() && (!oldest || connection.idle_since() < oldest->idle_since()))
      oldest = &connection;
    return ++looked_at < kOldestLookedAt;
  });
  if (!oldest) return false;
  remove(*oldest);
  return true;
}

void Loop::Impl::set_accepting(bool accepting) {
  if (accepting == accepting_) return;
  accepting_ = accepting;
  for (std::size_t i = 0; i < listeners_.size(); ++i) {
    if (!accepting)
      ::epoll_ctl(epoll_, EPOLL_CTL_DEL, listeners_[i].fd, nullptr);
    else if (!watch(listeners_[i].fd, EPOLLIN, kFirstListener + i))
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
  if (bench_.draining) return;
  bench_.draining = true;
  set_accepting(false);
  for (Slot& slot : slots_)
    if (slot.connection) follow(*slot.connection, slot.connection->on_drain());
}

Loop::Loop(Handler& handler, const Clock& clock, const Limits& limits, std::shared_ptr<Census> census,
           std::shared_ptr<TlsContext> tls, std::vector<Listener> listeners)
    : impl_(std::make_unique<Impl>(*this, handler, clock, limits, std::move(census), std::move(tls),
                                   std::move(listeners))) {}

Loop::~Loop() = default;

void Loop::run() { impl_->run(); }

void Loop::post(Task task) { impl_->mailbox().post(std::move(task)); }

void Loop::drain(Duration grace) {
  const auto until = std::chrono::steady_clock::now() + grace;
  // What was pushed before, such as the last event of each stream, still leaves.
  impl_->mailbox().post_behind([impl = impl_.get(), until] { impl->begin_drain(until); });
}

void Loop::wake() { impl_->mailbox().wake(); }

void Exchange::answer(std::move_only_function<void(Response&)> fill) const {
  if (see_) {
    fill = [fill = std::move(fill), see = see_](Response& response) mutable {
      fill(response);
      (*see)(response);
    };
  }
  loop_->impl_->mailbox().post(Answer{connection_, stream_, std::move(fill)});
}

void Exchange::hold(Duration longest, std::move_only_function<void()> gone) const {
  if (Connection* connection = loop_->impl_->find(connection_))
    connection->hold(stream_, longest, std::move(gone));
}

void Exchange::push(Bytes bytes) const {
  loop_->impl_->mailbox().post_behind(Push{connection_, stream_, false, std::move(bytes)});
}

void Exchange::end(Bytes last) const {
  loop_->impl_->mailbox().post_behind(Push{connection_, stream_, true, std::move(last)});
}

void Exchange::on_loop(std::move_only_function<void()> task) const { loop_->post(std::move(task)); }

Exchange Exchange::seen_by(std::function<void(const Response&)> see) const {
  Exchange seen = *this;
  seen.see_ = std::make_shared<const std::function<void(const Response&)>>(std::move(see));
  return seen;
}

}  // namespace porchlight::http
