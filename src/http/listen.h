// Opens listening sockets: TCP addresses as text, and the Unix socket of the data folder.
#pragma once

#include <expected>
#include <filesystem>
#include <string>
#include <string_view>

namespace porchlight::http {

// Listens on `host:port` or `[v6]:port` (port 0: any free one), non-blocking, with SO_REUSEPORT. Returns a
// descriptor that the caller owns. The error names the address and the reason.
std::expected<int, std::string> listen_tcp(std::string_view address);
// The port of a listening descriptor; 0 if it has none.
int port_of(int fd);
// Listens on a Unix socket with mode 0600. A stale one, without a listener, is replaced.
std::expected<int, std::string> listen_unix(const std::filesystem::path& path);

}  // namespace porchlight::http
