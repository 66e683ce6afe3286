// The configured issuers as the verifier needs them.
#pragma once

#include <expected>
#include <string>
#include <vector>

#include "identity/keys.h"
#include "node/config.h"

namespace porchlight::node {

// An issuer with the keys of its file; without keys if they are fetched. An error is a sentence: the file cannot be
// read, or has no usable key.
std::expected<identity::Issuer, std::string> configured_issuer(const TrustedIssuer& trusted);
// All of them; the first error.
std::expected<std::vector<identity::Issuer>, std::string> configured_issuers(
    const std::vector<TrustedIssuer>& all);

}  // namespace porchlight::node
