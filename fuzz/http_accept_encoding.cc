// Untrusted Accept-Encoding fields: one field and its list split into several have one result, and so has the
// remembered value.
#include <cstdint>
#include <cstdlib>
#include <string_view>
#include <vector>

#include "base/split.h"
#include "http/compression.h"

using namespace porchlight;
using namespace porchlight::http;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view value(reinterpret_cast<const char*>(data), size);
  const ContentCoding coding = negotiate_coding({{HeaderField{"Accept-Encoding", value}}});
  std::vector<HeaderField> fields;
  for (const std::string_view part : split(value, ',')) fields.push_back({"accept-encoding", part});
  if (negotiate_coding(fields) != coding) std::abort();
  CodingNegotiator negotiator;
  if (negotiator.coding(value) != coding || negotiator.coding(value) != coding) std::abort();
  return 0;
}
