// What was measured, as a table for people and as JSON.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace porchlight::bench {

using Samples = std::vector<double>;

double median(Samples samples);
// Of each round, the first over the second: what disturbs a round disturbs both alike.
Samples ratios(const Samples& over, const Samples& under);

// What a figure should be, in words, and whether its median is.
struct Target {
  std::string text;
  bool met;
};

class Report {
 public:
  void add(std::string what, std::string unit, const Samples& samples, std::optional<Target> target = {});
  // Median, least and most of each figure, and the targets.
  std::string table() const;
  std::string json() const;

 private:
  struct Row {
    std::string what, unit;
    double median, min, max;
    std::optional<Target> target;
  };
  std::vector<Row> rows_;
};

Target at_most(double limit, const Samples& samples, const std::string& text);
Target at_least(double limit, const Samples& samples, const std::string& text);

// Says on stderr what is being done.
void progress(const std::string& what);

}  // namespace porchlight::bench
