// Untrusted forwarding fields. The first byte says how the lines become fields. Whatever they contain, the walk ends at
// the first address from the right that is not trusted, and a host is a well-formed authority.
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

#include "base/split.h"
#include "http/forwarded.h"
#include "http/request_target.h"

using namespace porchlight;
using namespace porchlight::http;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  constexpr std::string_view kNames[] = {"X-Forwarded-For", "X-Forwarded-Proto", "X-Forwarded-Host",
                                         "Forwarded"};
  static const std::vector<IpRange> trusted = {*IpRange::parse("10.0.0.0/8"), *IpRange::parse("fd00::/8")};
  std::vector<HeaderField> fields;
  std::size_t turn = data[0];
  for (const std::string_view line : split({reinterpret_cast<const char*>(data) + 1, size - 1}, '\n'))
    fields.push_back({kNames[turn++ % std::size(kNames)], line});
  const ForwardedClient client = read_forwarded(fields, trusted);
  if (!client.host.empty() && !is_authority(client.host)) std::abort();
  if (client.address && client.address->unmapped() != *client.address) std::abort();
  // What a client sends before a trusted proxy adds its fields changes nothing.
  fields.push_back({"X-Forwarded-For", "192.0.2.1"});
  const auto named = read_forwarded(fields, trusted);
  if (named.address && *named.address != *IpAddress::parse("192.0.2.1")) std::abort();
  return 0;
}
