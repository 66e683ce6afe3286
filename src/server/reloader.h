// Applies a changed configuration and changed certificate files to a running server. No request is delayed: what the
// serving loops use is replaced between two iterations, or read where it is used.
#pragma once

#include <chrono>
#include <expected>
#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "audit/audit_log.h"
#include "base/clock.h"
#include "base/mutex.h"
#include "http/tls.h"
#include "node/config_sources.h"
#include "server/file_stamp.h"

namespace porchlight::server {

// How often certificate files are looked at.
inline constexpr std::chrono::minutes kCertificateLookEvery{1};

// The parts of a server that can be replaced while it runs. Called on the reloading thread, one at a time.
struct ReplaceableParts {
  std::function<void(const std::shared_ptr<http::TlsContext>&)>
      set_tls;  // empty: the server has no TLS listener
  std::function<std::expected<void, std::string>(const std::vector<node::TrustedIssuer>&)> set_issuers;
  std::function<void(const throttle::Budgets&)> set_budgets;
  std::function<void(const webhook::WebhookClientSettings&)> set_webhooks;
  std::function<void(const std::vector<std::string>&)> set_origins;
};

// What a reload did, as keys of the configuration.
struct ReloadReport {
  std::vector<std::string> applied;
  std::vector<std::string> needs_restart;  // changed, and in effect after a restart only
};

// How the configuration of a server is read again.
struct ConfigAgain {
  std::vector<node::SettingRow> rows;      // the settings that the server started with
  std::function<node::ReadConfig()> read;  // empty: the configuration is never read again
  std::function<void()> begins = [] {};    // called before and after each reload
  std::function<void()> ended = [] {};
};

// Functions are called on any thread, and wait for each other.
class Reloader {
 public:
  // `config`: what the server runs with. Looks at certificate files from a thread of its own.
  // `audit` gets an entry of each reload, with times of `clock`; both outlive close().
  Reloader(const node::Config& config, ConfigAgain again, ReplaceableParts parts, audit::AuditLog& audit,
           const Clock& clock);
  // Calls close().
  ~Reloader();

  // Reads the configuration again and applies it, as `by` asks. The error, a sentence or several lines, says why it is
  // not valid, or that the audit log takes no entries; nothing has changed then. Logs what it did.
  std::expected<ReloadReport, std::string> reload(const audit::Actor& by);
  // Loads the certificate if one of its files has changed. Logs what it did; files that are not valid are reported once
  // and the certificate in use stays.
  void check_certificate();
  // The settings in effect, those that need a restart as the server started with them.
  std::vector<node::SettingRow> rows() const;
  // Ends the thread. From then on a reload is an error, and nothing of the server is used.
  void close();

 private:
  std::expected<ReloadReport, std::string> apply_audited(const audit::Actor& by)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  std::expected<ReloadReport, std::string> apply(node::ReadConfig next) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  std::expected<bool, std::string> load_certificate(const node::Config& next)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  ReloadReport update_rows(const std::vector<node::SettingRow>& next) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void watch(const std::stop_token& stop);

  const std::function<node::ReadConfig()> read_;
  const std::function<void()> begins_, ended_;
  const ReplaceableParts parts_;
  audit::AuditLog& audit_;
  const Clock& clock_;
  mutable Mutex mutex_;  // held while something is replaced
  bool closed_ ABSL_GUARDED_BY(mutex_) = false;
  node::Config config_ ABSL_GUARDED_BY(mutex_);  // in effect, as far as it can be replaced
  std::vector<node::SettingRow> rows_ ABSL_GUARDED_BY(mutex_);
  CertificateStamp stamp_ ABSL_GUARDED_BY(mutex_);  // of the files that were last loaded or refused
  std::jthread thread_;
};

}  // namespace porchlight::server
