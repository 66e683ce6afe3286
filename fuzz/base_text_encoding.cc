// Text files: any bytes become valid UTF-8, and UTF-8 stays as it is.
#include <simdjson.h>

#include <cstdint>
#include <cstdlib>
#include <string>

#include "base/text_encoding.h"

using namespace porchlight;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string bytes(reinterpret_cast<const char*>(data), size);
  const DecodedText decoded = decode_text(bytes);
  if (!simdjson::validate_utf8(decoded.text)) std::abort();
  if (decoded.encoding == TextEncoding::kUtf8 && !bytes.ends_with(decoded.text)) std::abort();
  if (decoded.text.size() > 3 * bytes.size()) std::abort();
  return 0;
}
