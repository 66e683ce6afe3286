// Both kinds of fields become hops, nearest first, and one walk reads them.
#include "http/forwarded.h"

#include <algorithm>
#include <array>
#include <ranges>

#include "base/split.h"
#include "base/text.h"
#include "http/characters.h"
#include "http/request_target.h"

namespace porchlight::http {
namespace {

// What one proxy says about the side that it got the request from.
struct Hop {
  std::string_view node, scheme, host;
};

// Hops, nearest first, up to kForwardedHopsMax.
class Hops {
 public:
  // The hop at that position; those up to it are added. nullptr beyond the limit.
  Hop* at(std::size_t position) {
    if (position >= hops_.size()) return nullptr;
    size_ = std::max(size_, position + 1);
    return &hops_[position];
  }
  std::span<const Hop> all() const { return std::span(hops_).first(size_); }

 private:
  std::array<Hop, kForwardedHopsMax> hops_;
  std::size_t size_ = 0;
};

// A port, or the name that a proxy shows instead of one (RFC 7239 §6.2). Its value is not used.
bool is_node_port(std::string_view text) {
  return text.size() > 1 && text[0] == ':' && characters::all(text.substr(1), characters::kToken);
}

// "1.2.3.4", "1.2.3.4:5", "::1", "[::1]" or "[::1]:5". Names and `unknown` have no address.
std::optional<IpAddress> parse_node(std::string_view text) {
  if (text.starts_with('[')) {
    const std::size_t end = text.find(']');
    if (end == text.npos || (end + 1 < text.size() && !is_node_port(text.substr(end + 1))))
      return std::nullopt;
    const auto address = IpAddress::parse(text.substr(1, end - 1));
    return address && !address->is_v4() ? std::optional(address->unmapped()) : std::nullopt;
  }
  const std::size_t colon = text.find(':');
  if (colon != text.npos && text.find(':', colon + 1) == text.npos) {
    if (!is_node_port(text.substr(colon))) return std::nullopt;
    text = text.substr(0, colon);
  }
  const auto address = IpAddress::parse(text);
  return address ? std::optional(address->unmapped()) : std::nullopt;
}

std::optional<bool> parse_scheme(std::string_view text) {
  if (equals_ignore_case(text, "https")) return true;
  if (equals_ignore_case(text, "http")) return false;
  return std::nullopt;
}

// The hops are trusted up to the first whose node is not a trusted proxy: that one is the client.
ForwardedClient walk(const Hops& hops, std::span<const IpRange> trusted) {
  ForwardedClient client;
  for (const Hop& hop : hops.all()) {
    if (const auto is_https = parse_scheme(hop.scheme)) client.is_https = is_https;
    if (is_authority(hop.host)) client.host = hop.host;
    const auto address = parse_node(hop.node);
    if (!address) break;
    client.address = address;
    if (!any_contains(trusted, *address)) break;
  }
  return client;
}

// Reads the lists of all fields with that name from the right, and sets the member of one hop after the other.
void add_list(std::span<const HeaderField> fields, std::string_view name, std::string_view Hop::*member,
              Hops& hops) {
  std::size_t position = 0;
  for (const HeaderField& field : fields | std::views::reverse) {
    if (!same_name(field.name, name)) continue;
    std::string_view rest = field.value;
    while (Hop* const hop = hops.at(position++)) {
      const std::size_t comma = rest.rfind(',');
      hop->*member = trimmed(comma == rest.npos ? rest : rest.substr(comma + 1));
      if (comma == rest.npos) break;
      rest = rest.substr(0, comma);
    }
  }
}

Hops x_forwarded_hops(std::span<const HeaderField> fields) {
  Hops hops;
  add_list(fields, "X-Forwarded-For", &Hop::node, hops);
  add_list(fields, "X-Forwarded-Proto", &Hop::scheme, hops);
  add_list(fields, "X-Forwarded-Host", &Hop::host, hops);
  return hops;
}

// Reads one Forwarded field: elements separated by commas, of pairs separated by semicolons (RFC 7239 §4).
class ForwardedParser {
 public:
  explicit ForwardedParser(std::string_view text) : rest_(text) {}

