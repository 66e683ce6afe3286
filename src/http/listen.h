// Opens listening sockets: TCP addresses as text, and the Unix socket of the data folder.
#pragma once

#include <expected>
#include <filesystem>
#include <string>
#include <string_view>

namespace porchlight::http {

// Listens on `host:port` or `[v6]:port` (port 0: any free one), non-blocking. Returns a descriptor that the caller
// owns. The error names the address and the reason. It is an error if any other socket listens at the address, also one
// of a server that shares its port between threads.
std::expected<int, std::string> listen_tcp(std::string_view address);
// Another socket at the address of `fd`, a socket of listen_tcp(). The kernel distributes connections over them
// (SO_REUSEPORT). The caller owns the result.
std::expected<int, std::string> share_listener(int fd);
// Another descriptor of the same socket. The caller owns it.
std::expected<int, std::string> duplicate_listener(int fd);
// The port of a listening descriptor; 0 if it has none.
int port_of(int fd);
// Listens on a Unix socket with mode 0600. A stale one, without a listener, is replaced.
std::expected<int, std::string> listen_unix(const std::filesystem::path& path);

}  // namespace porchlight::http
