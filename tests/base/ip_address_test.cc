// Parsing of addresses and ranges, and which addresses a range has.
#include "base/ip_address.h"

#include <arpa/inet.h>
#include <gtest/gtest.h>

#include <random>
#include <stdexcept>

namespace porchlight {
namespace {

IpAddress address(std::string_view text) {
  const auto read = IpAddress::parse(text);
  if (!read) throw std::runtime_error(std::string(text));
  return *read;
}

TEST(IpAddress, ParsesUsualSpellingsOnly) {
  for (const char* text :
       {"", "1", "127.1", "1.2.3", "1.2.3.4.5", "1.2.3.256", "01.2.3.4", "0x7f.0.0.1", "1.2.3.4.", " 1.2.3.4",
        "1.2.3.4/8", "[::1]", "fe80::1%eth0", "::g", "1:2:3:4:5:6:7:8:9", ":::", "2130706433"})
    EXPECT_FALSE(IpAddress::parse(text)) << text;
  EXPECT_FALSE(IpAddress::parse(std::string_view("1.2.3.4\0", 8)));
  EXPECT_EQ(to_string(address("1.2.3.4")), "1.2.3.4");
  EXPECT_EQ(to_string(address("2001:DB8::0001")), "2001:db8::1");
  EXPECT_NE(address("1.2.3.4"), address("::ffff:1.2.3.4"));
}

TEST(IpAddress, ComesFromSockets) {
  sockaddr_in v4{};
  v4.sin_family = AF_INET;
  ::inet_pton(AF_INET, "10.1.2.3", &v4.sin_addr);
  EXPECT_EQ(IpAddress::of(reinterpret_cast<sockaddr&>(v4)), address("10.1.2.3"));
  sockaddr_in6 v6{};
  v6.sin6_family = AF_INET6;
  ::inet_pton(AF_INET6, "::ffff:10.1.2.3", &v6.sin6_addr);
  EXPECT_EQ(IpAddress::of(reinterpret_cast<sockaddr&>(v6)), address("::ffff:10.1.2.3"));
  sockaddr other{};
  other.sa_family = AF_UNIX;
  EXPECT_EQ(IpAddress::of(other), std::nullopt);
}

TEST(IpRange, RefusesBitsAfterThePrefix) {
  for (const char* text : {"", "/", "10.0.0.0", "10.0.0.0/", "10.0.0.0/33", "10.0.0.0/-1", "10.0.0.0/8 ",
                           "10.0.0.1/8", "10.0.0.0/+8", "::/129", "fd00::1/64", "10.0.0.0/8/8", "x/8"})
    EXPECT_FALSE(IpRange::parse(text)) << text;
  EXPECT_EQ(to_string(IpRange::parse("FD12::/16").value()), "fd12::/16");
  EXPECT_TRUE(IpRange::parse("1.2.3.4/32")->contains(address("1.2.3.4")));
  EXPECT_FALSE(IpRange::parse("1.2.3.4/32")->contains(address("1.2.3.5")));
  EXPECT_TRUE(IpRange::parse("0.0.0.0/0")->contains(address("255.255.255.255")));
  EXPECT_FALSE(IpRange::parse("0.0.0.0/0")->contains(address("::1")));
}

TEST(IpRange, AgreesWithArithmetic) {
  std::mt19937 random(7);
  for (int i = 0; i < 20'000; ++i) {
    const int bits = static_cast<int>(random() % 33);
    const std::uint32_t mask = bits == 0 ? 0 : ~0u << (32 - bits);
    const std::uint32_t base = random() & mask;
    const std::uint32_t probe = random() % 2 ? random() : base | (random() & ~mask);
    const auto text = [](std::uint32_t value) {
      const in_addr raw{htonl(value)};
      char out[INET_ADDRSTRLEN];
      return std::string(::inet_ntop(AF_INET, &raw, out, sizeof out));
    };
    const auto range = IpRange::parse(text(base) + "/" + std::to_string(bits));
    ASSERT_TRUE(range);
    ASSERT_EQ(range->contains(address(text(probe))), (probe & mask) == base);
  }
}

TEST(IpAddress, UnmapsIpv4Only) {
  const std::pair<const char*, const char*> rows[] = {
      {"::ffff:1.2.3.4", "1.2.3.4"},
      {"::ffff:0:0", "0.0.0.0"},
      {"::fffe:1.2.3.4", "::fffe:102:304"},
      {"1.2.3.4", "1.2.3.4"},
      {"::1", "::1"},
      {"2001:db8::1", "2001:db8::1"},
      {"::1.2.3.4", "::1.2.3.4"},
      {"1::ffff:1:2", "1::ffff:1:2"},
  };
  for (const auto& [text, expected] : rows) EXPECT_EQ(to_string(address(text).unmapped()), expected);
}

TEST(IpRange, OfOneAddress) {
  EXPECT_EQ(to_string(IpRange::of(address("1.2.3.4"))), "1.2.3.4/32");
  EXPECT_EQ(to_string(IpRange::of(address("::1"))), "::1/128");
  EXPECT_FALSE(IpRange::of(address("1.2.3.4")).contains(address("1.2.3.5")));
}

TEST(IpRange, OfTheFirstBits) {
  EXPECT_EQ(to_string(IpRange::of(address("255.255.255.255"), 12)), "255.240.0.0/12");
  EXPECT_EQ(to_string(IpRange::of(address("1.2.3.4"), 0)), "0.0.0.0/0");
  EXPECT_EQ(to_string(IpRange::of(address("2001:db8:1:2:3:4:5:6"), 61)), "2001:db8:1::/61");
  EXPECT_EQ(to_string(IpRange::of(address("2001:db8:1:2:3:4:5:6"), 128)), "2001:db8:1:2:3:4:5:6/128");
}

// The rule of every limit by address.
TEST(CountedNetworks, OfEachKindOfAddress) {
  const std::pair<const char*, std::vector<std::string>> rows[] = {
      {"192.0.2.1", {"192.0.2.1/32 x1"}},
      {"::ffff:192.0.2.1", {"192.0.2.1/32 x1"}},
      {"2001:db8:1:2:3:4:5:6", {"2001:db8:1:2::/64 x1", "2001:db8:1::/48 x16"}},
      {"2001:db8:1:ffff::", {"2001:db8:1:ffff::/64 x1", "2001:db8:1::/48 x16"}},
      {"::1", {"::/64 x1", "::/48 x16"}},
      {"fe80::1", {"fe80::/64 x1", "fe80::/48 x16"}},
  };
  for (const auto& [text, expected] : rows) {
    std::vector<std::string> networks;
    for (const CountedNetwork& counted : counted_networks(address(text)))
      networks.push_back(to_string(counted.network) + " x" + std::to_string(counted.hosts));
    EXPECT_EQ(networks, expected) << text;
  }
}

}  // namespace
}  // namespace porchlight
