#include "node/config_check.h"

#include <system_error>

#include "http/tls.h"
#include "node/configured_issuers.h"

namespace porchlight::node {
namespace {

using Faults = std::vector<std::string>;

void check_certificate(const Config& config, Time now, Faults& faults) {
  if (config.tls_certificate.empty()) return;
  const auto context = http::TlsContext::load(config.tls_certificate, config.tls_key);
  if (!context) return faults.push_back(context.error());
  const auto validity = (*context)->validity(now);
  if (!validity.good)
    faults.push_back(config.tls_certificate.string() + ": clients refuse the certificate: it is " +
                     validity.text);
}

void check_authorities(const std::filesystem::path& file, Faults& faults) {
  if (file.empty()) return;
  if (auto fault = webhook::ca_file_error(file)) faults.push_back(*std::move(fault));
}

void check_folder(const std::filesystem::path& folder, Faults& faults) {
  if (folder.empty()) return;
  std::error_code error;
  const std::filesystem::directory_iterator entries(folder, error);
  if (error) faults.push_back(folder.string() + ": is no folder that can be read: " + error.message());
}

}  // namespace

std::vector<std::string> config_faults(const Config& config, Time now) {
  Faults faults;
  check_certificate(config, now, faults);
  check_authorities(config.webhooks.ca_file, faults);
  check_folder(config.calendar_folder, faults);
  check_folder(config.backup_folder, faults);
  for (const TrustedIssuer& trusted : config.issuers) {
    check_authorities(trusted.ca_file, faults);
    if (const auto issuer = configured_issuer(trusted); !issuer) faults.push_back(issuer.error());
  }
  return faults;
}

}  // namespace porchlight::node
