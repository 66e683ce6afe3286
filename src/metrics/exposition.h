// A page of metrics in the text form of Prometheus (version 0.0.4). Names and labels follow OpenTelemetry's semantic
// conventions in Prometheus spelling (docs/metrics.md). One page is made by one thread.
#pragma once

#include <prometheus/metric_family.h>

#include <array>
#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace porchlight::metrics {

// The media type of a page.
inline constexpr std::string_view kContentType = "text/plain; version=0.0.4; charset=utf-8";

// Factors from the unit in which a module counts to the base unit of the metric.
inline constexpr double kSecondsPerNanosecond = 1e-9;
inline constexpr double kOne = 1;

// The sum of histograms with the same bounds, in base units.
class HistogramSum {
 public:
  template <typename Bounds>
  HistogramSum(const Bounds& bounds, double unit) : counts_(bounds.size() + 1), unit_(unit) {
    bounds_.reserve(bounds.size());
    for (const std::uint64_t bound : bounds) bounds_.push_back(static_cast<double>(bound) * unit);
  }
  template <typename Histogram>
  HistogramSum& add(const Histogram& histogram) {
    for (std::size_t i = 0; i < counts_.size(); ++i) counts_[i] += histogram.count(i);
    sum_ += static_cast<double>(histogram.sum()) * unit_;
    return *this;
  }
  bool empty() const { return count() == 0; }
  std::uint64_t count() const;
  double sum() const { return sum_; }
  // The value that `share` of all values do not exceed, in base units, by a straight line within its range; the last
  // bound if it lies beyond that. 0 without values.
  double quantile(double share) const;

 private:
  friend class Exposition;
  std::vector<double> bounds_;
  std::vector<std::uint64_t> counts_;  // by range; the last one is beyond the bounds
  double unit_;
  double sum_ = 0;
};

// The page as it is made: a metric, and then its samples.
class Exposition {
 public:
  using Label = std::pair<std::string_view, std::string_view>;
  using Labels = std::initializer_list<Label>;

  // Begin a metric. A name is used once on a page; that of a counter ends with _total. `help` is one sentence.
  void counter(std::string_view name, std::string_view help);
  void gauge(std::string_view name, std::string_view help);
  void histogram(std::string_view name, std::string_view help);

  // Add a sample of the metric begun last. Label values are texts of the program, never of a client.
  void sample(Labels labels, double value);
  void sample(Labels labels, const HistogramSum& values);

  // A metric with one sample.
  void counter(std::string_view name, std::string_view help, double value);
  void gauge(std::string_view name, std::string_view help, double value);

  // The text. Metrics without a sample are left out.
  std::string text() const;

 private:
  prometheus::ClientMetric& add(Labels labels);

  std::vector<prometheus::MetricFamily> families_;
};

}  // namespace porchlight::metrics
