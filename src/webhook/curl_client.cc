// WebhookClient over libcurl's multi interface: one thread runs all transfers, two resolvers look names up.
//
// A post first tries a connection to the host that is already open. If curl needs a new one, it asks for a
// socket (Transfer::on_dial) and gets none; then the host is looked up, each of its addresses is checked, and
// the post starts again with permission to dial those addresses. So no address is dialed that was not checked
// for this dial.
#include "webhook/curl_client.h"

#include <curl/curl.h>
#include <fmt/format.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <signal.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <map>
#include <optional>
#include <thread>
#include <tuple>
#include <utility>

#include "base/clock.h"
#include "base/mutex.h"
#include "webhook/resolver.h"
#include "webhook/transfer.h"

namespace porchlight::webhook {
namespace {

// The thread checks its deadlines at least this often.
constexpr Duration kPollLongest = std::chrono::seconds(30);

using Multi = std::unique_ptr<CURLM, decltype([](CURLM* multi) { curl_multi_cleanup(multi); })>;

// The client and its thread. post() is called from any thread; all other private functions run on the
// client's thread.
class CurlClient final : public ConfiguredWebhookClient {
 public:
  CurlClient(WebhookClientSettings settings, Network& network, PostFailed failed, Multi multi)
      : policy_(std::move(settings.policy)),
        ca_file_(std::move(settings.ca_file)),
        failed_(std::move(failed)),
        multi_(std::move(multi)),
        queue_(settings.limits),
        resolvers_{Resolver(network), Resolver(network)},
        thread_([this] { work(); }) {}

  ~CurlClient() override {
    stopping_ = true;
    curl_multi_wakeup(multi_.get());
    thread_.join();
  }

  void post(Post post, ReplyCallback done) override;
  void reconfigure(EgressPolicy policy, std::filesystem::path ca_file) override;
  std::size_t waiting_lookups() const override { return resolvers_[0].waiting() + resolvers_[1].waiting(); }

 private:
  // The result of the lookup with this number.
  struct Resolved {
    std::uint64_t number;
    Resolver::ResolvedHost found;
  };

  void work();
  void take_settings();
  std::chrono::seconds connection_age_max() const;
  bool take_posts();
  bool begin_posts();
  bool take_resolved();
  bool end_transfers();
  bool end_late_resolves();
  void wait();
  void end_all();

  void begin(std::unique_ptr<Transfer> transfer, std::vector<IpAddress> checked);
  void resolve(std::unique_ptr<Transfer> transfer);
  void end(std::unique_ptr<Transfer> transfer, Reply reply);

  SteadyTime now() const { return clock_.steady(); }

  EgressPolicy policy_;  // used by the client's thread only, as the next two
  std::filesystem::path ca_file_;
  std::optional<SteadyTime> reconfigured_at_;
  const PostFailed failed_;
  const SystemClock clock_;
  const Multi multi_;
  std::atomic<bool> stopping_ = false;

  Mutex mutex_;
  std::vector<std::pair<Post, ReplyCallback>> posts_ ABSL_GUARDED_BY(mutex_);  // not yet in the queue
  std::vector<Resolved> resolved_ ABSL_GUARDED_BY(mutex_);
  std::optional<std::pair<EgressPolicy, std::filesystem::path>> new_settings_ ABSL_GUARDED_BY(mutex_);

  // Used by the client's thread only.
  PostQueue queue_;
  std::map<CURL*, std::unique_ptr<Transfer>> transfers_;
  std::map<std::uint64_t, std::unique_ptr<Transfer>> resolving_;  // by lookup number
  std::uint64_t resolve_number_ = 0;

