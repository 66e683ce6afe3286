#include "metrics/exposition.h"

#include <prometheus/text_serializer.h>

#include <algorithm>
#include <limits>
#include <numeric>
#include <sstream>

namespace porchlight::metrics {
namespace {

prometheus::MetricFamily family(std::string_view name, std::string_view help, prometheus::MetricType type) {
  return {std::string(name), std::string(help), type, {}};
}

}  // namespace

std::uint64_t HistogramSum::count() const {
  return std::accumulate(counts_.begin(), counts_.end(), std::uint64_t{0});
}

double HistogramSum::quantile(double share) const {
  double left = share * static_cast<double>(count());
  double from = 0;
  for (std::size_t i = 0; i < bounds_.size() && left > 0; ++i) {
    const auto in_range = static_cast<double>(counts_[i]);
    if (left <= in_range) return from + (bounds_[i] - from) * left / in_range;
    left -= in_range;
    from = bounds_[i];
  }
  return from;
}

void Exposition::counter(std::string_view name, std::string_view help) {
  families_.push_back(family(name, help, prometheus::MetricType::Counter));
}

void Exposition::gauge(std::string_view name, std::string_view help) {
  families_.push_back(family(name, help, prometheus::MetricType::Gauge));
}

void Exposition::histogram(std::string_view name, std::string_view help) {
  families_.push_back(family(name, help, prometheus::MetricType::Histogram));
}

prometheus::ClientMetric& Exposition::add(Labels labels) {
  prometheus::ClientMetric& metric = families_.back().metric.emplace_back();
  metric.label.reserve(labels.size());
  for (const auto& [name, value] : labels) metric.label.push_back({std::string(name), std::string(value)});
  return metric;
}

void Exposition::sample(Labels labels, double value) {
  prometheus::ClientMetric& metric = add(labels);
  if (families_.back().type == prometheus::MetricType::Counter)
    metric.counter.value = value;
  else
    metric.gauge.value = value;
}

void Exposition::sample(Labels labels, const HistogramSum& values) {
  prometheus::ClientMetric::Histogram& histogram = add(labels).histogram;
  histogram.sample_sum = values.sum_;
  histogram.bucket.reserve(values.counts_.size());
  for (std::size_t i = 0; i < values.counts_.size(); ++i) {
    histogram.sample_count += values.counts_[i];
    const bool has_bound = i < values.bounds_.size();
    histogram.bucket.push_back(
        {histogram.sample_count, has_bound ? values.bounds_[i] : std::numeric_limits<double>::infinity()});
  }
}

void Exposition::counter(std::string_view name, std::string_view help, double value) {
  counter(name, help);
  sample({}, value);
}

void Exposition::gauge(std::string_view name, std::string_view help, double value) {
  gauge(name, help);
  sample({}, value);
}

std::string Exposition::text() const {
  std::vector<prometheus::MetricFamily> with_samples;
  with_samples.reserve(families_.size());
  std::ranges::copy_if(families_, std::back_inserter(with_samples),
                       [](const prometheus::MetricFamily& one) { return !one.metric.empty(); });
  std::ostringstream out;
  prometheus::TextSerializer().Serialize(out, with_samples);
  return std::move(out).str();
}

}  // namespace porchlight::metrics