  // Calls `add` with each element, from the left. Returns false if the field is malformed.
  template <typename Add>
  bool parse(Add add) {
    while (true) {
      Hop hop;
      if (!parse_element(hop)) return false;
      add(hop);
      if (rest_.empty()) return true;
      rest_.remove_prefix(1);  // the comma
    }
  }

 private:
  bool parse_element(Hop& hop) {
    while (true) {
      skip_blanks();
      if (!at_end() && !parse_pair(hop)) return false;
      skip_blanks();
      if (at_end() && !rest_.starts_with(';')) return true;
      if (!rest_.starts_with(';')) return false;
      rest_.remove_prefix(1);
    }
  }

  // `name=value`, where the value may be quoted. A parameter may not be repeated within an element.
  bool parse_pair(Hop& hop) {
    const std::string_view name = take_token();
    if (name.empty() || !rest_.starts_with('=')) return false;
    rest_.remove_prefix(1);
    std::string_view value;
    if (!take_value(value)) return false;
    constexpr std::pair<std::string_view, std::string_view Hop::*> kMembers[] = {
        {"for", &Hop::node}, {"proto", &Hop::scheme}, {"host", &Hop::host}};
    for (const auto& [known, member] : kMembers) {
      if (!equals_ignore_case(name, known)) continue;
      if ((hop.*member).data() != nullptr) return false;
      hop.*member = value;
    }
    return true;
  }

  // A quoted value keeps its backslashes: no address, scheme or host needs one, so a value that has one is ignored.
  bool take_value(std::string_view& value) {
    if (!rest_.starts_with('"')) {
      value = take_token();
      return !value.empty();
    }
    std::size_t end = 1;
    while (end < rest_.size() && rest_[end] != '"') end += rest_[end] == '\\' ? 2 : 1;
    if (end >= rest_.size()) return false;
    value = rest_.substr(1, end - 1);
    rest_.remove_prefix(end + 1);
    return true;
  }

  std::string_view take_token() {
    std::size_t end = 0;
    while (end < rest_.size() && characters::is(rest_[end], characters::kToken)) ++end;
    const std::string_view token = rest_.substr(0, end);
    rest_.remove_prefix(end);
    return token;
  }

  void skip_blanks() {
    while (rest_.starts_with(' ') || rest_.starts_with('\t')) rest_.remove_prefix(1);
  }
  bool at_end() const { return rest_.empty() || rest_[0] == ',' || rest_[0] == ';'; }

  std::string_view rest_;
};

// A malformed field ends the chain: with an open quotation mark, a client could swallow the element that the next proxy
// adds to the same field.
Hops forwarded_hops(std::span<const HeaderField> fields) {
  Hops hops;
  std::size_t position = 0;
  for (const HeaderField& field : fields | std::views::reverse) {
    if (!same_name(field.name, "Forwarded")) continue;
    std::array<Hop, kForwardedHopsMax> last;  // the last elements of the field, as a ring
    std::size_t count = 0;
    if (!ForwardedParser(field.value).parse([&](const Hop& hop) { last[count++ % last.size()] = hop; }))
      break;
    for (std::size_t i = count; i > count - std::min(count, last.size()); --i)
      if (Hop* const hop = hops.at(position++)) *hop = last[(i - 1) % last.size()];
  }
  return hops;
}

// The value of either kind, or none if they differ.
template <typename Value>
Value agreed(const Value& a, const Value& b) {
  if (a == Value{}) return b;
  return b == Value{} || a == b ? a : Value{};
}

}  // namespace

ForwardedClient read_forwarded(std::span<const HeaderField> fields, std::span<const IpRange> trusted) {
  const ForwardedClient one = walk(forwarded_hops(fields), trusted);
  const ForwardedClient other = walk(x_forwarded_hops(fields), trusted);
  return {agreed(one.address, other.address), agreed(one.is_https, other.is_https),
          agreed(one.host, other.host)};
}

}  // namespace porchlight::http
