// One libcurl transfer. Security depends on three options here: only https, no redirects, and a socket
// callback that refuses every address that was not checked (spec security §8).
#include "webhook/transfer.h"

#include <fmt/format.h>
#include <openssl/x509_vfy.h>
#include <sys/socket.h>

#include <algorithm>

namespace porchlight::webhook {
namespace {

constexpr long kIdleSecondsMax = 60;           // how long an unused connection stays open
constexpr long kCertificatesSecondsMax = 600;  // how long the parsed CA file is reused
constexpr const char* kNowhere = "0.0.0.0";    // never among the checked addresses

// A certificate that was refused: `verified` is OpenSSL's result for the chain. If the chain is good, the name is not:
// then curl leaves the result that it begins with, unspecified.
PostError certificate_error(long verified) {
  switch (verified) {
    case X509_V_OK:
    case X509_V_ERR_UNSPECIFIED:
      return PostError::kCertificateName;
    case X509_V_ERR_CERT_HAS_EXPIRED:
    case X509_V_ERR_CERT_NOT_YET_VALID:
      return PostError::kCertificateExpired;
    default:
      return PostError::kCertificateUntrusted;
  }
}

PostError error_of(CURLcode code, CURL* easy) {
  switch (code) {
    case CURLE_OK:
      return PostError::kNone;
    case CURLE_OPERATION_TIMEDOUT:
      return PostError::kTimeout;
    case CURLE_COULDNT_RESOLVE_HOST:
      return PostError::kResolve;
    case CURLE_COULDNT_CONNECT:
      return PostError::kConnect;
    case CURLE_SSL_CONNECT_ERROR:
    case CURLE_SSL_CERTPROBLEM:
    case CURLE_SSL_CIPHER:
    case CURLE_SSL_CACERT_BADFILE:
    case CURLE_SSL_ISSUER_ERROR:
    case CURLE_SSL_INVALIDCERTSTATUS:
      return PostError::kTls;
    case CURLE_PEER_FAILED_VERIFICATION: {
      long verified = X509_V_OK;
      curl_easy_getinfo(easy, CURLINFO_SSL_VERIFYRESULT, &verified);
      return certificate_error(verified);
    }
    default:
      return PostError::kOther;
  }
}

// An entry of CURLOPT_RESOLVE, "+host:port:address,address": what curl uses in place of a lookup. The '+'
// lets it expire.
std::string resolved(const Url& url, const std::vector<IpAddress>& addresses) {
  std::string text = fmt::format("+{}:{}:", url.host, url.port);
  if (addresses.empty()) return text.append(kNowhere);
  for (const IpAddress& address : addresses) {
    if (&address != &addresses.front()) text += ',';
    text.append(address.is_v4() ? "" : "[").append(to_string(address)).append(address.is_v4() ? "" : "]");
  }
  return text;
}

}  // namespace

CURL* Transfer::prepare(const std::filesystem::path& ca_file, std::vector<IpAddress> checked,
                        std::chrono::seconds age_max, SteadyTime now) {
  checked_ = std::move(checked);
  wants_to_dial_ = false;
  easy_.reset(curl_easy_init());
  headers_.reset(
      curl_slist_append(nullptr, fmt::format("Content-Type: {}", task_.post.content_type).c_str()));
  if (headers_)
    curl_slist_append(headers_.get(), "Expect:");  // send the body without waiting for 100 Continue
  if (headers_ && !task_.post.traceparent.empty())
    curl_slist_append(headers_.get(), fmt::format("traceparent: {}", task_.post.traceparent).c_str());
  resolved_.reset(curl_slist_append(nullptr, resolved(task_.url, checked_).c_str()));
  if (!easy_ || !headers_ || !resolved_) return nullptr;
  url_ = task_.url.text();
  const auto left = std::max<Duration>(ends() - now, Duration(1));

  CURL* easy = easy_.get();
  curl_easy_setopt(easy, CURLOPT_PRIVATE, this);
  curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "https");
  curl_easy_setopt(easy, CURLOPT_URL, url_.c_str());
  curl_easy_setopt(easy, CURLOPT_PATH_AS_IS, 1L);
  curl_easy_setopt(easy, CURLOPT_PROXY, "");
  curl_easy_setopt(easy, CURLOPT_FOLLOWLOCATION, 0L);
  curl_easy_setopt(easy, CURLOPT_HTTP_VERSION, static_cast<long>(CURL_HTTP_VERSION_2TLS));
  curl_easy_setopt(easy, CURLOPT_USERAGENT, "Porchlight");
  curl_easy_setopt(easy, CURLOPT_HTTPHEADER, headers_.get());
  curl_easy_setopt(easy, CURLOPT_POSTFIELDS, task_.post.body.data());
  curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(task_.post.body.size()));
  curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, static_cast<long>(left.count()));
  curl_easy_setopt(easy, CURLOPT_MAXAGE_CONN, kIdleSecondsMax);
  curl_easy_setopt(easy, CURLOPT_MAXLIFETIME_CONN, static_cast<long>(age_max.count()));  // 0: no limit
  curl_easy_setopt(easy, CURLOPT_FRESH_CONNECT, age_max.count() == 0 ? 1L : 0L);

  curl_easy_setopt(easy, CURLOPT_SSLVERSION, static_cast<long>(CURL_SSLVERSION_TLSv1_2));
  curl_easy_setopt(easy, CURLOPT_SSL_VERIFYPEER, 1L);
  curl_easy_setopt(easy, CURLOPT_SSL_VERIFYHOST, 2L);
  // curl reuses parsed certificates only if they come from one file and no folder.
  curl_easy_setopt(easy, CURLOPT_CAPATH, nullptr);
  if (!ca_file.empty()) curl_easy_setopt(easy, CURLOPT_CAINFO, ca_file.c_str());
  curl_easy_setopt(easy, CURLOPT_CA_CACHE_TIMEOUT, kCertificatesSecondsMax);

  curl_easy_setopt(easy, CURLOPT_RESOLVE, resolved_.get());
  curl_easy_setopt(easy, CURLOPT_OPENSOCKETFUNCTION, on_dial);
  curl_easy_setopt(easy, CURLOPT_OPENSOCKETDATA, this);
  curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, on_head);
  curl_easy_setopt(easy, CURLOPT_HEADERDATA, this);
  curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, on_body);
  curl_easy_setopt(easy, CURLOPT_WRITEDATA, this);
  return easy;
}

