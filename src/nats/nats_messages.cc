#include "nats/nats_messages.h"

#include <bit>
#include <charconv>
#include <utility>

#include "base/check.h"
#include "base/guid.h"
#include "base/logging.h"
#include "nats/subjects.h"

namespace porchlight::nats {
namespace {

// Nodes that listen for requests on a subject: one of them gets each.
constexpr const char* kListenersGroup = "one";

bool is_subject(std::string_view subject) {
  return !subject.empty() && subject.size() <= kSubjectBytesMax && std::ranges::all_of(subject, [](char c) {
    return ('a' <= c && c <= 'z') || ('0' <= c && c <= '9') || c == '.';
  });
}

std::string_view last_word(std::string_view subject) { return subject.substr(subject.rfind('.') + 1); }

}  // namespace

void JoinedLinks::note(std::size_t from, std::size_t to, SteadyTime sent_at) {
  sent_at_[from][to] = std::max(sent_at_[from][to], sent_at);
}

bool JoinedLinks::are_joined_since(unsigned set, SteadyTime since) const {
  for (std::size_t from = 0; from < links_; ++from)
    for (std::size_t to = 0; to < links_; ++to)
      if (from != to && (set >> from & 1U) && (set >> to & 1U) && sent_at_[from][to] < since) return false;
  return true;
}

// There are at most 128 sets.
unsigned JoinedLinks::majority_since(SteadyTime since, std::size_t wanted) const {
  unsigned found = 0;
  for (unsigned set = 1; set < 1U << links_; ++set) {
    if (static_cast<std::size_t>(std::popcount(set)) <= links_ / 2 || !are_joined_since(set, since)) continue;
    if (set >> wanted & 1U) return set;
    found = set;
  }
  return found;
}

NatsMessages::NatsMessages(Engine& engine, std::string cell, cluster::NodeName self)
    : engine_(engine),
      cell_(std::move(cell)),
      self_(std::move(self)),
      probes_("p." + cell_ + ".probe." + to_string(secure_random_guid()) + "."),
      sequence_(engine.threads()),
      joined_(engine.links()),
      // Nodes begin with different servers.
      current_(std::hash<std::string>{}(self_) % engine.links()),
      listening_(current_) {
  for (std::size_t place = 0; place < engine_.links(); ++place)
    probe_subscriptions_.push_back(engine_.link(place).subscribe(
        probes_ + "*", "", [this, place](const IncomingMessage& message) { take_probe(place, message); }));
  sequence_.post([this] { probe(); });
}

NatsMessages::~NatsMessages() {
  sequence_.close();
  for (std::size_t place = 0; place < engine_.links(); ++place)
    engine_.link(place).unsubscribe(probe_subscriptions_[place]);
  const MutexLock lock(listening_mutex_);
  for (const auto& [subject, listener] : listeners_)
    for (const EngineLink::SubscriptionId id : listener->subscriptions)
      engine_.link(listening_).unsubscribe(id);
}

// The text of a probe is the time at which it was sent. It comes back to the process that sent it.
void NatsMessages::probe() {
  const std::string now = std::to_string(steady_now().time_since_epoch().count());
  for (std::size_t place = 0; place < engine_.links(); ++place)
    engine_.link(place).send({.subject = probes_ + std::to_string(place), .bytes = now});
  choose_link();
  sequence_.after(kProbeEvery, [this] { probe(); });
}

void NatsMessages::take_probe(std::size_t to, const IncomingMessage& message) {
  const std::string_view word = last_word(message.subject), text = message.bytes;
  std::size_t from = 0;
  Duration::rep sent_at = 0;
  std::from_chars(word.data(), word.data() + word.size(), from);
  std::from_chars(text.data(), text.data() + text.size(), sent_at);
  if (from >= engine_.links() || SteadyTime(Duration(sent_at)) > steady_now()) return;
  const MutexLock lock(mutex_);
  joined_.note(from, to, SteadyTime(Duration(sent_at)));
}

bool NatsMessages::connected() const {
  const MutexLock lock(mutex_);
  return joined_.majority_since(steady_now() - kJoinedFor, current_) != 0;
}

std::size_t NatsMessages::current_link() const {
  const MutexLock lock(mutex_);
  return current_;
}

// Without a majority, any connection that is there is better than none: what is sent there may arrive.
void NatsMessages::choose_link() {
  std::size_t next = current_link();
  unsigned joined = 0;
  {
    const MutexLock lock(mutex_);
    joined = joined_.majority_since(steady_now() - kLeftAfter, current_);
  }
  if (joined != 0 && !(joined >> next & 1U)) next = static_cast<std::size_t>(std::countr_zero(joined));
  for (std::size_t tried = 1; tried < engine_.links() && !engine_.link(next).is_connected(); ++tried)
    next = (next + 1) % engine_.links();
  const MutexLock listening_lock(listening_mutex_);
  {
    const MutexLock lock(mutex_);
    current_ = next;
  }
  if (next == listening_) return;
  // First on the new connection: a message may arrive twice, but is not lost.
  for (const auto& [subject, listener] : listeners_) {
    const auto before = std::exchange(listener->subscriptions, {});
    subscribe(*listener, next);
    for (const EngineLink::SubscriptionId id : before) engine_.link(listening_).unsubscribe(id);
  }
  listening_ = next;
}

void NatsMessages::subscribe(SubjectListener& listener, std::size_t place) {
  EngineLink& link = engine_.link(place);
  listener.subscriptions = {
      link.subscribe(told_subject(cell_, listener.subject) + "*", "",
                     [this, &listener](const IncomingMessage& message) { take_told(listener, message); }),
      link.subscribe(asked_subject(cell_, listener.subject), kListenersGroup,
                     [this, &listener](const IncomingMessage& message) { take_asked(listener, message); })};
}

void NatsMessages::listen(std::string_view subject, MessageHandler handler) {
  CHECK(is_subject(subject));
  const MutexLock lock(listening_mutex_);
  auto& listener = listeners_[std::string(subject)];
  CHECK(!listener);
  listener = std::make_unique<SubjectListener>(SubjectListener{std::string(subject), std::move(handler), {}});
  subscribe(*listener, listening_);
}

// The last word of the subject is the sender: its own messages come back to it while it changes the connection.
void NatsMessages::take_told(const SubjectListener& listener, const IncomingMessage& message) {
  if (last_word(message.subject) == self_) return;
  cluster::Message told{message.bytes, {}};
  listener.handler(told);
}

void NatsMessages::take_asked(const SubjectListener& listener, const IncomingMessage& message) {
  cluster::Message asked{message.bytes, [this, to = std::string(message.reply_to)](const std::string& reply) {
                           engine_.link(current_link()).send({.subject = to, .bytes = reply});
                         }};
  listener.handler(asked);
}

void NatsMessages::publish(std::string_view subject, std::string bytes) {
  CHECK(is_subject(subject));
  if (bytes.size() > kMessageBytesMax)
    log_error("a message to other nodes is too long", {{"subject", subject}, {"bytes", bytes.size()}});
  engine_.link(current_link()).send({.subject = told_subject(cell_, subject) + self_, .bytes = bytes});
}

void NatsMessages::request(std::string_view subject, std::string bytes, SteadyTime deadline,
                           NodeReplyCallback done) {
  CHECK(is_subject(subject));
  const Duration within = deadline - steady_now();
  if (within <= Duration(0)) return done(std::unexpected(cluster::NoReply::kTimeout));
  engine_.request(
      current_link(), {.subject = asked_subject(cell_, subject), .bytes = bytes}, within,
      [done = std::move(done)](std::expected<EngineReply, RequestFault> reply) mutable {
        if (reply) return done(std::move(reply->bytes));
        const bool is_undelivered =
            reply.error() == RequestFault::kNoResponders || reply.error() == RequestFault::kNotSent;
        done(std::unexpected(is_undelivered ? cluster::NoReply::kNoResponders : cluster::NoReply::kTimeout));
      });
}

}  // namespace porchlight::nats
