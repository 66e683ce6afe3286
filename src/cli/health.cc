// porchlight health: whether a running server is ready, as an exit code for containers and scripts.
#include <curl/curl.h>
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <cstdio>
#include <filesystem>
#include <memory>

#include "cli/admin_client.h"
#include "cli/directory_command.h"

namespace porchlight::cli {
namespace {

constexpr const char* kHealthExamples = R"(
Prints what GET /readyz?verbose answers. The exit code is 0 if the server is ready, and 1 if it is not or does not
answer.

Examples:
  porchlight health --data /var/lib/porchlight/data
  porchlight health --url https://presence.example.com)";

constexpr long kHealthWaitMs = 5000;
// The answer is a few lines.
constexpr std::size_t kAnswerBytesMax = 64 * 1024;

struct HealthOptions {
  std::filesystem::path data;
  std::string url;
};

struct CurlCleanup {
  void operator()(CURL* curl) const { curl_easy_cleanup(curl); }
};

// The write callback of libcurl: appends to the std::string `out`.
std::size_t append_answer(char* bytes, std::size_t size, std::size_t count, void* out) {
  std::string& answer = *static_cast<std::string*>(out);
  if (answer.size() + size * count > kAnswerBytesMax) return 0;
  answer.append(bytes, size * count);
  return size * count;
}

// Why there was no answer, as `curl` says if it is not the folder.
std::string fault_of(const HealthOptions& options, const char* curl) {
  std::string no_answer = fmt::format("the server does not answer at {}: {}",
                                      options.url.empty() ? options.data.string() : options.url, curl);
  if (!options.url.empty()) return no_answer;
  const auto folder = node::DataFolder::open(options.data);
  if (!folder) return folder.error();
  const auto server = AdminClient::connect(*folder, std::chrono::milliseconds(kHealthWaitMs));
  if (!server) return server.error();
  return *server ? no_answer : fmt::format("no server runs on {}", options.data.string());
}

// An error is the usage's; an empty text is good.
std::string check_url(const std::string& url) {
  const bool good = url.starts_with("http://") || url.starts_with("https://");
  return good && url.find('/', url.find("://") + 3) == url.npos ? "" : url + " is not http(s)://host[:port]";
}

CommandStatus check_health(const HealthOptions& options) {
  const std::unique_ptr<CURL, CurlCleanup> curl(curl_easy_init());
  const std::string socket = (options.data / "admin.sock").string();
  const std::string base = options.url.empty() ? "http://localhost" : options.url;
  std::string answer;
  if (options.url.empty()) curl_easy_setopt(curl.get(), CURLOPT_UNIX_SOCKET_PATH, socket.c_str());
  curl_easy_setopt(curl.get(), CURLOPT_URL, (base + "/readyz?verbose").c_str());
  curl_easy_setopt(curl.get(), CURLOPT_PROTOCOLS_STR, "http,https");
  curl_easy_setopt(curl.get(), CURLOPT_PROXY, "");
  curl_easy_setopt(curl.get(), CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(curl.get(), CURLOPT_TIMEOUT_MS, kHealthWaitMs);
  curl_easy_setopt(curl.get(), CURLOPT_WRITEFUNCTION, append_answer);
  curl_easy_setopt(curl.get(), CURLOPT_WRITEDATA, &answer);
  if (const CURLcode code = curl_easy_perform(curl.get()); code != CURLE_OK)
    return std::unexpected(fault_of(options, curl_easy_strerror(code)));
  long status = 0;
  curl_easy_getinfo(curl.get(), CURLINFO_RESPONSE_CODE, &status);
  std::fputs(answer.c_str(), stdout);
  if (status != 200) return std::unexpected(fmt::format("the server is not ready: HTTP status {}", status));
  return {};
}

}  // namespace

void add_health(CLI::App& root, SelectedCommand& selected) {
  const auto options = std::make_shared<HealthOptions>();
  CLI::App* command = root.add_subcommand("health", "Ask a running server whether it is ready");
  CLI::Option* data =
      command
          ->add_option("--data", options->data, "The data folder of the server, whose admin socket is asked")
          ->type_name("DIR");
  CLI::Option* url =
      command->add_option("--url", options->url, "An address of the server instead: http(s)://host[:port]")
          ->type_name("URL")
          ->check(check_url);
  data->excludes(url);
  command->require_option(1);
  command->footer(kHealthExamples);
  set_action(*command, selected, [options] { return check_health(*options); });
}

}  // namespace porchlight::cli
