// The status codes of HTTP by name: the one table of the reason phrases (RFC 9110 §15) and of the names that
// Graph shows.
#pragma once

#include <algorithm>
#include <iterator>
#include <string_view>

namespace porchlight::http {

// A status code and its two names. `graph_name` is .NET's name of the code, with which Graph reports the
// answer of a webhook. It is empty for codes that are reported as a number.
struct StatusName {
  int status;
  std::string_view reason;
  std::string_view graph_name;
};

inline constexpr StatusName kStatusNames[] = {
    {101, "Switching Protocols", ""},
    {200, "OK", ""},
    {201, "Created", "Created"},
    {202, "Accepted", "Accepted"},
    {203, "Non-Authoritative Information", "NonAuthoritativeInformation"},
    {204, "No Content", "NoContent"},
    {206, "Partial Content", "PartialContent"},
    {301, "Moved Permanently", "MovedPermanently"},
    {302, "Found", "Found"},
    {303, "See Other", "SeeOther"},
    {304, "Not Modified", "NotModified"},
    {307, "Temporary Redirect", "TemporaryRedirect"},
    {308, "Permanent Redirect", "PermanentRedirect"},
    {400, "Bad Request", "BadRequest"},
    {401, "Unauthorized", "Unauthorized"},
    {402, "Payment Required", "PaymentRequired"},
    {403, "Forbidden", "Forbidden"},
    {404, "Not Found", "NotFound"},
    {405, "Method Not Allowed", "MethodNotAllowed"},
    {406, "Not Acceptable", "NotAcceptable"},
    {408, "Request Timeout", "RequestTimeout"},
    {409, "Conflict", "Conflict"},
    {410, "Gone", "Gone"},
    {411, "Length Required", "LengthRequired"},
    {412, "Precondition Failed", ""},
    {413, "Content Too Large", "RequestEntityTooLarge"},
    {414, "URI Too Long", "RequestUriTooLong"},
    {415, "Unsupported Media Type", "UnsupportedMediaType"},
    {417, "Expectation Failed", ""},
    {422, "Unprocessable Content", "UnprocessableEntity"},
    {424, "Failed Dependency", ""},
    {426, "Upgrade Required", ""},
    {429, "Too Many Requests", "TooManyRequests"},
    {431, "Request Header Fields Too Large", ""},
    {500, "Internal Server Error", "InternalServerError"},
    {501, "Not Implemented", "NotImplemented"},
    {502, "Bad Gateway", "BadGateway"},
    {503, "Service Unavailable", "ServiceUnavailable"},
    {504, "Gateway Timeout", "GatewayTimeout"},
    {505, "HTTP Version Not Supported", ""},
    {507, "Insufficient Storage", ""},
};
static_assert(std::ranges::is_sorted(kStatusNames, {}, &StatusName::status));

// The names of a status code; null if the table does not have it.
constexpr const StatusName* find_status(int status) {
  const auto found = std::ranges::lower_bound(kStatusNames, status, {}, &StatusName::status);
  return found != std::end(kStatusNames) && found->status == status ? &*found : nullptr;
}

}  // namespace porchlight::http
