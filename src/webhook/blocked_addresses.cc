// Address checks of the egress policy. Three tables decide: ranges that are always blocked, ranges that are
// blocked unless the configuration allows them, and exceptions of the first. An address in no table must be
// global unicast. The tables are searched one row after the other: a dial is rare and the rows are few.
#include "webhook/blocked_addresses.h"

#include <algorithm>
#include <vector>

namespace porchlight::webhook {
namespace {

// The widest ranges that the configuration may allow. A wider one is a mistake.
constexpr int kAllowedBitsMinV4 = 8, kAllowedBitsMinV6 = 7;

// A row of a table: the range, and the name that log lines show for it.
struct NamedRange {
  std::string_view text;
  std::string_view name;
};

// Blocked whatever the configuration allows.
constexpr NamedRange kAlwaysBlocked[] = {
    {"169.254.0.0/16", "link-local"},
    {"fe80::/10", "link-local"},
    // Services that give out a machine's credentials, outside link-local.
    {"100.100.100.200/32", "metadata"},
    {"168.63.129.16/32", "metadata"},
    {"192.0.0.192/32", "metadata"},
    {"fd00:ec2::254/128", "metadata"},
    {"fd20:ce::254/128", "metadata"},
    // IPv6 forms of an IPv4 address, which would go around the IPv4 rows.
    {"::/96", "IPv4-compatible"},
    {"::ffff:0:0/96", "IPv4-mapped"},
    {"::ffff:0:0:0/96", "IPv4-translated"},
    {"64:ff9b::/96", "NAT64"},
    {"64:ff9b:1::/48", "NAT64"},
    {"2001::/32", "Teredo"},
    {"2002::/16", "6to4"},
};

// The loopback and the unspecified address are in ::/96 but do not stand for an IPv4 address.
constexpr NamedRange kNoIpv4[] = {{"::/128", "unspecified"}, {"::1/128", "loopback"}};

// Blocked unless the configuration allows them: IANA's special-purpose address registries.
constexpr NamedRange kBlockedByDefault[] = {
    {"0.0.0.0/8", "unspecified"},
    {"10.0.0.0/8", "private"},
    {"100.64.0.0/10", "carrier-grade NAT"},
    {"127.0.0.0/8", "loopback"},
    {"172.16.0.0/12", "private"},
    {"192.0.0.0/24", "reserved"},
    {"192.0.2.0/24", "documentation"},
    {"192.31.196.0/24", "reserved"},
    {"192.52.193.0/24", "reserved"},
    {"192.88.99.0/24", "6to4"},
    {"192.168.0.0/16", "private"},
    {"192.175.48.0/24", "reserved"},
    {"198.18.0.0/15", "benchmarking"},
    {"198.51.100.0/24", "documentation"},
    {"203.0.113.0/24", "documentation"},
    {"224.0.0.0/4", "multicast"},
    {"240.0.0.0/4", "reserved"},
    {"fc00::/7", "unique local"},
    {"ff00::/8", "multicast"},
    {"2001::/23", "reserved"},
    {"2001:db8::/32", "documentation"},
    {"3fff::/20", "documentation"},
    {"2620:4f:8000::/48", "reserved"},
};

struct ParsedRange {
  IpRange range;
  std::string_view name;
};

// The tables are parsed once, at their first use.
std::vector<ParsedRange> read(std::span<const NamedRange> rows) {
  std::vector<ParsedRange> table;
  for (const NamedRange& row : rows) table.push_back({*IpRange::parse(row.text), row.name});
  return table;
}

const ParsedRange* find(const std::vector<ParsedRange>& table, const IpAddress& address) {
  const auto found =
      std::ranges::find_if(table, [&](const ParsedRange& row) { return row.range.contains(address); });
  return found == table.end() ? nullptr : &*found;
}

const std::vector<ParsedRange>& always_blocked() {
  static const std::vector<ParsedRange> table = read(kAlwaysBlocked);
  return table;
}

const std::vector<ParsedRange>& no_ipv4() {
  static const std::vector<ParsedRange> table = read(kNoIpv4);
  return table;
}

const std::vector<ParsedRange>& blocked_by_default() {
  static const std::vector<ParsedRange> table = read(kBlockedByDefault);
  return table;
}

// Whether the address is in a range that is assigned for use on the whole Internet.
bool is_global_unicast(const IpAddress& address) {
  static const IpRange range = *IpRange::parse("2000::/3");
  return address.is_v4() || range.contains(address);
}

}  // namespace

// The order matters: an always-blocked row wins over `allowed`, which wins over a default row.
std::optional<std::string_view> why_blocked(const IpAddress& address, std::span<const IpRange> allowed,
                                            std::span<const IpAddress> own) {
  const ParsedRange* row = find(no_ipv4(), address);
  if (!row)
    if (const ParsedRange* always = find(always_blocked(), address)) return always->name;
  if (any_contains(allowed, address)) return std::nullopt;
  if (!row) row = find(blocked_by_default(), address);
  if (row) return row->name;
  if (!is_global_unicast(address)) return "reserved";
  if (std::ranges::find(own, address) != own.end()) return "our own";
  return std::nullopt;
}

std::string_view allowed_range_error(std::string_view text) {
  const auto range = IpRange::parse(text);
  if (!range) return "it is not an address range such as 10.1.0.0/16 or fd12:3456::/32";
  if (range->bits() < (range->base().is_v4() ? kAllowedBitsMinV4 : kAllowedBitsMinV6))
    return "it is too wide";
  const bool plain =
      std::ranges::any_of(no_ipv4(), [&](const ParsedRange& row) { return row.range.contains(*range); });
  const auto closed = [&](const ParsedRange& row) { return row.range.contains(*range); };
  if (!plain && std::ranges::any_of(always_blocked(), closed))
    return "link-local and similar ranges cannot be allowed";
  return {};
}

}  // namespace porchlight::webhook
