#include "server/reloader.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <condition_variable>
#include <iterator>
#include <mutex>

#include "base/clock.h"
#include "base/logging.h"
#include "node/config_check.h"

namespace porchlight::server {
namespace {

// Keys, and beginnings of keys, that take effect without a restart.
constexpr std::string_view kReplaceable[] = {"tls.certificate", "tls.key",   "log_level",
                                             "throttle.",       "webhooks.", "streams.origins"};

bool is_replaceable(std::string_view key) {
  return std::ranges::any_of(kReplaceable, [&](std::string_view begin) { return key.starts_with(begin); });
}

// Issuers are compared as a whole: their rows have no keys of their own.
bool is_of_issuer(std::string_view key) { return key.starts_with("issuer."); }

std::string joined(const std::vector<std::string>& keys) { return fmt::format("{}", fmt::join(keys, ",")); }

}  // namespace

Reloader::Reloader(const node::Config& config, ConfigAgain again, ReplaceableParts parts,
                   audit::AuditLog& audit, const Clock& clock)
    : read_(std::move(again.read)),
      begins_(std::move(again.begins)),
      ended_(std::move(again.ended)),
      parts_(std::move(parts)),
      audit_(audit),
      clock_(clock),
      config_(config),
      rows_(std::move(again.rows)),
      stamp_(CertificateStamp::of(config.tls_certificate, config.tls_key)),
      thread_([this](const std::stop_token& stop) { watch(stop); }) {}

Reloader::~Reloader() { close(); }

void Reloader::close() {
  {
    const MutexLock lock(mutex_);
    closed_ = true;
  }
  thread_.request_stop();
  if (thread_.joinable()) thread_.join();
}

std::vector<node::SettingRow> Reloader::rows() const {
  const MutexLock lock(mutex_);
  return rows_;
}

std::expected<ReloadReport, std::string> Reloader::reload(const audit::Actor& by) {
  const MutexLock lock(mutex_);
  if (closed_) return std::unexpected("the server is stopping");
  if (!read_) return std::unexpected("this server has no configuration to read again");
  auto report = apply_audited(by);
  if (report)
    log_info("reloaded",
             {{"applied", joined(report->applied)}, {"needs_restart", joined(report->needs_restart)}});
  else
    log_error("the configuration was not reloaded, so nothing changed: " + report.error());
  return report;
}

// As other changes, a reload has an entry before it begins. That has the keys that have changed, and no value.
std::expected<ReloadReport, std::string> Reloader::apply_audited(const audit::Actor& by) {
  audit::AuditEntry entry{.at = clock_.wall(), .actor = by, .action = "reload"};
  const auto number = audit_.begin(entry);
  if (!number) return std::unexpected(number.error());
  begins_();
  auto report = apply(read_());
  ended_();
  entry.outcome = report ? audit::ChangeOutcome::kDone : audit::ChangeOutcome::kFailed;
  if (report) {
    entry.members = report->applied;
    std::ranges::copy(report->needs_restart, std::back_inserter(entry.members));
  }
  audit_.finish(*number, entry);
  return report;
}

// What can fail comes first, so that an error changes nothing.
std::expected<ReloadReport, std::string> Reloader::apply(node::ReadConfig next) {
  if (next.faults.empty()) next.faults = node::config_faults(next.config, SystemClock().wall());
  if (!next.faults.empty()) return std::unexpected(next.fault_text());
  const auto loaded = load_certificate(next.config);
  if (!loaded) return std::unexpected(loaded.error());
  const bool new_issuers = next.config.issuers != config_.issuers;
  if (auto set = parts_.set_issuers(next.config.issuers); !set) return std::unexpected(set.error());
  if (next.config.budgets != config_.budgets) parts_.set_budgets(next.config.budgets);
  if (next.config.webhooks != config_.webhooks) parts_.set_webhooks(next.config.webhooks);
  parts_.set_origins(next.config.settings.streams.origins);
  set_log_level(next.config.level);
  if (next.config.tls_certificate.empty()) {
    next.config.tls_certificate = config_.tls_certificate;
    next.config.tls_key = config_.tls_key;
  }
  config_ = std::move(next.config);
  ReloadReport report = update_rows(next.rows);
  if (new_issuers) report.applied.emplace_back("issuer");
  if (*loaded && std::ranges::count(report.applied, "tls.certificate") == 0)
    report.applied.emplace_back("tls.certificate");
  return report;
}

// Returns whether the certificate was loaded. A server without TLS listeners needs none, and a self-signed one is made
// at a start only.
std::expected<bool, std::string> Reloader::load_certificate(const node::Config& next) {
  if (!parts_.set_tls || next.tls_certificate.empty()) return false;
  auto stamp = CertificateStamp::of(next.tls_certificate, next.tls_key);
  if (stamp == stamp_) return false;
  stamp_ = std::move(stamp);
  auto context = http::TlsContext::load(next.tls_certificate, next.tls_key);
  if (!context) return std::unexpected(context.error());
  const auto validity = (*context)->validity(SystemClock().wall());
  if (!validity.good)
    return std::unexpected(next.tls_certificate.string() + ": clients refuse the certificate: it is " +
                           validity.text);
  parts_.set_tls(*context);
  return true;
}

// Compares with the settings in effect, and takes over those that have been replaced.
ReloadReport Reloader::update_rows(const std::vector<node::SettingRow>& next) {
  ReloadReport report;
  std::erase_if(rows_, [](const node::SettingRow& row) { return is_of_issuer(row.key); });
  for (const node::SettingRow& row : next) {
    if (is_of_issuer(row.key)) {
      rows_.push_back(row);
      continue;
    }
    const auto current = std::ranges::find(rows_, row.key, &node::SettingRow::key);
    const bool changed = current->value != row.value;
    const bool replaceable = is_replaceable(row.key) && !(row.key.starts_with("tls.") && row.value.empty());
    if (changed) (replaceable ? report.applied : report.needs_restart).push_back(row.key);
    if (replaceable || !changed) *current = row;
  }
  return report;
}

void Reloader::check_certificate() {
  const MutexLock lock(mutex_);
  if (closed_) return;
  const auto loaded = load_certificate(config_);
  if (!loaded)
    log_error("the changed TLS certificate is not valid, so the last one is used: " + loaded.error());
  else if (*loaded)
    log_info("the TLS certificate has changed and is in use",
             {{"certificate", config_.tls_certificate.string()}});
}

void Reloader::watch(const std::stop_token& stop) {
  std::mutex mutex;
  std::condition_variable_any pause;
  std::unique_lock lock(mutex);
  while (!pause.wait_for(lock, stop, kCertificateLookEvery, [&] { return stop.stop_requested(); }))
    check_certificate();
}

}  // namespace porchlight::server