// The last check before a dial: the address exactly as it goes to connect().
curl_socket_t Transfer::on_dial(void* self, curlsocktype, curl_sockaddr* wanted) {
  auto& transfer = *static_cast<Transfer*>(self);
  const auto address = IpAddress::of(wanted->addr);
  if (transfer.checked_.empty()) transfer.wants_to_dial_ = true;
  if (!address || std::ranges::find(transfer.checked_, *address) == transfer.checked_.end())
    return CURL_SOCKET_BAD;
  return ::socket(wanted->family, wanted->socktype | SOCK_CLOEXEC, wanted->protocol);
}

// Returning less than the size makes curl abort the transfer.
std::size_t Transfer::on_head(char*, std::size_t size, std::size_t count, void* self) {
  auto& transfer = *static_cast<Transfer*>(self);
  transfer.head_bytes_ += size * count;
  if (transfer.head_bytes_ <= kReplyHeadBytesMax) return size * count;
  transfer.too_long_ = true;
  return 0;
}

std::size_t Transfer::on_body(char* data, std::size_t size, std::size_t count, void* self) {
  auto& transfer = *static_cast<Transfer*>(self);
  const std::size_t free_bytes = kReplyBytesMax - transfer.body_.size();
  transfer.body_.append(data, std::min(size * count, free_bytes));
  if (size * count <= free_bytes) return size * count;
  transfer.too_long_ = true;
  return 0;
}

Reply Transfer::take_reply(CURLcode code, SteadyTime now) {
  Reply reply = fail(too_long_ ? PostError::kTooLong : error_of(code, easy_.get()), now);
  long status = 0;
  curl_easy_getinfo(easy_.get(), CURLINFO_RESPONSE_CODE, &status);
  reply.status = static_cast<int>(status);
  const char* type = nullptr;
  curl_easy_getinfo(easy_.get(), CURLINFO_CONTENT_TYPE, &type);
  if (type) reply.content_type = type;
  reply.body = std::move(body_);
  return reply;
}

Reply Transfer::fail(PostError error, SteadyTime now) const { return {.error = error, .took = now - began_}; }

}  // namespace porchlight::webhook
