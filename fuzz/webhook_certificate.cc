// Certificates of subscriptions, as base64 and as DER: data can be encrypted to every accepted one.
#include <cstdint>
#include <cstdlib>

#include "base/base64.h"
#include "webhook/resource_data_encryption.h"

using namespace porchlight;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  for (const auto& read : {webhook::EncryptionCertificate::parse(text),
                           webhook::EncryptionCertificate::parse(encode_base64(text))}) {
    if (!read) continue;
    if (read->thumbprint().size() != 40 || !webhook::encrypt_resource_data("{}", *read)) std::abort();
  }
  return 0;
}
