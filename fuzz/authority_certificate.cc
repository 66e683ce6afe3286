// Certificates from untrusted input, and the bytes of registrations.
#include <cstdint>
#include <cstdlib>

#include "authority/registration.h"

using namespace porchlight::authority;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  for (const auto& read : {ClientCertificate::parse_pem(text), ClientCertificate::parse_der(text)}) {
    if (!read) continue;
    if (ClientCertificate::parse_der(read->der) != read || read->thumbprint256.size() != 43) std::abort();
  }
  if (const auto registration = read_registration(text))
    if (read_registration(print_registration(*registration)) != registration) std::abort();
  return 0;
}
