// Opens listening sockets: TCP addresses as text, and the Unix socket of the data folder.
#pragma once

#include <expected>
#include <filesystem>
#include <string>
#include <string_view>

namespace porchlight::http {

// Listens on `host:port` or `[v6]:port` (port 0: any free one), non-blocking, SO_REUSEPORT. Gives the
// descriptor; the error names the address and the reason.
std::expected<int, std::string> listen_tcp(std::string_view address);
// The port a listening descriptor has.
int port_of(int fd);
// A Unix socket with mode 0600; a stale one (nobody listens) is replaced.
std::expected<int, std::string> listen_unix(const std::filesystem::path& path);

}  // namespace porchlight::http
