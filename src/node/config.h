// The configuration of a server, with its defaults. porchlight.toml.example documents each key.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "audit/audit_log.h"
#include "authority/second_factor_policy.h"
#include "base/guid.h"
#include "base/logging.h"
#include "base/time.h"
#include "graph/call/services.h"
#include "http/limits.h"
#include "identity/claim_map.h"
#include "identity/cloud.h"
#include "identity/keys.h"
#include "throttle/quota.h"
#include "webhook/curl_client.h"

namespace porchlight::node {

// The smallest bound of log and history: below it, files that RocksDB needs would not fit.
inline constexpr std::size_t kDiskBytesLeast = 64 * 1024 * 1024;

// An external issuer whose tokens are accepted.
struct TrustedIssuer {
  std::string iss;
  std::optional<Guid> tenant;  // absent: `iss` contains `{tenantid}`
  // Where its keys are; exactly one of the three is set.
  std::filesystem::path jwks_file;
  std::string discovery_url;
  std::string jwks_url;
  std::filesystem::path ca_file;  // trusted CAs for that address; empty: the system's
  identity::ClaimMap claims;
  std::vector<std::string> audiences;  // accepted audiences; empty: the server's
  friend bool operator==(const TrustedIssuer&, const TrustedIssuer&) = default;
};

// All settings. Strings and paths are checked by read_config (config_sources.h).
struct Config {
  std::vector<std::string> listen;  // "host:port", or with the option "host:port proxy_protocol"
  std::vector<std::string> tls_listen;
  std::string metrics_listen;             // "host:port" of the listener of /metrics; empty: none
  std::filesystem::path tls_certificate;  // both or neither; neither: self-signed
  std::filesystem::path tls_key;
  std::string public_base_url;     // empty: links use the host of the request
  std::string traces_endpoint;     // of an OTLP/HTTP collector; empty: no traces are sent
  std::size_t traces_percent = 0;  // of the requests without a caller's decision
  std::size_t threads = 0;         // 0: one per processor
  std::string level = "info";      // lowest level that is logged
  LogFormat log_format = LogFormat::kLogfmt;
  Duration retention = std::chrono::days(30);  // of events in the log, even if a snapshot has them
  Duration history = std::chrono::days(30);    // how far back clients can read; 0: off
  std::size_t log_bytes_max = 0;               // of the files of the log; 0: no bound
  std::size_t history_bytes_max = 0;           // of those of the history; 0: no bound
  audit::AuditLimits audit;
  throttle::Budgets budgets;
  graph::GraphSettings settings;
  http::Limits limits;
  std::vector<IpRange> trusted_proxies;     // proxies that name the clients of their requests
  webhook::WebhookClientSettings webhooks;  // which addresses webhooks may reach
  std::vector<TrustedIssuer> issuers;
  std::vector<std::string> audiences;            // accepted besides Graph's own
  std::vector<identity::Cloud> clouds;           // whose host names are served; the first is for other hosts
  std::vector<std::string> web_frame_ancestors;  // origins whose pages may show the board in a frame
  std::filesystem::path calendar_folder;         // users' calendar files; empty: none
  std::filesystem::path backup_folder;           // of the backups that administrators start; empty: none
  bool authority = false;                        // whether users and applications can sign in here
  bool hold = false;                             // whether time waits for the log (state/hold.h)
  bool notifications = true;                     // whether change notifications are posted
  bool password_grant = false;                   // whether applications may send users' passwords
  // Who needs a second factor to sign in.
  authority::SecondFactorPolicy second_factor = authority::SecondFactorPolicy::kOptional;
  identity::Algorithm signing = identity::Algorithm::kRs256;  // of the authority's new keys
  friend bool operator==(const Config&, const Config&) = default;
};

// All keys that a configuration file may have, with their tables: "http.idle", "issuer.iss".
std::vector<std::string> setting_names();

}  // namespace porchlight::node
