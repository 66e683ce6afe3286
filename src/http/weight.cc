#include "http/weight.h"

#include "base/split.h"
#include "base/text.h"

namespace porchlight::http {
namespace {

constexpr int kFullWeight = 1000;

int parse_weight(std::string_view weight) {
  if (weight.empty() || weight.size() > 5 || weight[0] != '0') return kFullWeight;
  int value = 0;
  for (std::size_t i = 2; i < 5; ++i)
    value = value * 10 + (i < weight.size() && is_digit(weight[i]) ? weight[i] - '0' : 0);
  return value;
}

}  // namespace

int weight_of(std::string_view entry) {
  for (const std::string_view parameter : split(entry, ';')) {
    const auto [name, value] = split_once(parameter, '=');
    if (equals_ignore_case(trimmed(name), "q")) return parse_weight(trimmed(value));
  }
  return kFullWeight;
}

}  // namespace porchlight::http
