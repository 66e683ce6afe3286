#include "nats/engine.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <set>
#include <utility>

#include "base/guid.h"

namespace porchlight::nats {
namespace {

bool is_word(std::string_view text) {
  return !text.empty() &&
         std::ranges::all_of(text, [](char c) { return ('a' <= c && c <= 'z') || ('0' <= c && c <= '9'); });
}

// host:port, or [address]:port.
struct ServerParts {
  std::string_view host, port;
};

std::optional<ServerParts> parts_of(std::string_view server) {
  const std::size_t colon = server.rfind(':');
  if (server.size() > kServerBytesMax || colon == std::string_view::npos || colon == 0) return std::nullopt;
  const ServerParts parts{server.substr(0, colon), server.substr(colon + 1)};
  const bool is_address = parts.host.starts_with('[') && parts.host.ends_with(']') && parts.host.size() > 2;
  const std::string_view host = is_address ? parts.host.substr(1, parts.host.size() - 2) : parts.host;
  const auto is_host_character = [is_address](char c) {
    return ('a' <= c && c <= 'z') || ('A' <= c && c <= 'Z') || ('0' <= c && c <= '9') || c == '.' ||
           c == (is_address ? ':' : '-');
  };
  unsigned port = 0;
  const char* const end = parts.port.data() + parts.port.size();
  const auto [stop, fault] = std::from_chars(parts.port.data(), end, port);
  if (!std::ranges::all_of(host, is_host_character) || fault != std::errc() || stop != end || port == 0 ||
      port > 65535)
    return std::nullopt;
  return parts;
}

// Whether what is sent to the host never leaves this machine.
bool is_here(std::string_view host) {
  return host == "localhost" || host == "[::1]" ||
         (host.starts_with("127.") &&
          std::ranges::all_of(host, [](char c) { return c == '.' || ('0' <= c && c <= '9'); }));
}

}  // namespace

std::optional<std::string> fault_of(const EngineOptions& options) {
  if (options.servers.empty() || options.servers.size() > kServersMax)
    return fmt::format("expected 1 to {} servers of the engine", kServersMax);
  if (!is_word(options.name)) return "the name of the node is not made of letters a-z and digits";
  const LinkFiles& files = options.files;
  if (files.ca.empty() != files.certificate.empty() || files.ca.empty() != files.key.empty())
    return "expected all of the engine's CA, certificate and key, or none of them";
  std::set<std::string_view> known;
  for (const std::string& server : options.servers) {
    const auto parts = parts_of(server);
    if (!parts) return fmt::format("{} is not host:port", server);
    if (!known.insert(server).second) return fmt::format("{} is named twice", server);
    if (files.ca.empty() && !is_here(parts->host))
      return fmt::format("{} is on another machine: its connection needs certificates", server);
  }
  return std::nullopt;
}

std::string_view text_of(RequestFault fault) {
  switch (fault) {
    case RequestFault::kNotSent:
      return "there is no connection to the engine";
    case RequestFault::kNoResponders:
      return "no server of the engine is responsible";
    case RequestFault::kLost:
      return "the connection to the engine was lost";
    default:
      return "the engine did not answer in time";
  }
}

Engine::Engine(const EngineOptions& options) : threads_(options.threads) {
  std::vector<std::string> servers = options.servers;
  if (servers.size() == 1) servers.push_back(servers.front());
  for (std::size_t place = 0; place < servers.size(); ++place) {
    Linked& added = *links_.emplace_back(std::make_unique<Linked>());
    added.inbox = "_INBOX." + to_string(secure_random_guid()) + ".";
    added.link = std::make_unique<EngineLink>(LinkOptions{servers[place], options.files, options.name},
                                              [this, place](bool is_connected) {
                                                if (!is_connected) fail_all(place);
                                              });
    added.link->subscribe(added.inbox + "*", "",
                          [this](const IncomingMessage& message) { take_reply(message); });
  }
}

Engine::~Engine() {
  // The links call fail_all(), and their destructors wait for the handlers.
  for (const auto& linked : links_) linked->link.reset();
}

bool Engine::is_connected() const {
  return std::ranges::any_of(links_, [](const auto& linked) { return linked->link->is_connected(); });
}

void Engine::request(std::size_t place, OutgoingMessage request, Duration within, EngineReplyCallback done) {
  place %= links_.size();
  for (std::size_t tried = 1; tried < links_.size() && !links_[place]->link->is_connected(); ++tried)
    place = (place + 1) % links_.size();
  std::uint64_t number = 0;
  {
    const MutexLock lock(mutex_);
    number = ++last_number_;
    pending_.emplace(number, PendingRequest{place, std::move(done)});
  }
  request.reply_to = links_[place]->inbox + std::to_string(number);
  switch (links_[place]->link->send(request)) {
    case Sending::kSent:
      return threads_.after(within,
                            [this, number] { finish(number, std::unexpected(RequestFault::kTimeout)); });
    case Sending::kNotSent:
      return finish(number, std::unexpected(RequestFault::kNotSent));
    case Sending::kUnknown:
      return finish(number, std::unexpected(RequestFault::kLost));
  }
}

void Engine::take_reply(const IncomingMessage& message) {
  const std::string_view word = message.subject.substr(message.subject.rfind('.') + 1);
  std::uint64_t number = 0;
  std::from_chars(word.data(), word.data() + word.size(), number);
  if (message.status == 503 && message.bytes.empty())
    return finish(number, std::unexpected(RequestFault::kNoResponders));
  finish(number, EngineReply{std::string(message.bytes), message.status, message.in_stream});
}

void Engine::finish(std::uint64_t number, std::expected<EngineReply, RequestFault> reply) {
  EngineReplyCallback done;
  {
    const MutexLock lock(mutex_);
    const auto found = pending_.find(number);
    if (found == pending_.end()) return;
    done = std::move(found->second.done);
    pending_.erase(found);
  }
  done(std::move(reply));
}

// The connection is lost.
void Engine::fail_all(std::size_t place) {
  std::vector<EngineReplyCallback> failed;
  {
    const MutexLock lock(mutex_);
    for (auto& [number, pending] : pending_)
      if (pending.place == place) failed.push_back(std::move(pending.done));
    absl::erase_if(pending_, [place](const auto& each) { return each.second.place == place; });
  }
  for (EngineReplyCallback& done : failed) done(std::unexpected(RequestFault::kLost));
}

}  // namespace porchlight::nats
