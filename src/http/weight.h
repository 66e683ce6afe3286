// Weights of negotiation, `;q=0.5` (RFC 9110 §12.4.2).
#pragma once

#include <string_view>

namespace porchlight::http {

// The weight of one entry of a list, `gzip;q=0.25`, in thousandths: 250. Without a weight, or with one that is not
// valid, 1000.
int weight_of(std::string_view entry);

}  // namespace porchlight::http
