// URLs of webhooks: an accepted one has a canonical form, and libcurl reads it the same way.
#include "webhook/url.h"

#include <curl/curl.h>

#include <cstdint>
#include <cstdlib>
#include <memory>

using namespace porchlight;
using namespace porchlight::webhook;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const EgressPolicy policy{.ports = {443, 8443},
                                   .allowed = {*IpRange::parse("127.0.0.0/8"), *IpRange::parse("::1/128")}};
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  if (const auto address = IpAddress::parse(text);
      address && IpAddress::parse(to_string(*address)) != address)
    std::abort();
  const auto url = parse_url(text, policy);
  if (!url) return 0;
  if (url->literal && why_blocked(*url->literal, policy.allowed, {})) std::abort();
  const auto again = parse_url(url->text(), policy);
  if (url->text().size() <= kUrlBytesMax && (!again || again->text() != url->text())) std::abort();

  const std::unique_ptr<CURLU, decltype([](CURLU* read) { curl_url_cleanup(read); })> curl(curl_url());
  if (curl_url_set(curl.get(), CURLUPART_URL, url->text().c_str(), CURLU_PATH_AS_IS) != CURLUE_OK)
    std::abort();
  char* host = nullptr;
  char* port = nullptr;
  curl_url_get(curl.get(), CURLUPART_HOST, &host, 0);
  curl_url_get(curl.get(), CURLUPART_PORT, &port, CURLU_DEFAULT_PORT);
  const bool bracketed = url->literal && !url->literal->is_v4();
  if (!bracketed && (!host || url->host != host)) std::abort();
  if (!port || std::to_string(url->port) != port) std::abort();
  curl_free(host);
  curl_free(port);
  return 0;
}
