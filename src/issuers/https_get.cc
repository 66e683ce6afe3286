// One GET through libcurl's easy interface. The callbacks bound what a provider can send; libcurl's own limit
// only works for announced lengths.
#include "issuers/https_get.h"

#include <curl/curl.h>
#include <fmt/format.h>

#include <memory>

namespace porchlight::issuers {
namespace {

using Curl = std::unique_ptr<CURL, decltype([](CURL* curl) { curl_easy_cleanup(curl); })>;

// What was received so far.
struct HttpsResponse {
  std::string body;
  std::size_t head_bytes = 0;
  bool too_long = false;
};

// Callbacks of curl. An error code ends the transfer.
std::size_t append_body(char* data, std::size_t size, std::size_t count, void* to) {
  HttpsResponse& response = *static_cast<HttpsResponse*>(to);
  response.too_long |= response.body.size() + size * count > kResponseBytesMax;
  if (response.too_long) return CURL_WRITEFUNC_ERROR;
  response.body.append(data, size * count);
  return size * count;
}

std::size_t count_head(char*, std::size_t size, std::size_t count, void* to) {
  HttpsResponse& response = *static_cast<HttpsResponse*>(to);
  response.head_bytes += size * count;
  response.too_long |= response.head_bytes > kResponseHeadBytesMax;
  return response.too_long ? CURL_WRITEFUNC_ERROR : size * count;
}

int is_stopped(void* stop, curl_off_t, curl_off_t, curl_off_t, curl_off_t) {
  return static_cast<std::stop_token*>(stop)->stop_requested() ? 1 : 0;
}

// Initialises libcurl once in the process.
bool start_curl() {
  static const bool started = curl_global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK;
  return started;
}

// Nothing from the environment and no redirects: only the configured host is called.
void set_bounds(CURL* curl) {
  curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "https");
  curl_easy_setopt(curl, CURLOPT_FOLLOWLOCATION, 0L);
  curl_easy_setopt(curl, CURLOPT_PROXY, "");
  curl_easy_setopt(curl, CURLOPT_NETRC, static_cast<long>(CURL_NETRC_IGNORED));
  curl_easy_setopt(curl, CURLOPT_HTTP_VERSION, static_cast<long>(CURL_HTTP_VERSION_1_1));
  curl_easy_setopt(curl, CURLOPT_SSL_VERIFYPEER, 1L);
  curl_easy_setopt(curl, CURLOPT_SSL_VERIFYHOST, 2L);
  curl_easy_setopt(curl, CURLOPT_SSLVERSION, static_cast<long>(CURL_SSLVERSION_TLSv1_2));
  curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, static_cast<long>(kFetchTimeout.count()));
  curl_easy_setopt(curl, CURLOPT_MAXFILESIZE, static_cast<long>(kResponseBytesMax));
  curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(curl, CURLOPT_NOPROGRESS, 0L);
}

// The reason of a failure, for the log.
std::string describe_error(CURLcode code, const HttpsResponse& response) {
  if (response.too_long || code == CURLE_FILESIZE_EXCEEDED) return "the answer is too long";
  if (code == CURLE_OPERATION_TIMEDOUT) return "no answer in time";
  return curl_easy_strerror(code);
}

}  // namespace

std::expected<std::string, std::string> https_get(const std::string& url,
                                                  const std::filesystem::path& ca_file,
                                                  std::stop_token stop) {
  const Curl curl(start_curl() ? curl_easy_init() : nullptr);
  if (!curl) return std::unexpected("the HTTP library cannot be used");
  HttpsResponse response;
  set_bounds(curl.get());
  curl_easy_setopt(curl.get(), CURLOPT_URL, url.c_str());
  if (!ca_file.empty()) {
    curl_easy_setopt(curl.get(), CURLOPT_CAINFO, ca_file.c_str());
    curl_easy_setopt(curl.get(), CURLOPT_CAPATH, nullptr);
  }
  curl_easy_setopt(curl.get(), CURLOPT_WRITEFUNCTION, append_body);
  curl_easy_setopt(curl.get(), CURLOPT_WRITEDATA, &response);
  curl_easy_setopt(curl.get(), CURLOPT_HEADERFUNCTION, count_head);
  curl_easy_setopt(curl.get(), CURLOPT_HEADERDATA, &response);
  curl_easy_setopt(curl.get(), CURLOPT_XFERINFOFUNCTION, is_stopped);
  curl_easy_setopt(curl.get(), CURLOPT_XFERINFODATA, &stop);
  const CURLcode code = curl_easy_perform(curl.get());
  if (code != CURLE_OK) return std::unexpected(describe_error(code, response));
  long status = 0;
  curl_easy_getinfo(curl.get(), CURLINFO_RESPONSE_CODE, &status);
  if (status != 200) return std::unexpected(fmt::format("the answer is {}, not 200", status));
  return std::move(response.body);
}

}  // namespace porchlight::issuers
