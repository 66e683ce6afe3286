// The one operation of the administration API: makes a command out of a request, and an answer out of its result. What
// the caller may do is decided where the command runs (admin/admin.h); here, whether the token may be used for it.
#include <fmt/format.h>

#include <memory>

#include "base/ip_address.h"
#include "base/json_writer.h"
#include "graph/administration/command_members.h"
#include "graph/call/administration.h"
#include "graph/call/operation.h"
#include "graph/call/suspended_call.h"

namespace porchlight::graph {
namespace {

// The command of the request. The path, the query and the body never give the same argument.
Result<std::string> parse_command(HandlerContext& context, const Call& call) {
  const AdminRoute& route = *call.match.route->administration;
  const auto options = fmt::format("{} {}", route.id == "tenant" ? "" : "tenant", route.options);
  if (auto known = refuse_other_options(options, call.request.query); !known)
    return std::unexpected(std::move(known.error()));
  const auto tenant = find_parameter(call.request.query, "tenant");
  if (!tenant) return std::unexpected(tenant.error());
  Result<void> added;
  std::string text = json_object([&](JsonObject& command) {
    command.text("command", route.command);
    if (!route.id.empty()) append_argument(command, route.id, call.match.id);
    if (!route.item.empty()) append_argument(command, route.item, call.match.item);
    if (*tenant)
      command.text("tenant", **tenant);
    else if (route.of_tenant)
      command.text("tenant", to_string(call.caller->tenant));
    added = append_options(command, route.options, call.request.query);
    if (added) added = append_members(command, route.members, context.reader, call.request.body);
  });
  if (!added) return std::unexpected(std::move(added.error()));
  return text;
}

// Whether the request could not be read on its way: it came by https, or did not leave the machine.
bool is_private(const http::Request& request) {
  static const IpRange kLoopbacks[] = {IpRange::parse("127.0.0.0/8").value(),
                                       IpRange::parse("::1/128").value()};
  return request.is_https || (request.client && any_contains(kLoopbacks, request.client->unmapped()));
}

Result<void> authorize_administrator(const HandlerContext&, const Call& call, const std::string&) {
  if (auto allowed = authorize(call, call.caller->user); !allowed) return allowed;
  if (!is_private(call.request)) return std::unexpected(https_required());
  return {};
}

// A list has the form of Graph's.
std::string body_of(const std::string& result) {
  return result.starts_with('[') ? json_object([&](JsonObject& out) { out.json("value", result); }) : result;
}

Result<void> write_answer(const HandlerContext& context, const Call& call, const AdminAnswer& answer) {
  if (answer.status != 200) return std::unexpected(administration_failed(answer.status, answer.text));
  call.response.status = call.match.route->administration->status;
  if (call.response.status == 204) {
    context.response_writer.without_body(call.response, call.info);
    return {};
  }
  context.response_writer.json(call.response, call.info);
  call.response.body = body_of(answer.text);
  return {};
}

Result<Handled> run_command(HandlerContext& context, const Call& call, std::string& command) {
  if (context.services.administration == nullptr) return std::unexpected(service_unavailable());
  context.services.administration->submit(
      {*call.caller, std::move(command), call.request.client_text()},
      [&context, suspended = std::make_shared<SuspendedCall>(call)](AdminAnswer answer) mutable {
        SuspendedCall::resume(context, std::move(suspended),
                              [answer = std::move(answer)](HandlerContext& resumed, const Call& waiting) {
                                return write_answer(resumed, waiting, answer);
                              });
      });
  return Handled::kLater;
}

}  // namespace

constinit const RouteOperation administer =
    operation_with_rule<parse_command, authorize_administrator, run_command>().with_secret();

}  // namespace porchlight::graph
