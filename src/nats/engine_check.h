// Whether the servers of the message engine keep what they acknowledge. Asked of their monitoring addresses: a server
// tells only there whether it writes through to the disk.
#pragma once

#include <array>
#include <expected>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/time.h"

namespace porchlight::nats {

// Earlier versions lose streams in a power cut, and acknowledged writes when servers are cut off.
inline constexpr std::array<unsigned, 3> kEngineVersionMin = {2, 10, 27};

inline constexpr std::size_t kMonitoringBytesMax = 256 * 1024;  // of an answer; a longer one is an error
inline constexpr Duration kMonitoringWithin = std::chrono::seconds(5);  // for an answer

// Why a server must not be used, by what it says of itself (/varz); nullopt if it may be. Accepts any bytes.
std::optional<std::string> fault_of_server(std::string_view varz);

// Asks the servers with these monitoring addresses (`http://host:port`, or https) one after the other. Fails with the
// address and the reason if one can't be asked, is too old, has no JetStream, or does not have `sync_interval: always`.
// `ca_file`: PEM certificates to trust for https; empty: the system's. Waits.
std::expected<void, std::string> check_engine(const std::vector<std::string>& monitoring,
                                              const std::string& ca_file);

}  // namespace porchlight::nats
