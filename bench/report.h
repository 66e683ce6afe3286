// The measured figures, as a table and as JSON.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace porchlight::bench {

using Samples = std::vector<double>;

double median(Samples samples);
// The ratio of both in each round: a disturbance of a round affects both.
Samples ratios(const Samples& over, const Samples& under);

// The target of a figure, in words, and whether its median meets it.
struct Target {
  std::string text;
  bool met;
};

class Report {
 public:
  void add(std::string what, std::string unit, const Samples& samples, std::optional<Target> target = {});
  // The median, minimum and maximum of each figure, and the targets.
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

// Writes to stderr what is being done.
void progress(const std::string& what);

}  // namespace porchlight::bench
