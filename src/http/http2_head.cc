#include "http/http2_head.h"

#include <algorithm>

#include "base/text.h"

namespace porchlight::http {
namespace {

// What a client of RFC 6455 sends and one of RFC 8441 does not: handlers know the upgrade of HTTP/1.1 alone. The key
// proves only that the server read the request, and the accepting response drops its echo.
constexpr std::string_view kUpgradeLines =
    "connection: upgrade\r\nupgrade: websocket\r\nsec-websocket-key: AAAAAAAAAAAAAAAAAAAAAA==\r\n";
constexpr std::string_view kSwitching = "101";

}  // namespace

Http2Head::Http2Head(std::pmr::memory_resource& memory)
    : method_(&memory),
      scheme_(&memory),
      authority_(&memory),
      path_(&memory),
      protocol_(&memory),
      cookies_(&memory),
      lines_(&memory) {}

bool Http2Head::add(std::string_view name, std::string_view value, const Limits& limits) {
  bytes_ += name.size() + value.size() + kFieldOverhead;
  ++count_;
  if (bytes_ > limits.headers_bytes || count_ > limits.headers_count) {
    too_large_ = true;
    return bytes_ <= kExcess * limits.headers_bytes && count_ <= kExcess * limits.headers_count;
  }
  const std::pair<std::string_view, std::pmr::string*> pseudo_fields[] = {{":method", &method_},
                                                                          {":scheme", &scheme_},
                                                                          {":authority", &authority_},
                                                                          {":path", &path_},
                                                                          {":protocol", &protocol_}};
  const auto* const pseudo = std::ranges::find(pseudo_fields, name, [](const auto& p) { return p.first; });
  if (pseudo != std::end(pseudo_fields)) {
    *pseudo->second = value;
  } else if (name == "host") {
    host_.emplace(value, lines_.get_allocator());
  } else if (name == "cookie") {
    cookies_.append(cookies_.empty() ? "" : "; ").append(value);
  } else {
    lines_.append(name).append(": ").append(value).append("\r\n");
  }
  return true;
}

std::optional<std::pmr::string> Http2Head::text() const {
  const bool is_connect = method_ == "CONNECT" && !is_tunnel();
  if (!is_connect && scheme_ != "http" && scheme_ != "https") return std::nullopt;
  if (host_ && !authority_.empty() && !equals_ignore_case(*host_, authority_)) return std::nullopt;
  std::pmr::string text(lines_.get_allocator());
  constexpr std::size_t kLiteralBytes = 48;
  text.reserve(method_.size() + authority_.size() + path_.size() + (host_ ? host_->size() : 0) +
               cookies_.size() + lines_.size() + kLiteralBytes + (is_tunnel() ? kUpgradeLines.size() : 0));
  text.append(is_tunnel() ? std::string_view("GET") : method_);
  text.append(" ").append(is_connect ? authority_ : path_).append(" HTTP/1.1\r\n");
  if (!authority_.empty() || host_) text.append("host: ").append(host_ ? *host_ : authority_).append("\r\n");
  if (is_tunnel()) text.append(kUpgradeLines);
  if (!cookies_.empty()) text.append("cookie: ").append(cookies_).append("\r\n");
  text.append(lines_).append("\r\n");
  return text;
}

Http2Fields::Http2Fields(std::string& head, std::pmr::memory_resource& memory) : fields_(&memory) {
  constexpr std::size_t kUsualFields = 32;
  fields_.reserve(kUsualFields);
  const std::string_view text = head;
  const std::string_view status = text.substr(text.find(' ') + 1, 3);
  const bool is_upgrade = status == kSwitching;
  fields_.emplace_back(":status", is_upgrade ? "200" : status);
  for (std::size_t begin = text.find('\n') + 1; begin != 0;) {
    const std::size_t end = text.find('\r', begin);
    const std::size_t colon = text.find(':', begin);
    if (colon >= end) break;  // the blank line
    for (std::size_t at = begin; at < colon; ++at) head[at] = to_lower(head[at]);
    add_line(text.substr(begin, colon - begin), text.substr(colon + 2, end - colon - 2), is_upgrade);
    begin = end + 2;
  }
}

// RFC 9113 §8.2.2 forbids the fields of a connection.
void Http2Fields::add_line(std::string_view name, std::string_view value, bool is_upgrade) {
  if (name == "connection" || name == "keep-alive" || name == "upgrade") return;
  if (is_upgrade && name == "sec-websocket-accept") return;
  if (name == "content-length") has_content_ = true;
  fields_.emplace_back(name, value);
}

}  // namespace porchlight::http
