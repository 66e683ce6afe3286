// A post begins with whatever connection to the host is open. Only where it would have to dial, which curl
// asks us for (Transfer::on_dial), its name is looked up, all addresses are checked, and it begins again with
// leave to dial those.
#include "webhook/curl_poster.h"

#include <curl/curl.h>
#include <fmt/format.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <signal.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <map>
#include <mutex>
#include <optional>
#include <thread>

#include "base/clock.h"
#include "webhook/lookups.h"
#include "webhook/transfer.h"

namespace porchlight::webhook {
namespace {

constexpr Duration kPollLongest = std::chrono::seconds(30);

using Multi = std::unique_ptr<CURLM, decltype([](CURLM* multi) { curl_multi_cleanup(multi); })>;

class CurlPoster final : public Poster {
 public:
  CurlPoster(PosterSettings settings, Network& network, Multi multi)
      : settings_(std::move(settings)),
        multi_(std::move(multi)),
        queue_(settings_.limits),
        lookups_{Lookups(network), Lookups(network)},
        thread_([this] { work(); }) {}

  ~CurlPoster() override {
    stopping_ = true;
    curl_multi_wakeup(multi_.get());
    thread_.join();
  }

  void post(Post post, Done done) override;

 private:
  struct LookedUp {
    std::uint64_t number;
    Lookups::Found found;
  };

  void work();
  bool take_posts();
  bool begin_posts();
  bool take_lookups();
  bool end_transfers();
  bool end_late_lookups();
  void wait();
  void end_all();

  void begin(std::unique_ptr<Transfer> transfer, std::vector<Address> checked);
  void look_up(std::unique_ptr<Transfer> transfer);
  void end(std::unique_ptr<Transfer> transfer, Reply reply);

  SteadyTime now() const { return clock_.steady(); }

  const PosterSettings settings_;
  const SystemClock clock_;
  const Multi multi_;
  std::atomic<bool> stopping_ = false;

  std::mutex mutex_;
  std::vector<std::pair<Post, Done>> posts_;  // these two guarded by mutex_
  std::vector<LookedUp> looked_up_;

  // These are the thread's own.
  Queue queue_;
  std::map<CURL*, std::unique_ptr<Transfer>> transfers_;
  std::map<std::uint64_t, std::unique_ptr<Transfer>> looking_up_;
  std::uint64_t lookup_number_ = 0;

