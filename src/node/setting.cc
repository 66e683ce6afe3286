#include "node/setting.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "base/time_text.h"

namespace porchlight::node::settings {
namespace {

constexpr Duration kTimeoutMax = std::chrono::hours(24);

}  // namespace

// In the largest unit that has no remainder.
std::string shown(Duration value) {
  static constexpr std::pair<std::int64_t, std::string_view> kUnits[] = {
      {86'400'000, "d"}, {3'600'000, "h"}, {60'000, "m"}, {1'000, "s"}, {1, "ms"}};
  for (const auto& [milliseconds, name] : kUnits)
    if (value.count() != 0 && value.count() % milliseconds == 0)
      return std::to_string(value.count() / milliseconds).append(name);
  return "off";
}

std::string shown(const std::vector<std::string>& values) {
  return fmt::format("{}", fmt::join(values, ","));
}

Setting whole(std::size_t& out, std::size_t min, std::size_t max) {
  return {[&out, min, max](const toml::node& node) -> ConfigError {
            const auto value = node.value_exact<std::int64_t>();
            if (!value || *value < static_cast<std::int64_t>(min) || *value > static_cast<std::int64_t>(max))
              return "a whole number from " + std::to_string(min) + " to " + std::to_string(max);
            out = static_cast<std::size_t>(*value);
            return std::nullopt;
          },
          [&out] { return std::to_string(out); }};
}

Setting whole_or_none(std::size_t& out, std::size_t min, std::size_t max) {
  return {[&out, setting = whole(out, min, max)](const toml::node& node) -> ConfigError {
            if (node.value_exact<std::int64_t>() != 0) {
              ConfigError allowed = setting.read(node);
              return allowed ? "0, or " + *allowed : allowed;
            }
            out = 0;
            return std::nullopt;
          },
          [&out] { return std::to_string(out); }};
}

Setting duration(Duration& out, Duration min, Duration max, const std::string& allowed) {
  return {[&out, min, max, allowed](const toml::node& node) -> ConfigError {
            const auto text = node.value_exact<std::string>();
            const auto value = text ? parse_human_duration(*text) : std::nullopt;
            if (!value || *value < min || *value > max) return allowed;
            out = *value;
            return std::nullopt;
          },
          [&out] { return shown(out); }};
}

Setting duration_or_off(Duration& out, Duration min, Duration max, const std::string& allowed) {
  return {[&out, setting = duration(out, min, max, allowed + R"(, or "off")")](
              const toml::node& node) -> ConfigError {
            const bool is_off =
                node.value_exact<std::string>() == "off" || node.value_exact<std::int64_t>() == 0;
            if (!is_off) return setting.read(node);
            out = Duration{};
            return std::nullopt;
          },
          [&out] { return shown(out); }};
}

Setting choice(bool& out) {
  return {[&out](const toml::node& node) -> ConfigError {
            const auto value = node.value_exact<bool>();
            if (!value) return "true or false";
            out = *value;
            return std::nullopt;
          },
          [&out] { return std::string(out ? "true" : "false"); }};
}

Setting timeout(Duration& out) {
  return duration(out, std::chrono::milliseconds(100), kTimeoutMax, R"(a duration from "100ms" to "24h")");
}

Setting text(std::string& out, const std::string& allowed, std::function<bool(const std::string&)> good) {
  return {[&out, allowed, good = std::move(good)](const toml::node& node) -> ConfigError {
            const auto value = node.value_exact<std::string>();
            if (!value || !good(*value)) return allowed;
            out = *value;
            return std::nullopt;
          },
          [&out] { return out; }};
}

Setting path(std::filesystem::path& out, const PathFolders& folders) {
  return {[&out, folders](const toml::node& node) -> ConfigError {
            auto resolved = resolve_path(node.value_exact<std::string>().value_or(""), folders);
            if (!resolved) return std::move(resolved).error();
            out = *std::move(resolved);
            return std::nullopt;
          },
          [&out] { return out.string(); }};
}

Setting texts(std::vector<std::string>& out, const std::string& allowed,
              std::function<bool(const std::string&)> good) {
  return {[&out, allowed, good = std::move(good)](const toml::node& node) -> ConfigError {
            const toml::array* array = node.as_array();
            if (!array) return allowed;
            std::vector<std::string> values;
            for (const toml::node& element : *array) {
              const auto value = element.value_exact<std::string>();
              if (!value || !good(*value)) return allowed;
              values.push_back(*value);
            }
            out = std::move(values);
            return std::nullopt;
          },
          [&out] { return shown(out); }};
}

Setting ports(std::vector<std::uint16_t>& out) {
  return {[&out](const toml::node& node) -> ConfigError {
            const toml::array* array = node.as_array();
            std::vector<std::uint16_t> values;
            for (std::size_t i = 0; array && i < array->size(); ++i) {
              const auto value = (*array)[i].value_exact<std::int64_t>();
              if (value && *value >= 1 && *value <= 65535)
                values.push_back(static_cast<std::uint16_t>(*value));
            }
            if (!array || array->empty() || values.size() != array->size())
              return "a list of numbers from 1 to 65535";
            out = std::move(values);
            return std::nullopt;
          },
          [&out] { return fmt::format("{}", fmt::join(out, ",")); }};
}

}  // namespace porchlight::node::settings
