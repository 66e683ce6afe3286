#include "nats/engine_check.h"

#include <curl/curl.h>
#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <memory>
#include <optional>

#include "base/json.h"

namespace porchlight::nats {
namespace {

using MonitoringTransfer = std::unique_ptr<CURL, decltype([](CURL* curl) { curl_easy_cleanup(curl); })>;

// A callback of curl. Another result than the number of bytes ends the transfer.
std::size_t append_body(char* data, std::size_t size, std::size_t count, void* to) {
  std::string& body = *static_cast<std::string*>(to);
  if (body.size() + size * count > kMonitoringBytesMax) return CURL_WRITEFUNC_ERROR;
  body.append(data, size * count);
  return size * count;
}

// Nothing from the environment and no redirects: only the configured host is called.
std::expected<std::string, std::string> get(const std::string& url, const std::string& ca_file) {
  static const bool is_started = curl_global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK;
  const MonitoringTransfer curl(is_started ? curl_easy_init() : nullptr);
  if (!curl) return std::unexpected("the HTTP library can't be used");
  std::string body;
  curl_easy_setopt(curl.get(), CURLOPT_URL, url.c_str());
  curl_easy_setopt(curl.get(), CURLOPT_PROTOCOLS_STR, "http,https");
  curl_easy_setopt(curl.get(), CURLOPT_FOLLOWLOCATION, 0L);
  curl_easy_setopt(curl.get(), CURLOPT_PROXY, "");
  curl_easy_setopt(curl.get(), CURLOPT_NETRC, static_cast<long>(CURL_NETRC_IGNORED));
  curl_easy_setopt(curl.get(), CURLOPT_SSLVERSION, static_cast<long>(CURL_SSLVERSION_TLSv1_2));
  curl_easy_setopt(curl.get(), CURLOPT_TIMEOUT_MS, static_cast<long>(kMonitoringWithin.count()));
  curl_easy_setopt(curl.get(), CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(curl.get(), CURLOPT_WRITEFUNCTION, append_body);
  curl_easy_setopt(curl.get(), CURLOPT_WRITEDATA, &body);
  if (!ca_file.empty()) {
    curl_easy_setopt(curl.get(), CURLOPT_CAINFO, ca_file.c_str());
    curl_easy_setopt(curl.get(), CURLOPT_CAPATH, nullptr);
  }
  const CURLcode code = curl_easy_perform(curl.get());
  if (code == CURLE_WRITE_ERROR) return std::unexpected("its answer is too long");
  if (code != CURLE_OK) return std::unexpected(curl_easy_strerror(code));
  long status = 0;
  curl_easy_getinfo(curl.get(), CURLINFO_RESPONSE_CODE, &status);
  if (status != 200) return std::unexpected(fmt::format("its answer is {}, not 200", status));
  return body;
}

// The three numbers at the beginning of a version.
std::optional<std::array<unsigned, 3>> parse_version(std::string_view text) {
  std::array<unsigned, 3> numbers{};
  for (std::size_t place = 0; place < numbers.size(); ++place) {
    if (place > 0) {
      if (!text.starts_with('.')) return std::nullopt;
      text.remove_prefix(1);
    }
    const auto [stop, fault] = std::from_chars(text.data(), text.data() + text.size(), numbers[place]);
    if (fault != std::errc()) return std::nullopt;
    text.remove_prefix(static_cast<std::size_t>(stop - text.data()));
  }
  return numbers;
}

}  // namespace

std::optional<std::string> fault_of_server(std::string_view varz) {
  JsonReader reader;
  const auto root = reader.parse(varz, {.names_ignore_case = false});
  std::string_view text;
  if (!root || root->at_key("version").get(text) != simdjson::SUCCESS)
    return "it does not say its version: is this the monitoring address of a nats-server?";
  const auto version = parse_version(text);
  const auto& [major, minor, patch] = kEngineVersionMin;
  if (!version || *version < kEngineVersionMin)
    return fmt::format("its version is {}, which loses acknowledged writes: use {}.{}.{} or later",
                       text.substr(0, 40), major, minor, patch);
  simdjson::dom::element config;
  if (root->at_pointer("/jetstream/config").get(config) != simdjson::SUCCESS)
    return "it has no JetStream: add `jetstream { store_dir: …, sync_interval: always }` to its "
           "configuration";
  bool is_synced = false;
  if (config["sync_always"].get(is_synced) != simdjson::SUCCESS || !is_synced)
    return "it acknowledges writes before they are on the disk: set `sync_interval: always` in its "
           "`jetstream { }`";
  return std::nullopt;
}

std::expected<void, std::string> check_engine(const std::vector<std::string>& monitoring,
                                              const std::string& ca_file) {
  if (monitoring.empty())
    return std::unexpected(
        "no monitoring address of the engine's servers is configured, and only there they tell their "
        "settings");
  for (const std::string& address : monitoring) {
    const auto varz = get(address + "/varz", ca_file);
    const auto fault = varz ? fault_of_server(*varz) : std::optional(varz.error());
    if (fault) return std::unexpected(fmt::format("the message engine at {}: {}", address, *fault));
  }
  return {};
}

}  // namespace porchlight::nats
