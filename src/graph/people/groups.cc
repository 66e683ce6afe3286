// GET /groups, /groups/{id} and /groups/{id}/members (spec clients 7). Lists are in the order of ids, so the next page
// continues after the last id of this one, also if that entity has been deleted since.
#include "graph/call/group.h"
#include "graph/call/operation.h"
#include "graph/people/entities.h"
#include "graph/wire/directory_query.h"

namespace porchlight::graph {
namespace {

Result<DirectoryQuery> parse_list_groups(HandlerContext&, const Call& call) {
  return parse_directory_query(call.request.query, kGroupType, DirectoryOptions::kList);
}

// Reads one group more than a page has, to know whether another page follows.
Result<Handled> run_list_groups(HandlerContext& context, const Call& call, const DirectoryQuery& query) {
  const auto after = page_start(context, call, query.skip_token);
  if (!after) return std::unexpected(after.error());
  const state::View& view = context.services.view;
  auto groups = view.list_groups(call.caller->tenant, *after, query.top + 1);
  const bool more = groups.size() > query.top;
  if (more) groups.pop_back();

  ListPage page{.context = context_fragment(kGroupType.set, kGroupType, query.selection)};
  if (query.count && !*after) page.count = view.count_groups(call.caller->tenant);
  if (more) page.last = groups.back().id;
  return reply_with_list(context, call, page, [&](JsonArray& out) {
    for (const state::GroupName& group : groups) {
      out.object([&](JsonObject& element) {
        write_entity_set_links(context, call, element, kGroupType, group.id);
        write_entity(element, kGroupType, {group.id, group.name}, query.selection);
      });
    }
  });
}

Result<DirectoryQuery> parse_get_group(HandlerContext&, const Call& call) {
  return parse_directory_query(call.request.query, kGroupType, DirectoryOptions::kOne);
}

Result<Handled> run_get_group(HandlerContext& context, const Call& call, const DirectoryQuery& query) {
  const auto group = target_group(context, call);
  if (!group) return std::unexpected(group.error());
  return reply_with_entity(context, call, kGroupType, {group->id, group->name}, query.selection);
}

Result<DirectoryQuery> parse_list_members(HandlerContext&, const Call& call) {
  return parse_directory_query(call.request.query, kUserType, DirectoryOptions::kList);
}

// The group's members are copied when it is read; a member deleted after that is left out of the page.
Result<Handled> run_list_members(HandlerContext& context, const Call& call, const DirectoryQuery& query) {
  const auto group = target_group(context, call);
  if (!group) return std::unexpected(group.error());
  const auto after = page_start(context, call, query.skip_token);
  if (!after) return std::unexpected(after.error());
  const auto remaining = members_after(*group, *after);
  const auto members = remaining.first(std::min(query.top, remaining.size()));

  ListPage page{.context = context_fragment("directoryObjects", kUserType, query.selection)};
  if (query.count && !*after) page.count = group->members.size();
  if (members.size() < remaining.size()) page.last = members.back();
  const auto write_member = [&](JsonObject& element, const directory::User& user) {
    // The declared type of the list is directoryObject, so each element names its own type.
    if (call.info.metadata == MetadataLevel::kMinimal) element.text("@odata.type", "#microsoft.graph.user");
    write_entity_set_links(context, call, element, kUserType, user.id);
    write_entity(element, kUserType, {user.id, user.name, user.upn}, query.selection);
  };
  return reply_with_list(context, call, page, [&](JsonArray& out) {
    for (const Guid& id : members) {
      const auto user = context.services.view.find_user({call.caller->tenant, id});
      if (!user) continue;  // removed since the group was read
      out.object([&](JsonObject& element) { write_member(element, *user); });
    }
  });
}

}  // namespace

constinit const RouteOperation list_groups = operation<parse_list_groups, run_list_groups>();
constinit const RouteOperation get_group = operation<parse_get_group, run_get_group>();
constinit const RouteOperation list_members = operation<parse_list_members, run_list_members>();

}  // namespace porchlight::graph
