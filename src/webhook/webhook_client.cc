// The texts of PostError. Clients and operators read them, so each names the setting that can be in the way.
#include "webhook/webhook_client.h"

namespace porchlight::webhook {

std::string_view describe(PostError error) {
  switch (error) {
    case PostError::kBlockedAddress:
    case PostError::kResolve:
      return "the host name has no address that may be called (DNS, or webhooks.allow_ranges of the server's "
             "configuration)";
    case PostError::kConnect:
      return "the connection was refused";
    case PostError::kCertificateUntrusted:
      return "TLS: the certificate is not trusted (webhooks.ca_file of the server's configuration names the "
             "trusted authorities)";
    case PostError::kCertificateExpired:
      return "TLS: the certificate has expired or is not valid yet";
    case PostError::kCertificateName:
      return "TLS: the certificate is for another name";
    case PostError::kTls:
      return "TLS: the handshake failed";
    case PostError::kTimeout:
      return "the request timed out";
    case PostError::kTooLong:
      return "the response is too long";
    case PostError::kNone:
    case PostError::kOther:
      break;
  }
  return "the connection ended before the response";
}

}  // namespace porchlight::webhook
