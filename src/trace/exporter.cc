#include "trace/exporter.h"

#include <curl/curl.h>

#include <algorithm>
#include <chrono>
#include <iterator>
#include <memory>
#include <utility>

namespace porchlight::trace {
namespace {

constexpr long kPostTimeoutMs = 2000;
// Spans of this time are posted together.
constexpr auto kPostEvery = std::chrono::seconds(1);

struct CurlDeleter {
  void operator()(CURL* curl) const { curl_easy_cleanup(curl); }
  void operator()(curl_slist* list) const { curl_slist_free_all(list); }
  void operator()(CURLU* url) const { curl_url_cleanup(url); }
  void operator()(char* text) const { curl_free(text); }
};

// Empty if the URL has no such part.
std::string part_of(CURLU* url, CURLUPart part) {
  char* text = nullptr;
  curl_url_get(url, part, &text, 0);
  const std::unique_ptr<char, CurlDeleter> owned(text);
  return owned ? std::string(owned.get()) : std::string();
}

// The base of the protocol's paths may end with a slash.
std::string traces_url(std::string endpoint) {
  if (endpoint.ends_with('/')) endpoint.pop_back();
  return endpoint + "/v1/traces";
}

std::size_t discard(char*, std::size_t size, std::size_t count, void*) { return size * count; }

}  // namespace

bool is_collector_url(const std::string& url) {
  const bool is_bare = url.find_first_of("?#@") == std::string::npos;
  const bool has_scheme = url.starts_with("http://") || url.starts_with("https://");
  const std::unique_ptr<CURLU, CurlDeleter> parsed(curl_url());
  return is_bare && has_scheme && curl_url_set(parsed.get(), CURLUPART_URL, url.c_str(), 0) == CURLUE_OK &&
         !part_of(parsed.get(), CURLUPART_HOST).empty();
}

bool SpanQueue::push(EndedSpan span) {
  if (spans_.size() >= kWaitingSpansMax) return false;
  spans_.push_back(std::move(span));
  return true;
}

std::vector<EndedSpan> SpanQueue::take(std::size_t most) {
  const auto end = spans_.begin() + static_cast<std::ptrdiff_t>(std::min(most, spans_.size()));
  std::vector<EndedSpan> taken(std::move_iterator(spans_.begin()), std::move_iterator(end));
  spans_.erase(spans_.begin(), end);
  return taken;
}

SpanExporter::SpanExporter(ExporterSettings settings)
    : settings_(std::move(settings)), thread_([this] { run(); }) {}

SpanExporter::~SpanExporter() {
  {
    const MutexLock lock(mutex_);
    is_stopping_ = true;
  }
  wake_.notify_one();
  thread_.join();
}

void SpanExporter::add(EndedSpan span) {
  const MutexLock lock(mutex_);
  if (!waiting_.push(std::move(span))) return dropped_.add();
  if (waiting_.size() == kSpansPerPost) wake_.notify_one();
}

void SpanExporter::run() {
  MutexLock lock(mutex_);
  while (!is_stopping_ || waiting_.size() != 0) {
    const auto until = std::chrono::steady_clock::now() + kPostEvery;
    while (!is_stopping_ && waiting_.size() < kSpansPerPost) {
      if (!wake_.wait_until(mutex_, until)) break;
    }
    if (waiting_.size() == 0) continue;
    const std::vector<EndedSpan> spans = waiting_.take(is_stopping_ ? kWaitingSpansMax : kSpansPerPost);
    lock.unlock();
    post(spans);
    lock.lock();
  }
}

// A post that fails is not repeated: traces are samples.
void SpanExporter::post(const std::vector<EndedSpan>& spans) {
  const std::unique_ptr<CURL, CurlDeleter> curl(curl_easy_init());
  const std::unique_ptr<curl_slist, CurlDeleter> headers(
      curl_slist_append(nullptr, "Content-Type: application/json"));
  const std::string body = otlp_json(spans, settings_.version);
  const std::string url = traces_url(settings_.endpoint);
  curl_easy_setopt(curl.get(), CURLOPT_URL, url.c_str());
  curl_easy_setopt(curl.get(), CURLOPT_PROTOCOLS_STR, "http,https");
  curl_easy_setopt(curl.get(), CURLOPT_PROXY, "");
  curl_easy_setopt(curl.get(), CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(curl.get(), CURLOPT_TIMEOUT_MS, kPostTimeoutMs);
  curl_easy_setopt(curl.get(), CURLOPT_HTTPHEADER, headers.get());
  curl_easy_setopt(curl.get(), CURLOPT_POSTFIELDS, body.data());
  curl_easy_setopt(curl.get(), CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(body.size()));
  curl_easy_setopt(curl.get(), CURLOPT_WRITEFUNCTION, discard);
  const CURLcode code = curl_easy_perform(curl.get());
  long status = 0;
  curl_easy_getinfo(curl.get(), CURLINFO_RESPONSE_CODE, &status);
  const bool is_sent = code == CURLE_OK && status >= 200 && status < 300;
  (is_sent ? sent_ : dropped_).add(spans.size());
}

}  // namespace porchlight::trace
