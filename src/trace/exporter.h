// Sends spans to a collector by OTLP/HTTP, as JSON.
#pragma once

#include <cstdint>
#include <string>
#include <thread>
#include <vector>

#include "base/counter.h"
#include "base/mutex.h"
#include "trace/span.h"

namespace porchlight::trace {

// Spans that wait; further ones are dropped and counted.
inline constexpr std::size_t kWaitingSpansMax = 8192;
// Spans of one post.
inline constexpr std::size_t kSpansPerPost = 512;

// Whether the text is an address to which spans can be posted: "http(s)://host[:port][/path]". Without a user and a
// query, which may be secrets: the address is shown with the settings.
bool is_collector_url(const std::string& url);

// Not thread-safe.
class SpanQueue {
 public:
  // Returns false, and drops the span, if kWaitingSpansMax wait.
  bool push(EndedSpan span);
  // Removes the oldest `most`, or fewer if fewer wait.
  std::vector<EndedSpan> take(std::size_t most);
  std::size_t size() const { return spans_.size(); }

 private:
  std::vector<EndedSpan> spans_;
};

class SpanExporter {
 public:
  struct ExporterSettings {
    std::string endpoint;     // is_collector_url(); "/v1/traces" is added
    std::size_t percent = 0;  // of the requests without a caller's decision that are sampled
    std::string version;      // of the server
  };
  // Starts the thread that posts.
  explicit SpanExporter(ExporterSettings settings);
  // Posts what waits once, within some seconds.
  ~SpanExporter();

  // Any thread; does not wait for the collector.
  void add(EndedSpan span);

  std::size_t percent() const { return settings_.percent; }
  // For metrics: spans that were dropped, because too many waited or a post failed; and those that were sent.
  const SharedCounter& dropped() const { return dropped_; }
  const SharedCounter& sent() const { return sent_; }

 private:
  void run();
  void post(const std::vector<EndedSpan>& spans);

  const ExporterSettings settings_;
  SharedCounter dropped_, sent_;
  Mutex mutex_;
  CondVar wake_;
  SpanQueue waiting_ ABSL_GUARDED_BY(mutex_);
  bool is_stopping_ ABSL_GUARDED_BY(mutex_) = false;
  std::thread thread_;
};

}  // namespace porchlight::trace
