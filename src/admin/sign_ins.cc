// Administrative commands on the sign-ins of an application that go on: of displays, browsers and programs.
#include "authority/sign_ins.h"

#include <algorithm>

#include "admin/commands.h"
#include "node/directory_view.h"

namespace porchlight::admin {
namespace {

constexpr std::uint64_t kSignInsDefault = 100, kSignInsMax = 999;  // of a page
constexpr const char* kSignInsUnread = "the sign-ins cannot be read or written now; is the disk full?";

void write_sign_in(JsonObject& out, const authority::LivingSignIn& sign_in) {
  out.text("id", to_string(sign_in.family)).text("userId", to_string(sign_in.user.id));
  out.text("userPrincipalName", sign_in.user.upn).text("displayName", sign_in.user.name);
  out.text("begun", date_time_text(sign_in.begun)).text("lastUsed", date_time_text(sign_in.used));
  out.text_if("device", sign_in.device);
}

}  // namespace

AdminResult list_app_sign_ins(node::Node& node, CommandArgs& args) {
  const auto both = tenant_and_app(node, args);
  if (!both) return std::unexpected(both.error());
  const auto limit =
      std::clamp<std::uint64_t>(args.number("limit").value_or(kSignInsDefault), 1, kSignInsMax);
  const auto after = args.text("after");
  if (!args.fault().empty()) return std::unexpected(args.fault());
  const auto place = after ? parse_guid(*after) : std::nullopt;
  if (after && !place) return std::unexpected("after must be a GUID");
  const auto stores = node.authority_stores();
  if (!stores) return std::unexpected(unavailable(stores.error()));
  const node::DirectoryView directory(node.view(), node.revocations());
  const auto page = authority::list_sign_ins(directory, **stores, both->first.id, both->second.id, place,
                                             limit, node.clock().wall());
  if (!page) return std::unexpected(unavailable(kSignInsUnread));
  return json_object([&](JsonObject& out) {
    out.array("value", page->items, [](JsonArray& list, const authority::LivingSignIn& sign_in) {
      list.object([&](JsonObject& one) { write_sign_in(one, sign_in); });
    });
    if (page->next) out.text("next", to_string(*page->next));
  });
}

AdminResult revoke_app_sign_in(node::Node& node, CommandArgs& args) {
  const auto both = tenant_and_app(node, args);
  if (!both) return std::unexpected(both.error());
  const auto which = args.text("sign_in");
  if (!args.fault().empty()) return std::unexpected(args.fault());
  const auto family = parse_guid(which.value_or(""));
  if (!family) return std::unexpected(not_found("there is no such sign-in"));
  const auto stores = node.authority_stores();
  if (!stores) return std::unexpected(unavailable(stores.error()));
  const auto revoked =
      (*stores)->families.revoke_of(both->first.id, both->second.id, *family, node.clock().wall());
  if (!revoked) return std::unexpected(unavailable(kSignInsUnread));
  if (!*revoked) return std::unexpected(not_found("there is no such sign-in"));
  return json_object([&](JsonObject& out) { out.text("id", to_string(*family)); });
}

}  // namespace porchlight::admin
