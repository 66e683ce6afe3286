// Which addresses may be called: every range of spec security §8, at both ends and just outside.
#include "webhook/blocked_addresses.h"

#include <gtest/gtest.h>

#include <stdexcept>
#include <vector>

namespace porchlight::webhook {
namespace {

IpAddress address(std::string_view text) {
  const auto read = IpAddress::parse(text);
  if (!read) throw std::runtime_error(std::string(text));
  return *read;
}

std::vector<IpRange> ranges(std::initializer_list<std::string_view> texts) {
  std::vector<IpRange> read;
  for (const auto text : texts) read.push_back(IpRange::parse(text).value());
  return read;
}

std::string verdict(std::string_view text, const std::vector<IpRange>& allowed = {},
                    const std::vector<IpAddress>& own = {}) {
  return std::string(why_blocked(address(text), allowed, own).value_or("good"));
}

TEST(AddressGuard, BlocksNonPublicAddresses) {
  const std::pair<const char*, const char*> rows[] = {
      {"0.0.0.0", "unspecified"},
      {"0.255.255.255", "unspecified"},
      {"1.0.0.0", "good"},
      {"9.255.255.255", "good"},
      {"10.0.0.0", "private"},
      {"10.255.255.255", "private"},
      {"11.0.0.0", "good"},
      {"100.63.255.255", "good"},
      {"100.64.0.0", "carrier-grade NAT"},
      {"100.127.255.255", "carrier-grade NAT"},
      {"100.128.0.0", "good"},
      {"100.100.100.200", "metadata"},
      {"126.255.255.255", "good"},
      {"127.0.0.0", "loopback"},
      {"127.0.0.1", "loopback"},
      {"127.255.255.255", "loopback"},
      {"128.0.0.0", "good"},
      {"168.63.129.16", "metadata"},
      {"168.63.129.17", "good"},
      {"169.253.255.255", "good"},
      {"169.254.0.0", "link-local"},
      {"169.254.169.254", "link-local"},
      {"169.254.255.255", "link-local"},
      {"169.255.0.0", "good"},
      {"172.15.255.255", "good"},
      {"172.16.0.0", "private"},
      {"172.31.255.255", "private"},
      {"172.32.0.0", "good"},
      {"191.255.255.255", "good"},
      {"192.0.0.0", "reserved"},
      {"192.0.0.192", "metadata"},
      {"192.0.0.255", "reserved"},
      {"192.0.1.0", "good"},
      {"192.0.2.0", "documentation"},
      {"192.0.2.255", "documentation"},
      {"192.0.3.0", "good"},
      {"192.31.196.1", "reserved"},
      {"192.52.193.1", "reserved"},
      {"192.88.98.255", "good"},
      {"192.88.99.1", "6to4"},
      {"192.88.100.0", "good"},
      {"192.167.255.255", "good"},
      {"192.168.0.0", "private"},
      {"192.168.255.255", "private"},
      {"192.169.0.0", "good"},
      {"192.175.48.1", "reserved"},
      {"198.17.255.255", "good"},
      {"198.18.0.0", "benchmarking"},
      {"198.19.255.255", "benchmarking"},
      {"198.20.0.0", "good"},
      {"198.51.99.255", "good"},
      {"198.51.100.0", "documentation"},
      {"198.51.101.0", "good"},
      {"203.0.112.255", "good"},
      {"203.0.113.255", "documentation"},
      {"203.0.114.0", "good"},
      {"223.255.255.255", "good"},
      {"224.0.0.0", "multicast"},
      {"239.255.255.255", "multicast"},
      {"240.0.0.0", "reserved"},
      {"255.255.255.255", "reserved"},
      {"8.8.8.8", "good"},

      {"::", "unspecified"},
      {"::1", "loopback"},
      {"::2", "IPv4-compatible"},
      {"::8.8.8.8", "IPv4-compatible"},
      {"::127.0.0.1", "IPv4-compatible"},
      {"::1:0:0", "reserved"},
      {"::ffff:8.8.8.8", "IPv4-mapped"},
      {"::ffff:127.0.0.1", "IPv4-mapped"},
      {"::ffff:0:127.0.0.1", "IPv4-translated"},
      {"64:ff9b::8.8.8.8", "NAT64"},
      {"64:ff9b::a9fe:a9fe", "NAT64"},
      {"64:ff9b:1::1", "NAT64"},
      {"64:ff9b:2::1", "reserved"},
      {"100::1", "reserved"},
      {"1fff:ffff::1", "reserved"},
      {"2000::1", "good"},
      {"2001::1", "Teredo"},
      {"2001:0:ffff:ffff::1", "Teredo"},
      {"2001:1::1", "reserved"},
      {"2001:2::1", "reserved"},
      {"2001:20::1", "reserved"},
      {"2001:1ff:ffff::1", "reserved"},
      {"2001:200::1", "good"},
      {"2001:db7:ffff::1", "good"},
      {"2001:db8::1", "documentation"},
      {"2001:db9::1", "good"},
      {"2001:4860:4860::8888", "good"},
      {"2002::1", "6to4"},
      {"2002:7f00:1::1", "6to4"},
      {"2003::1", "good"},
      {"2620:4f:8000::1", "reserved"},
      {"2620:4f:8001::1", "good"},
      {"3ffe:ffff::1", "good"},
      {"3fff::1", "documentation"},
      {"3fff:fff:ffff::1", "documentation"},
      {"3fff:1000::1", "good"},
      {"4000::1", "reserved"},
      {"5f00::1", "reserved"},
      {"fbff:ffff::1", "reserved"},
      {"fc00::1", "unique local"},
      {"fd00:ec2::254", "metadata"},
      {"fd20:ce::254", "metadata"},
      {"fdff:ffff::1", "unique local"},
      {"fe00::1", "reserved"},
      {"fe80::1", "link-local"},
      {"febf:ffff::1", "link-local"},
      {"fec0::1", "reserved"},
      {"ff00::1", "multicast"},
      {"ff02::1", "multicast"},
      {"ffff:ffff::1", "multicast"},
  };
  for (const auto& [text, expected] : rows) EXPECT_EQ(verdict(text), expected) << text;
}

TEST(AddressGuard, BlocksOwnAddresses) {
  EXPECT_EQ(verdict("8.8.8.8", {}, {address("8.8.8.8")}), "our own");
  EXPECT_EQ(verdict("8.8.4.4", {}, {address("8.8.8.8")}), "good");
  EXPECT_EQ(verdict("2600::1", {}, {address("2600::1")}), "our own");
  EXPECT_EQ(verdict("8.8.8.8", ranges({"8.8.8.8/32"}), {address("8.8.8.8")}), "good");
}

TEST(AddressGuard, AllowsConfiguredRanges) {
  const auto allowed = ranges({"127.0.0.1/32", "10.1.0.0/16", "::1/128", "fd12:3456::/32"});
  const std::pair<const char*, const char*> rows[] = {
      {"127.0.0.1", "good"},
      {"127.0.0.2", "loopback"},
      {"10.1.255.255", "good"},
      {"10.2.0.0", "private"},
      {"::1", "good"},
      {"::", "unspecified"},
      {"fd12:3456:ffff::1", "good"},
      {"fd12:3457::1", "unique local"},
      {"8.8.8.8", "good"},
      {"::ffff:127.0.0.1", "IPv4-mapped"},
  };
  for (const auto& [text, expected] : rows) EXPECT_EQ(verdict(text, allowed), expected) << text;
}

// Not even a range that the configuration would not accept.
TEST(AddressGuard, LinkLocalAndMetadataAreAlwaysBlocked) {
  const auto everything = ranges({"0.0.0.0/0", "::/0"});
  for (const char* text :
       {"169.254.169.254", "169.254.0.1", "fe80::1", "100.100.100.200", "168.63.129.16", "fd00:ec2::254",
        "::ffff:169.254.169.254", "::169.254.169.254", "::ffff:0:169.254.169.254", "64:ff9b::169.254.169.254",
        "2002:a9fe:a9fe::1", "2001::1"})
    EXPECT_NE(verdict(text, everything), "good") << text;
  EXPECT_EQ(verdict("10.0.0.1", everything), "good");
}

TEST(AddressGuard, ChecksTheRangesOfAConfiguration) {
  for (const char* text : {"127.0.0.0/8", "127.0.0.1/32", "10.0.0.0/8", "192.168.1.0/24", "::1/128",
                           "fc00::/7", "169.0.0.0/8", "8.8.8.8/32"})
    EXPECT_EQ(allowed_range_error(text), "") << text;
  for (const char* text :
       {"", "all", "10.0.0.0", "10.0.0.1/8", "0.0.0.0/0", "10.0.0.0/7", "::/0", "fc00::/6", "169.254.0.0/16",
        "169.254.169.254/32", "fe80::/10", "fe80::1/128", "::ffff:0:0/96", "::ffff:127.0.0.1/128",
        "64:ff9b::/96", "2002::/16", "2001::/32", "100.100.100.200/32"})
    EXPECT_NE(allowed_range_error(text), "") << text;
}

}  // namespace
}  // namespace porchlight::webhook
