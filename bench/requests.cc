#include "requests.h"

#include <fmt/format.h>

#include <iterator>

namespace porchlight::bench {
namespace {

constexpr std::size_t kBulk = 650, kSteps = 20;
// Answers contain the host: the same for all servers, so that all answers have the same size.
constexpr std::string_view kHost = "presence.example";
// Padded with blanks, so that all bodies have the same size.
constexpr std::string_view kAvailable =
    R"({"sessionId":"22553876-f5ab-4529-bffb-cfe50aa89f87","availability":"Available","activity":"Available"})";
constexpr std::string_view kBusy =
    R"({"sessionId":"22553876-f5ab-4529-bffb-cfe50aa89f87","availability":"Busy","activity":"InAMeeting"}    )";
static_assert(kAvailable.size() == kBusy.size());

constexpr std::pair<std::string_view, Append> kKinds[] = {
    {"read", &Requests::append_read},           {"bulk", &Requests::append_bulk},
    {"bulk_gzip", &Requests::append_bulk_gzip}, {"bulk_select", &Requests::append_bulk_select},
    {"batch", &Requests::append_batch},         {"set", &Requests::append_set},
    {"sign_in", &Requests::append_sign_in},
};

}  // namespace

std::optional<Append> find_kind(std::string_view name) {
  for (const auto& [kind, append] : kKinds)
    if (kind == name) return append;
  return std::nullopt;
}

Requests::Requests(std::string_view token, std::uint64_t people)
    : people_(people), fields_(fmt::format("Host: {}\r\nAuthorization: Bearer {}\r\n", kHost, token)) {}

void Requests::append_read(std::string& out) {
  out += "GET /v1.0/users/";
  append_id(out, random_person());
  out.append("/presence HTTP/1.1\r\n").append(fields_).append("Accept: application/json\r\n\r\n");
}

void Requests::append_bulk(std::string& out) { append_bulk_read(out, "", ""); }

void Requests::append_bulk_gzip(std::string& out) { append_bulk_read(out, "", "Accept-Encoding: gzip\r\n"); }

void Requests::append_bulk_select(std::string& out) {
  append_bulk_read(out, "?$select=id,availability,activity", "");
}

void Requests::append_batch(std::string& out) {
  std::string body = R"({"requests":[)";
  for (std::size_t i = 0; i < kSteps; ++i) {
    fmt::format_to(std::back_inserter(body), R"({}{{"id":"{}","method":"GET","url":"/users/)",
                   i == 0 ? "" : ",", i + 1);
    append_id(body, random_person());
    body += R"(/presence"})";
  }
  append_post(out, "/v1.0/$batch", "", body += "]}");
}

void Requests::append_set(std::string& out) {
  const bool busy = (random() & 1) != 0;
  append_set_of(out, random_person(), busy ? kBusy : kAvailable);
}

void Requests::append_sign_in(std::string& out) { append_set_of(out, signed_in_++ % people_, kAvailable); }

void Requests::append_set_of(std::string& out, std::uint64_t person, std::string_view state) const {
  std::string path = "/v1.0/users/";
  append_id(path, person);
  append_post(out, path += "/presence/setPresence", "", state);
}

void Requests::append_bulk_read(std::string& out, std::string_view query, std::string_view field) {
  std::string body = R"({"ids":[)";
  for (std::size_t i = 0; i < kBulk; ++i) {
    body += i == 0 ? "\"" : ",\"";
    append_id(body, random_person());
    body += '"';
  }
  append_post(out, fmt::format("/v1.0/communications/getPresencesByUserId{}", query), field, body += "]}");
}

void Requests::append_post(std::string& out, std::string_view path, std::string_view field,
                           std::string_view body) const {
  fmt::format_to(std::back_inserter(out),
                 "POST {} HTTP/1.1\r\n{}{}Content-Type: application/json\r\nContent-Length: {}\r\n\r\n{}",
                 path, fields_, field, body.size(), body);
}

}  // namespace porchlight::bench
