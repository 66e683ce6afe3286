// GET /groups, /groups/{id} and /groups/{id}/members (spec clients 7).
#include "graph/call/group.h"
#include "graph/call/links.h"
#include "graph/call/operation.h"
#include "graph/wire/directory_query.h"

namespace porchlight::graph {
namespace {

// Begins a list's object, up to its first element.
void begin_list(const HandlerContext& context, const Call& call, std::string_view what,
                std::optional<std::size_t> count) {
  std::string& out = call.response.body;
  out += '{';
  append_context(context, call, out, what);
  if (count) out += R"("@odata.count":)" + std::to_string(*count) + ',';
  out += R"("value":[)";
}

void end_list(const HandlerContext& context, const Call& call, const std::optional<Guid>& last) {
  call.response.body += ']';
  if (last) append_next_link(context, call, call.response.body, *last);
  call.response.body += '}';
  context.response_writer.json(call.response, call.info);
}

std::string context_of(const EntityType& type, Selection selection) {
  std::string what(type.set);
  append_selection(what, type, selection);
  return what;
}

Result<DirectoryQuery> parse_list_groups(HandlerContext&, const Call& call) {
  return parse_directory_query(call.request.query, kGroupType, DirectoryOptions::kList);
}

Result<Handled> run_list_groups(HandlerContext& context, const Call& call, const DirectoryQuery& query) {
  const auto after = page_start(context, call, query.skip_token);
  if (!after) return std::unexpected(after.error());
  const state::View& view = context.services.view;
  auto groups = view.list_groups(call.caller->tenant, *after, query.top + 1);
  const bool more = groups.size() > query.top;
  if (more) groups.pop_back();

  std::optional<std::size_t> count;
  if (query.count && !*after) count = view.count_groups(call.caller->tenant);
  begin_list(context, call, context_of(kGroupType, query.selection), count);
  std::string& out = call.response.body;
  for (const state::GroupName& group : groups) {
    if (out.back() != '[') out += ',';
    out += '{';
    append_entity_set_links(context, call, out, kGroupType, group.id);
    append_entity(out, kGroupType, {group.id, group.name}, query.selection);
    out += '}';
  }
  end_list(context, call, more ? std::optional(groups.back().id) : std::nullopt);
  return Handled::kNow;
}

Result<DirectoryQuery> parse_get_group(HandlerContext&, const Call& call) {
  return parse_directory_query(call.request.query, kGroupType, DirectoryOptions::kOne);
}

Result<Handled> run_get_group(HandlerContext& context, const Call& call, const DirectoryQuery& query) {
  const auto group = target_group(context, call);
  if (!group) return std::unexpected(group.error());

  std::string& out = call.response.body;
  out += '{';
  append_context(context, call, out, context_of(kGroupType, query.selection) + "/$entity");
  append_entity_set_links(context, call, out, kGroupType, group->id);
  append_entity(out, kGroupType, {group->id, group->name}, query.selection);
  out += '}';
  context.response_writer.json(call.response, call.info);
  return Handled::kNow;
}

Result<DirectoryQuery> parse_list_members(HandlerContext&, const Call& call) {
  return parse_directory_query(call.request.query, kUserType, DirectoryOptions::kList);
}

Result<Handled> run_list_members(HandlerContext& context, const Call& call, const DirectoryQuery& query) {
  const auto group = target_group(context, call);
  if (!group) return std::unexpected(group.error());
  const auto after = page_start(context, call, query.skip_token);
  if (!after) return std::unexpected(after.error());
  const auto remaining = members_after(*group, *after);
  const auto page = remaining.first(std::min(query.top, remaining.size()));

  std::optional<std::size_t> count;
  if (query.count && !*after) count = group->members.size();
  std::string what = "directoryObjects";
  append_selection(what, kUserType, query.selection);
  begin_list(context, call, what, count);
  std::string& out = call.response.body;
  for (const Guid& id : page) {
    const auto user = context.services.view.find_user({call.caller->tenant, id});
    if (!user) continue;  // removed meanwhile
    if (out.back() != '[') out += ',';
    out += '{';
    // The declared type is that of directory objects.
    if (call.info.metadata == MetadataLevel::kMinimal) out += R"("@odata.type":"#microsoft.graph.user",)";
    append_entity_set_links(context, call, out, kUserType, user->id);
    append_entity(out, kUserType, {user->id, user->name, user->upn}, query.selection);
    out += '}';
  }
  end_list(context, call, page.size() < remaining.size() ? std::optional(page.back()) : std::nullopt);
  return Handled::kNow;
}

}  // namespace

constinit const RouteOperation list_groups = operation<parse_list_groups, run_list_groups>();
constinit const RouteOperation get_group = operation<parse_get_group, run_get_group>();
constinit const RouteOperation list_members = operation<parse_list_members, run_list_members>();

}  // namespace porchlight::graph
