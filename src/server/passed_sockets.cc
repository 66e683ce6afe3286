#include "server/passed_sockets.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <algorithm>
#include <charconv>
#include <optional>
#include <utility>

#include "base/ip_address.h"
#include "node/listen_entry.h"

namespace porchlight::server {
namespace {

using http::ListenerKind;

std::string_view variable(const node::Environment& environment, const char* name) {
  const auto found = environment.find(name);
  return found == environment.end() ? std::string_view() : std::string_view(found->second);
}

// A whole number from 0; nullopt for any other text.
std::optional<long> count_in(std::string_view text) {
  long number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc{} || end != text.data() + text.size() || number < 0) return std::nullopt;
  return number;
}

int option_of(int fd, int name) {
  int value = -1;
  socklen_t size = sizeof value;
  return ::getsockopt(fd, SOL_SOCKET, name, &value, &size) == 0 ? value : -1;
}

// "127.0.0.1:80" of a TCP socket that listens; what else the descriptor is.
std::expected<std::string, std::string> listening_address(int fd) {
  sockaddr_storage address{};
  socklen_t size = sizeof address;
  auto& plain = reinterpret_cast<sockaddr&>(address);
  if (::getsockname(fd, &plain, &size) != 0) return std::unexpected("is no socket");
  if (option_of(fd, SO_TYPE) != SOCK_STREAM) return std::unexpected("is no stream socket");
  if (option_of(fd, SO_ACCEPTCONN) != 1) return std::unexpected("does not listen");
  const auto ip = IpAddress::of(plain);
  if (!ip) return std::unexpected("is no TCP socket");
  const int port = ntohs(ip->is_v4() ? reinterpret_cast<sockaddr_in&>(address).sin_port
                                     : reinterpret_cast<sockaddr_in6&>(address).sin6_port);
  return fmt::format(fmt::runtime(ip->is_v4() ? "{}:{}" : "[{}]:{}"), to_string(*ip), port);
}

// Not inherited, never blocking, and without Nagle's delay on accepted connections.
void prepare(int fd) {
  const int on = 1;
  ::fcntl(fd, F_SETFD, FD_CLOEXEC);
  ::fcntl(fd, F_SETFL, ::fcntl(fd, F_GETFL) | O_NONBLOCK);
  ::setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
}

bool has_address(const std::vector<std::string>& list, const std::string& address) {
  return std::ranges::any_of(
      list, [&](const std::string& entry) { return node::parse_listen_entry(entry).address == address; });
}

// The names of sockets that tell their kind.
constexpr std::pair<std::string_view, ListenerKind> kNames[] = {
    {"http", ListenerKind::kPlain}, {"https", ListenerKind::kTls}, {"metrics", ListenerKind::kMetrics}};

std::optional<ListenerKind> kind_named(std::string_view name) {
  const auto found = std::ranges::find(kNames, name, &std::pair<std::string_view, ListenerKind>::first);
  return found == std::end(kNames) ? std::nullopt : std::optional(found->second);
}

// The kind of the entry with that address.
std::optional<ListenerKind> kind_at(const std::string& address, const node::Config& config) {
  if (has_address(config.tls_listen, address)) return ListenerKind::kTls;
  if (has_address(config.listen, address)) return ListenerKind::kPlain;
  if (config.metrics_listen == address) return ListenerKind::kMetrics;
  return std::nullopt;
}

// The socket with its kind, by its name or by the entry with its address.
std::expected<PassedSocket, std::string> match(int fd, std::string_view name, const node::Config& config) {
  auto address = listening_address(fd);
  if (!address)
    return std::unexpected(
        fmt::format("the passed descriptor {} (\"{}\") {}; a TCP socket that listens is expected", fd, name,
                    address.error()));
  auto kind = kind_named(name);
  if (!kind) kind = kind_at(*address, config);
  if (kind) return PassedSocket{fd, *std::move(address), *kind};
  return std::unexpected(fmt::format(
      "the passed socket \"{}\" at {} is neither in listen nor in tls_listen, nor is it metrics.listen; "
      "add it there, or name it http, https or metrics (FileDescriptorName=)",
      name, *address));
}

// Makes the addresses of those sockets of one kind the only ones of the list. Entries of them keep their options.
void replace_entries(std::vector<std::string>& list, const std::vector<PassedSocket>& sockets,
                     ListenerKind kind) {
  std::vector<std::string> entries;
  for (const PassedSocket& socket : sockets) {
    if (socket.kind != kind) continue;
    const auto entry = std::ranges::find(
        list, socket.address, [](const std::string& text) { return node::parse_listen_entry(text).address; });
    entries.push_back(entry == list.end() ? socket.address : *entry);
  }
  list = std::move(entries);
}

// There is one address for metrics.
std::expected<void, std::string> replace_metrics(std::string& listen,
                                                 const std::vector<PassedSocket>& sockets) {
  const auto is_for_metrics = [](const PassedSocket& socket) {
    return socket.kind == ListenerKind::kMetrics;
  };
  if (std::ranges::count_if(sockets, is_for_metrics) > 1)
    return std::unexpected("more than one passed socket is for metrics; one is expected");
  const auto found = std::ranges::find_if(sockets, is_for_metrics);
  if (found != sockets.end()) listen = found->address;
  return {};
}

}  // namespace

std::expected<std::vector<PassedSocket>, std::string> take_passed_sockets(
    const node::Environment& environment, pid_t pid, node::ReadConfig& read, int first) {
  std::vector<PassedSocket> sockets;
  const std::string_view count_text = variable(environment, "LISTEN_FDS");
  if (count_text.empty() || count_in(variable(environment, "LISTEN_PID")) != pid) return sockets;
  const auto count = count_in(count_text);
  if (!count || *count > kPassedSocketsMax)
    return std::unexpected(fmt::format("LISTEN_FDS is not a number up to {}", kPassedSocketsMax));
  std::string_view names = variable(environment, "LISTEN_FDNAMES");
  const auto listen = std::ranges::find(read.rows, "listen", &node::SettingRow::key);
  const bool has_default = listen != read.rows.end() && listen->origin == "default";
  bool replaces_plain = false, replaces_tls = false;
  sockets.reserve(static_cast<std::size_t>(*count));
  for (int fd = first; fd < first + *count; ++fd) {
    const std::string_view name = names.substr(0, names.find(':'));
    names.remove_prefix(std::min(names.size(), name.size() + 1));
    auto socket = match(fd, name, read.config);
    if (!socket) return std::unexpected(socket.error());
    prepare(fd);
    const auto named = kind_named(name);
    replaces_plain |=
        named == ListenerKind::kPlain || (has_default && socket->kind != ListenerKind::kMetrics);
    replaces_tls |= named == ListenerKind::kTls;
    sockets.push_back(*std::move(socket));
  }
  if (replaces_plain) replace_entries(read.config.listen, sockets, ListenerKind::kPlain);
  if (replaces_tls) replace_entries(read.config.tls_listen, sockets, ListenerKind::kTls);
  if (auto replaced = replace_metrics(read.config.metrics_listen, sockets); !replaced)
    return std::unexpected(replaced.error());
  return sockets;
}

}  // namespace porchlight::server
