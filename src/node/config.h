// The settings of a server: what porchlight.toml may say, with the defaults. porchlight.toml.example
// documents each.
#pragma once

#include <expected>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/guid.h"
#include "base/time.h"
#include "graph/call/services.h"
#include "http/limits.h"
#include "identity/claim_map.h"
#include "identity/cloud.h"
#include "identity/keys.h"
#include "throttle/quota.h"
#include "webhook/curl_client.h"

namespace porchlight::node {

// An issuer outside this server whose tokens are believed.
struct TrustedIssuer {
  std::string iss;
  std::optional<Guid> tenant;  // absent: `iss` has `{tenantid}` in its place
  // Where its keys are: one of the three.
  std::filesystem::path jwks_file;
  std::string discovery_url;
  std::string jwks_url;
  std::filesystem::path ca_file;  // whom to trust at the address; empty: the system's
  identity::ClaimMap claims;
  std::vector<std::string> audiences;  // instead of the server's, where there are any
};

struct Config {
  std::vector<std::string> listen;
  std::vector<std::string> tls_listen;
  std::filesystem::path tls_certificate;  // both or none; none: self-made
  std::filesystem::path tls_key;
  std::string public_base_url;                 // empty: what each client used
  std::size_t threads = 0;                     // 0: one per processor
  std::string level = "info";                  // of what the server says on stderr
  Duration retention = std::chrono::days(30);  // of events in the log, beyond what snapshots hold
  Duration history = std::chrono::days(30);    // how far back the past may be asked for; 0: not at all
  throttle::Budgets budgets;
  graph::GraphSettings settings;
  http::Limits limits;
  webhook::WebhookClientSettings webhooks;  // whom subscribers may have called
  std::vector<TrustedIssuer> issuers;
  std::vector<std::string> audiences;     // beside Graph's own
  std::vector<identity::Cloud> clouds;    // whose names we go by; the first for hosts that are none of theirs
  std::filesystem::path calendar_folder;  // of people's calendars; empty: none
  bool authority = false;                 // whether people and applications can sign in here
  bool password_grant = false;            // whether programs may send people's passwords
  identity::Algorithm signing = identity::Algorithm::kRs256;  // of the keys that the authority makes
};

// Reads settings from TOML text; `file` is named in errors, and relative paths are relative to its folder.
// The error is for a person: file, line, key, value and what is allowed.
std::expected<Config, std::string> parse_config(std::string_view text, const std::filesystem::path& file);
std::expected<Config, std::string> load_config(const std::filesystem::path& file);

// What is wrong with `host:port` or `[v6]:port` as an address to listen on; empty where nothing is.
std::string_view address_fault(std::string_view address);

// The host of such an address, without brackets.
std::string_view host_of(std::string_view address);

}  // namespace porchlight::node
