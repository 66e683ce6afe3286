// Reads values of settings into a Config, and collects what is wrong. Used by config_sources.cc; config.cc has the
// settings.
#pragma once

#include <toml++/toml.h>

#include <filesystem>
#include <string>
#include <vector>

#include "node/config.h"
#include "node/config_sources.h"
#include "node/settings_reader.h"
#include "throttle/quota.h"

namespace porchlight::node {

// Not thread-safe; refers to its Config.
class ConfigReader {
 public:
  // `file`: for the places in faults; relative paths are relative to its folder.
  ConfigReader(const std::filesystem::path& file, const std::filesystem::path& credentials, Config& config);

  // The keys, without those of issuers: they are only in the file.
  std::vector<std::string> keys() const { return reader_.names(); }
  // Applies the whole file.
  void read(toml::table root);
  // Applies one value.
  void read(const TextValue& value) { reader_.read(value.key, value.text, value.origin); }
  void add_fault(std::string text) { reader_.add_fault(std::move(text)); }
  // Checks what concerns several settings and completes the Config. Returns all faults. Call it once, after all values.
  std::vector<std::string> finish();
  // All settings in effect.
  std::vector<SettingRow> rows() const;

 private:
  // The requests of a budget while they are read: the parser stores std::size_t, a budget has 32 bits.
  struct BudgetSetting {
    throttle::Budget& budget;
    std::size_t requests = budget.requests;
    void store() { budget.requests = static_cast<std::uint32_t>(requests); }
  };

  Config& config_;
  settings::SettingsReader reader_;
  BudgetSetting reads_{config_.budgets.reads}, presence_{config_.budgets.presence},
      graph_{config_.budgets.graph};
  std::vector<std::string> pairs_;
  std::vector<SettingRow> issuer_rows_;
};

}  // namespace porchlight::node