  std::array<Resolver, 2> resolvers_;  // [0] for hosts that did not answer, [1] for hosts that did
  std::thread thread_;
};

void CurlClient::post(Post post, ReplyCallback done) {
  {
    const MutexLock lock(mutex_);
    posts_.emplace_back(std::move(post), std::move(done));
  }
  curl_multi_wakeup(multi_.get());
}

void CurlClient::reconfigure(EgressPolicy policy, std::filesystem::path ca_file) {
  {
    const MutexLock lock(mutex_);
    new_settings_.emplace(std::move(policy), std::move(ca_file));
  }
  curl_multi_wakeup(multi_.get());
}

void CurlClient::work() {
  // OpenSSL writes to sockets whose peer may have closed: without this, that is a SIGPIPE.
  sigset_t broken_pipe;
  sigemptyset(&broken_pipe);
  sigaddset(&broken_pipe, SIGPIPE);
  pthread_sigmask(SIG_BLOCK, &broken_pipe, nullptr);

  while (!stopping_) {
    take_settings();
    bool moved = take_posts();
    moved |= take_resolved();
    moved |= begin_posts();
    int running = 0;
    curl_multi_perform(multi_.get(), &running);
    moved |= end_transfers();
    moved |= end_late_resolves();
    if (!moved) wait();
  }
  end_all();
}

void CurlClient::take_settings() {
  const MutexLock lock(mutex_);
  if (!new_settings_) return;
  std::tie(policy_, ca_file_) = *std::exchange(new_settings_, std::nullopt);
  reconfigured_at_ = now();
}

// Older connections are not used again: they may lead to an address that is not allowed any more. A second less than
// the time that has passed, because libcurl counts whole seconds.
std::chrono::seconds CurlClient::connection_age_max() const {
  if (!reconfigured_at_) return kConnectionAgeMax;
  const auto passed = std::chrono::floor<std::chrono::seconds>(now() - *reconfigured_at_);
  return std::clamp(passed - std::chrono::seconds(1), std::chrono::seconds(0), kConnectionAgeMax);
}

// The steps of one iteration. Each returns whether it did anything; if none did, the thread waits in
// curl_multi_poll until a socket is ready, a timer is due or another thread wakes it.

bool CurlClient::take_posts() {
  std::vector<std::pair<Post, ReplyCallback>> posts;
  {
    const MutexLock lock(mutex_);
    posts.swap(posts_);
  }
  for (auto& [post, done] : posts) {
    auto url = parse_url(post.url, policy_, kPostedUrlBytesMax);
    if (!url) {
      done({.error = PostError::kBlockedAddress});
      continue;
    }
    DeliveryTask task{.url = *std::move(url), .post = std::move(post), .done = std::move(done)};
    if (!queue_.push(task)) task.done({.error = PostError::kOther});
  }
  return !posts.empty();
}

bool CurlClient::begin_posts() {
  bool any = false;
  while (auto task = queue_.next(now())) {
    begin(std::make_unique<Transfer>(*std::move(task), now()), {});
    any = true;
  }
  return any;
}

bool CurlClient::take_resolved() {
  std::vector<Resolved> all;
  {
    const MutexLock lock(mutex_);
    all.swap(resolved_);
  }
  for (Resolved& resolved : all) {
    auto waiting = resolving_.extract(resolved.number);
    if (!waiting) continue;  // the post has timed out
    auto& [addresses, own] = resolved.found;
    const bool refused = std::ranges::any_of(addresses, [&](const IpAddress& address) {
      return why_blocked(address, policy_.allowed, own).has_value();
    });
    if (refused || addresses.empty()) {
      Reply reply = waiting.mapped()->fail(refused ? PostError::kBlockedAddress : PostError::kResolve, now());
      end(std::move(waiting.mapped()), std::move(reply));
    } else {
      begin(std::move(waiting.mapped()), std::move(addresses));
    }
  }
  return !all.empty();
}

bool CurlClient::end_transfers() {
  bool any = false;
  int left = 0;
  while (const CURLMsg* message = curl_multi_info_read(multi_.get(), &left)) {
    CURL* const easy = message->easy_handle;
    const CURLcode code = message->data.result;
    curl_multi_remove_handle(multi_.get(), easy);
    auto transfer = std::move(transfers_.extract(easy).mapped());
    if (code != CURLE_OK && transfer->wants_to_dial()) {
      resolve(std::move(transfer));
    } else {
      Reply reply = transfer->take_reply(code, now());
      end(std::move(transfer), std::move(reply));
    }
    any = true;
  }
  return any;
}

bool CurlClient::end_late_resolves() {
  const SteadyTime time = now();
  bool any = false;
  for (auto entry = resolving_.begin(); entry != resolving_.end();) {
    if (entry->second->ends() > time) {
      ++entry;
      continue;
    }
    auto transfer = std::move(entry->second);
    resolvers_[transfer->task().is_responsive].cancel(entry->first);
    entry = resolving_.erase(entry);
    Reply reply = transfer->fail(PostError::kTimeout, time);
    end(std::move(transfer), std::move(reply));
    any = true;
  }
  return any;
}

// Waits for the earliest of: socket activity, a wakeup, a rate limit that ends, a lookup that times out.
void CurlClient::wait() {
  SteadyTime until = now() + kPollLongest;
  if (const auto throttled = queue_.throttled_until()) until = std::min(until, *throttled);
  for (const auto& [number, transfer] : resolving_) until = std::min(until, transfer->ends());
  const auto left = std::max(until - now(), Duration{});
  curl_multi_poll(multi_.get(), nullptr, 0, static_cast<int>(left.count()), nullptr);
}

void CurlClient::begin(std::unique_ptr<Transfer> transfer, std::vector<IpAddress> checked) {
  CURL* const easy = transfer->prepare(ca_file_, std::move(checked), connection_age_max(), now());
  if (easy && curl_multi_add_handle(multi_.get(), easy) == CURLM_OK) {
    transfers_.emplace(easy, std::move(transfer));
  } else {
    Reply reply = transfer->fail(PostError::kOther, now());
    end(std::move(transfer), std::move(reply));
  }
}

void CurlClient::resolve(std::unique_ptr<Transfer> transfer) {
  const std::uint64_t number = ++resolve_number_;
  Resolver& resolver = resolvers_[transfer->task().is_responsive];
  Url url = transfer->task().url;
  resolving_.emplace(number, std::move(transfer));
  resolver.resolve(number, std::move(url), [this, number](Resolver::ResolvedHost found) {
    {
      const MutexLock lock(mutex_);
      resolved_.push_back({number, std::move(found)});
    }
    curl_multi_wakeup(multi_.get());
  });
}

// Frees the host's place in the queue and calls the post's callback. A host that replied at all counts as
// responsive.
void CurlClient::end(std::unique_ptr<Transfer> transfer, Reply reply) {
  const bool answered = reply.error == PostError::kNone || reply.error == PostError::kTooLong;
  const std::string origin = transfer->task().url.origin();
  queue_.finished(origin, transfer->task().is_responsive, answered);
  if (!answered && failed_) failed_(origin, reply.error);
  transfer->answer(std::move(reply));
}

// Answers every post with kOther. A callback may post again, so the last loop runs until no post is left.
void CurlClient::end_all() {
  for (auto& [easy, transfer] : transfers_) {
    curl_multi_remove_handle(multi_.get(), easy);
    transfer->answer(transfer->fail(PostError::kOther, now()));
  }
  transfers_.clear();
  for (auto& [number, transfer] : resolving_) transfer->answer(transfer->fail(PostError::kOther, now()));
  resolving_.clear();
  for (DeliveryTask& task : queue_.take_all()) task.done({.error = PostError::kOther});
  for (;;) {
    std::vector<std::pair<Post, ReplyCallback>> posts;
    {
      const MutexLock lock(mutex_);
      posts.swap(posts_);
    }
    if (posts.empty()) return;
    for (auto& [post, done] : posts) done({.error = PostError::kOther});
  }
}

}  // namespace

std::optional<std::string> ca_file_error(const std::filesystem::path& file) {
  const std::unique_ptr<SSL_CTX, decltype([](SSL_CTX* context) { SSL_CTX_free(context); })> context(
      SSL_CTX_new(TLS_client_method()));
  const bool good = context && SSL_CTX_load_verify_file(context.get(), file.c_str()) == 1;
  ERR_clear_error();
  if (good) return std::nullopt;
  return fmt::format("{}: contains no readable PEM certificate", file.string());
}

std::expected<std::unique_ptr<ConfiguredWebhookClient>, std::string> open_webhook_client(
    WebhookClientSettings settings, Network& network, PostFailed failed) {
  if (!settings.ca_file.empty())
    if (auto error = ca_file_error(settings.ca_file)) return std::unexpected(*std::move(error));
  curl_global_init(CURL_GLOBAL_DEFAULT);
  Multi multi(curl_multi_init());
  if (!multi) return std::unexpected("libcurl cannot be initialised");
  curl_multi_setopt(multi.get(), CURLMOPT_MAXCONNECTS, static_cast<long>(settings.limits.in_flight));
  return std::make_unique<CurlClient>(std::move(settings), network, std::move(failed), std::move(multi));
}

}  // namespace porchlight::webhook