  std::array<Lookups, 2> lookups_;  // for hosts that do not answer, and for those that do
  std::thread thread_;
};

void CurlPoster::post(Post post, Done done) {
  {
    const std::lock_guard lock(mutex_);
    posts_.emplace_back(std::move(post), std::move(done));
  }
  curl_multi_wakeup(multi_.get());
}

void CurlPoster::work() {
  // OpenSSL writes to sockets whose peer may be gone.
  sigset_t broken_pipe;
  sigemptyset(&broken_pipe);
  sigaddset(&broken_pipe, SIGPIPE);
  pthread_sigmask(SIG_BLOCK, &broken_pipe, nullptr);

  while (!stopping_) {
    bool moved = take_posts();
    moved |= take_lookups();
    moved |= begin_posts();
    int running = 0;
    curl_multi_perform(multi_.get(), &running);
    moved |= end_transfers();
    moved |= end_late_lookups();
    if (!moved) wait();
  }
  end_all();
}

// Each of these says whether there was anything to do.

bool CurlPoster::take_posts() {
  std::vector<std::pair<Post, Done>> posts;
  {
    const std::lock_guard lock(mutex_);
    posts.swap(posts_);
  }
  for (auto& [post, done] : posts) {
    auto url = parse_url(post.url, settings_.reach, kPostedUrlBytesMax);
    if (!url) {
      done({.fault = Fault::kRefusedAddress});
      continue;
    }
    Errand errand{.url = *std::move(url), .post = std::move(post), .done = std::move(done)};
    if (!queue_.push(errand)) errand.done({.fault = Fault::kOther});
  }
  return !posts.empty();
}

bool CurlPoster::begin_posts() {
  bool any = false;
  while (auto errand = queue_.next(now())) {
    begin(std::make_unique<Transfer>(*std::move(errand), now()), {});
    any = true;
  }
  return any;
}

bool CurlPoster::take_lookups() {
  std::vector<LookedUp> all;
  {
    const std::lock_guard lock(mutex_);
    all.swap(looked_up_);
  }
  for (LookedUp& looked_up : all) {
    auto waiting = looking_up_.extract(looked_up.number);
    if (!waiting) continue;  // too late
    auto& [addresses, own] = looked_up.found;
    const bool refused = std::ranges::any_of(addresses, [&](const Address& address) {
      return refusal(address, settings_.reach.allowed, own).has_value();
    });
    if (refused || addresses.empty()) {
      Reply reply = waiting.mapped()->fail(refused ? Fault::kRefusedAddress : Fault::kResolve, now());
      end(std::move(waiting.mapped()), std::move(reply));
    } else {
      begin(std::move(waiting.mapped()), std::move(addresses));
    }
  }
  return !all.empty();
}

bool CurlPoster::end_transfers() {
  bool any = false;
  int left = 0;
  while (const CURLMsg* message = curl_multi_info_read(multi_.get(), &left)) {
    CURL* const easy = message->easy_handle;
    const CURLcode code = message->data.result;
    curl_multi_remove_handle(multi_.get(), easy);
    auto transfer = std::move(transfers_.extract(easy).mapped());
    if (code != CURLE_OK && transfer->wants_to_dial()) {
      look_up(std::move(transfer));
    } else {
      Reply reply = transfer->take_reply(code, now());
      end(std::move(transfer), std::move(reply));
    }
    any = true;
  }
  return any;
}

bool CurlPoster::end_late_lookups() {
  const SteadyTime time = now();
  bool any = false;
  for (auto entry = looking_up_.begin(); entry != looking_up_.end();) {
    if (entry->second->ends() > time) {
      ++entry;
      continue;
    }
    auto transfer = std::move(entry->second);
    lookups_[transfer->errand().to_answering].forget(entry->first);
    entry = looking_up_.erase(entry);
    Reply reply = transfer->fail(Fault::kTimeout, time);
    end(std::move(transfer), std::move(reply));
    any = true;
  }
  return any;
}

void CurlPoster::wait() {
  SteadyTime until = now() + kPollLongest;
  if (const auto rested = queue_.rested_at()) until = std::min(until, *rested);
  for (const auto& [number, transfer] : looking_up_) until = std::min(until, transfer->ends());
  const auto left = std::max(until - now(), Duration{});
  curl_multi_poll(multi_.get(), nullptr, 0, static_cast<int>(left.count()), nullptr);
}

void CurlPoster::begin(std::unique_ptr<Transfer> transfer, std::vector<Address> checked) {
  CURL* const easy = transfer->prepare(settings_.ca_file, std::move(checked), now());
  if (easy && curl_multi_add_handle(multi_.get(), easy) == CURLM_OK) {
    transfers_.emplace(easy, std::move(transfer));
  } else {
    Reply reply = transfer->fail(Fault::kOther, now());
    end(std::move(transfer), std::move(reply));
  }
}

void CurlPoster::look_up(std::unique_ptr<Transfer> transfer) {
  const std::uint64_t number = ++lookup_number_;
  Lookups& lookups = lookups_[transfer->errand().to_answering];
  Url url = transfer->errand().url;
  looking_up_.emplace(number, std::move(transfer));
  lookups.look_up(number, std::move(url), [this, number](Lookups::Found found) {
    {
      const std::lock_guard lock(mutex_);
      looked_up_.push_back({number, std::move(found)});
    }
    curl_multi_wakeup(multi_.get());
  });
}

void CurlPoster::end(std::unique_ptr<Transfer> transfer, Reply reply) {
  const bool answered = reply.fault == Fault::kNone || reply.fault == Fault::kTooLong;
  queue_.finished(transfer->errand().url.origin(), transfer->errand().to_answering, answered);
  transfer->answer(std::move(reply));
}

void CurlPoster::end_all() {
  for (auto& [easy, transfer] : transfers_) {
    curl_multi_remove_handle(multi_.get(), easy);
    transfer->answer(transfer->fail(Fault::kOther, now()));
  }
  transfers_.clear();
  for (auto& [number, transfer] : looking_up_) transfer->answer(transfer->fail(Fault::kOther, now()));
  looking_up_.clear();
  for (Errand& errand : queue_.take_all()) errand.done({.fault = Fault::kOther});
  for (;;) {
    std::vector<std::pair<Post, Done>> posts;
    {
      const std::lock_guard lock(mutex_);
      posts.swap(posts_);
    }
    if (posts.empty()) return;
    for (auto& [post, done] : posts) done({.fault = Fault::kOther});
  }
}

// What is wrong with a file of certificates; nothing where one can be read from it.
std::optional<std::string> ca_file_fault(const std::filesystem::path& file) {
  const std::unique_ptr<SSL_CTX, decltype([](SSL_CTX* context) { SSL_CTX_free(context); })> context(
      SSL_CTX_new(TLS_client_method()));
  const bool good = context && SSL_CTX_load_verify_file(context.get(), file.c_str()) == 1;
  ERR_clear_error();
  if (good) return std::nullopt;
  return fmt::format("{}: holds no certificates in PEM that can be read", file.string());
}

}  // namespace

std::expected<std::unique_ptr<Poster>, std::string> open_poster(PosterSettings settings, Network& network) {
  if (!settings.ca_file.empty())
    if (auto fault = ca_file_fault(settings.ca_file)) return std::unexpected(*std::move(fault));
  curl_global_init(CURL_GLOBAL_DEFAULT);
  Multi multi(curl_multi_init());
  if (!multi) return std::unexpected("libcurl cannot be set up");
  curl_multi_setopt(multi.get(), CURLMOPT_MAXCONNECTS, static_cast<long>(settings.limits.under_way));
  return std::make_unique<CurlPoster>(std::move(settings), network, std::move(multi));
}

}  // namespace porchlight::webhook
