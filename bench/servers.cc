#include "servers.h"

#include <fmt/format.h>

#include <chrono>
#include <stdexcept>
#include <thread>

#include "people.h"

namespace porchlight::bench {
namespace {

constexpr const char* kApp = "Bench";
constexpr const char* kRole = "Presence.ReadWrite.All";
// Answers contain the host: the same for all, so that all have the same size.
constexpr std::string_view kHost = "presence.example";
// Padded with blanks, so that all bodies have the same size.
constexpr std::string_view kAvailable =
    R"({"sessionId":"22553876-f5ab-4529-bffb-cfe50aa89f87","availability":"Available","activity":"Available"})";
constexpr std::string_view kBusy =
    R"({"sessionId":"22553876-f5ab-4529-bffb-cfe50aa89f87","availability":"Busy","activity":"InAMeeting"}    )";
static_assert(kAvailable.size() == kBusy.size());

}  // namespace

Served serve(const Setting& setting, const Arguments& arguments, int processor) {
  Process process(arguments, processor, setting.stderr_file());
  const std::string line = process.read_line();
  const std::size_t colon = line.rfind(':');
  if (!line.starts_with("listening on ") || colon == std::string::npos)
    throw std::runtime_error(fmt::format("{} did not say where it listens", arguments[0]));
  return {std::move(process), std::stoi(line.substr(colon + 1))};
}

namespace {

Arguments serve_arguments(const Setting& setting, const std::filesystem::path& data) {
  return {setting.porchlight, "serve",     "--data", data,         "--listen",
          "127.0.0.1:0",      "--threads", "1",      "--throttle", "off"};
}

}  // namespace

Served serve_porchlight(const Setting& setting, const std::filesystem::path& data, const Arguments& more) {
  Arguments arguments = serve_arguments(setting, data);
  arguments.insert(arguments.end(), more.begin(), more.end());
  return serve(setting, arguments, setting.processors.server);
}

void wait_until_idle(const Served& served) {
  constexpr auto kPollInterval = std::chrono::milliseconds(250);
  constexpr std::int64_t kIdleNs = 5'000'000;
  constexpr int kPollsMax = 240;
  for (int poll = 0; poll < kPollsMax; ++poll) {
    const std::int64_t before = served.process.cpu_ns();
    std::this_thread::sleep_for(kPollInterval);
    if (served.process.cpu_ns() - before < kIdleNs) return;
  }
  throw std::runtime_error("a server does not come to rest");
}

Served serve_porchlight_anywhere(const Setting& setting, const std::filesystem::path& data) {
  return serve(setting, serve_arguments(setting, data), kAnyProcessor);
}

void make_data(const Setting& setting, const std::filesystem::path& data) {
  const std::filesystem::path stderr_file = setting.stderr_file();
  run_command({setting.porchlight, "init", "--data", data}, stderr_file);
  run_command({setting.porchlight, "tenant", "add", "--data", data, "--name", "Contoso", "--id",
               std::string(kTenantId)},
              stderr_file);
  run_command({setting.porchlight, "app", "add", "--data", data, "--name", kApp, "--client", "--role", kRole},
              stderr_file);
}

std::string mint_token(const Setting& setting, const std::filesystem::path& data) {
  std::string token = run_command(
      {setting.porchlight, "token", "--data", data, "--app", kApp, "--role", kRole, "--expires", "24h"},
      setting.stderr_file());
  while (token.ends_with('\n')) token.pop_back();
  return token;
}

Requests::Requests(const std::string& token, std::uint64_t people) : people_(people) {
  const std::string fields = fmt::format("Host: {}\r\nAuthorization: Bearer {}\r\n", kHost, token);
  fields_ = fields;
  before_read_id_ = "GET /v1.0/users/";
  after_read_id_ = fmt::format("/presence HTTP/1.1\r\n{}Accept: application/json\r\n\r\n", fields);
  before_set_id_ = "POST /v1.0/users/";
  after_set_id_ = fmt::format(
      "/presence/setPresence HTTP/1.1\r\n{}Content-Type: application/json\r\nContent-Length: {}\r\n\r\n",
      fields, kAvailable.size());
}

void Requests::append_read(std::string& out, std::uint64_t person) const {
  out += before_read_id_;
  append_id(out, person);
  out += after_read_id_;
}

std::size_t Requests::read_bytes() const {
  std::string one;
  append_read(one, 0);
  return one.size();
}

void Requests::append_get(std::string& out, std::string_view path) const {
  fmt::format_to(std::back_inserter(out), "GET {} HTTP/1.1\r\n{}\r\n", path, fields_);
}

void Requests::append_set(std::string& out, std::uint64_t person, bool busy) const {
  out += before_set_id_;
  append_id(out, person);
  out += after_set_id_;
  out += busy ? kBusy : kAvailable;
}

void Requests::append_random_set(std::string& out) {
  const bool busy = (scrambled() & 1) != 0;
  append_set(out, random_person(), busy);
}

void Requests::append_post(std::string& out, std::string_view path, const std::string& body) const {
  fmt::format_to(std::back_inserter(out),
                 "POST {} HTTP/1.1\r\n{}Content-Type: application/json\r\nContent-Length: {}\r\n\r\n{}", path,
                 fields_, body.size(), body);
}

void Requests::append_random_bulk(std::string& out, std::size_t people, std::string_view query) {
  std::string body = R"({"ids":[)";
  for (std::size_t i = 0; i < people; ++i) {
    body += i == 0 ? "\"" : ",\"";
    append_id(body, random_person());
    body += '"';
  }
  body += "]}";
  append_post(out, fmt::format("/v1.0/communications/getPresencesByUserId{}", query), body);
}

void Requests::append_random_batch(std::string& out, std::size_t steps) {
  std::string body = R"({"requests":[)";
  for (std::size_t i = 0; i < steps; ++i) {
    fmt::format_to(std::back_inserter(body), R"({}{{"id":"{}","method":"GET","url":"/users/)",
                   i == 0 ? "" : ",", i + 1);
    append_id(body, random_person());
    body += R"(/presence"})";
  }
  body += "]}";
  append_post(out, "/v1.0/$batch", body);
}

std::uint64_t Requests::scrambled() { return scramble(++drawn_); }

}  // namespace porchlight::bench
