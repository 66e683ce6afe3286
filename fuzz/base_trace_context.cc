// Untrusted traceparent values: what is accepted in version 00 is written as it was read.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "base/trace_context.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto context = porchlight::parse_traceparent(text);
  if (!context) return 0;
  const std::string written = porchlight::to_traceparent(*context);
  if (porchlight::parse_traceparent(written) != context) std::abort();
  if (text.starts_with("00") && written != text) std::abort();
  return 0;
}
