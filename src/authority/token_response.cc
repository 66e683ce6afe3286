#include "authority/token_response.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace porchlight::authority {
namespace {

using std::chrono::seconds;

constexpr auto kTokenSeconds = std::chrono::duration_cast<seconds>(kTokenLife).count();

// The resource of a v1 response: as the request names it, else as the scope does.
std::string resource_name(const Form& form, const Scope& scope) {
  if (const auto named = form.find("resource")) return std::string(*named);
  if (scope.resource) return to_string(*scope.resource);
  return scope.prefix.empty() ? std::string(kGraphId) : scope.prefix.substr(0, scope.prefix.size() - 1);
}

}  // namespace

void begin_token_response(JsonObject& json, const EndpointRequest& incoming, const Form& form,
                          const Scope& scope, std::string_view granted,
                          std::span<const std::string> permissions) {
  json.text("token_type", "Bearer");
  if (incoming.version == EndpointVersion::kV2) {
    json.text("scope", granted).number("expires_in", kTokenSeconds).number("ext_expires_in", kTokenSeconds);
    return;
  }
  const auto now = std::chrono::floor<seconds>(incoming.now).time_since_epoch().count();
  const std::string life = std::to_string(kTokenSeconds);
  json.text_if("scope", fmt::format("{}", fmt::join(permissions, " ")))
      .text("expires_in", life)
      .text("ext_expires_in", life)
      .text("expires_on", std::to_string(now + kTokenSeconds))
      .text("not_before", std::to_string(now))
      .text("resource", resource_name(form, scope));
}

// The sentence is Entra's: published clients cut the code out of it.
std::string device_response(const EndpointRequest& incoming, std::string_view device_code,
                            std::string_view user_code) {
  const bool is_v1 = incoming.version == EndpointVersion::kV1;
  const std::string url = fmt::format("{}/common/oauth2/{}deviceauth", incoming.base, is_v1 ? "" : "v2.0/");
  const auto life = std::chrono::duration_cast<seconds>(kDeviceLife).count();
  const auto interval = std::chrono::duration_cast<seconds>(kPollInterval).count();
  return json_object([&](JsonObject& json) {
    json.text("user_code", user_code).text("device_code", device_code);
    json.text(is_v1 ? "verification_url" : "verification_uri", url);
    if (is_v1)
      json.text("expires_in", std::to_string(life)).text("interval", std::to_string(interval));
    else
      json.number("expires_in", life).number("interval", interval);
    json.text("message", fmt::format("To sign in, use a web browser to open the page {} and enter the code "
                                     "{} to authenticate.",
                                     url, user_code));
  });
}

}  // namespace porchlight::authority
