// GET and PUT …/visibility: who may see a user, and what others see (ours; docs/visibility.md).
#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "base/json_writer.h"
#include "base/sorted.h"
#include "base/text.h"
#include "graph/call/operation.h"
#include "graph/call/submit_command.h"
#include "graph/wire/characters.h"
#include "graph/wire/json_body.h"
#include "graph/wire/query.h"

namespace porchlight::graph {
namespace {

using presence::Visibility;
using presence::VisibleTo;

// In the order of presence::VisibleTo and presence::OthersSee.
constexpr std::array<std::string_view, 3> kVisibleTo = {"everyone", "named", "nobody"};
constexpr std::array<std::string_view, 2> kOthersSee = {"hidden", "appearsOffline"};

// The body as written, with views into the document. Values are checked after the permission
// (spec presence §10, step 9).
struct VisibilityBody {
  std::string visible_to;
  std::optional<std::string> others_see;
  std::optional<std::vector<std::string_view>> members;
  std::optional<std::vector<std::string_view>> groups;
  bool badge = false;
};

Result<VisibilityBody> parse_visibility_body(const JsonBody& body) {
  auto visible_to = body.required_text("visibleTo", "VisibleTo");
  if (!visible_to) return std::unexpected(std::move(visible_to.error()));
  auto others_see = body.text("othersSee");
  if (!others_see) return std::unexpected(std::move(others_see.error()));
  auto members = body.texts("members");
  if (!members) return std::unexpected(std::move(members.error()));
  auto groups = body.texts("groups");
  if (!groups) return std::unexpected(std::move(groups.error()));
  const auto badge = body.flag("badge");
  if (!badge) return std::unexpected(badge.error());
  return VisibilityBody{std::move(*visible_to), std::move(*others_see), std::move(*members),
                        std::move(*groups), badge->value_or(false)};
}

// The index of the word, letter case ignored; 400 for another word.
template <std::size_t N>
Result<std::size_t> parse_keyword(std::string_view text, const std::array<std::string_view, N>& words,
                                  std::string_view name) {
  const auto found =
      std::ranges::find_if(words, [&](std::string_view word) { return equals_ignore_case(text, word); });
  if (found != words.end()) return static_cast<std::size_t>(found - words.begin());
  return std::unexpected(invalid_argument(name, fmt::format("'{}' is not a value of {}: it is one of {}.",
                                                            truncated(text), name, fmt::join(words, ", "))));
}

// The ids in order, without repeats; 400 for one that is not a GUID.
Result<std::vector<Guid>> parse_ids(const std::vector<std::string_view>& texts, std::string_view name) {
  std::vector<Guid> ids;
  ids.reserve(texts.size());
  for (const std::string_view text : texts) {
    const auto id = parse_guid(text);
    if (!id)
      return std::unexpected(
          invalid_argument(name, fmt::format("The id '{}' is not a GUID.", truncated(text))));
    ids.push_back(*id);
  }
  sort_unique(ids);
  return ids;
}

Result<Visibility> to_visibility(const VisibilityBody& parsed) {
  const auto visible_to = parse_keyword(parsed.visible_to, kVisibleTo, "visibleTo");
  if (!visible_to) return std::unexpected(visible_to.error());
  Visibility visibility{.visible_to = static_cast<VisibleTo>(*visible_to),
                        .others_see = {},
                        .members = {},
                        .groups = {},
                        .badge = parsed.badge};
  if (parsed.others_see) {
    if (visibility.visible_to == VisibleTo::kTenant)
      return std::unexpected(invalid_argument("othersSee", "There are no others where everyone may see."));
    const auto others_see = parse_keyword(*parsed.others_see, kOthersSee, "othersSee");
    if (!others_see) return std::unexpected(others_see.error());
    visibility.others_see = static_cast<presence::OthersSee>(*others_see);
  }
  if ((parsed.members || parsed.groups) && visibility.visible_to != VisibleTo::kNamed)
    return std::unexpected(
        invalid_argument("members", "Members and groups are for those who are visible to 'named' alone."));
  const std::size_t named =
      (parsed.members ? parsed.members->size() : 0) + (parsed.groups ? parsed.groups->size() : 0);
  if (named > presence::kVisibilityIdsMax)
    return std::unexpected(
        invalid_argument("members", fmt::format("There are {} members and groups; at most {} are accepted.",
                                                named, presence::kVisibilityIdsMax)));
  for (const auto& [texts, name, ids] : {std::tuple{&parsed.members, "members", &visibility.members},
                                         std::tuple{&parsed.groups, "groups", &visibility.groups}}) {
    if (!*texts) continue;
    auto read = parse_ids(**texts, name);
    if (!read) return std::unexpected(std::move(read.error()));
    *ids = std::move(*read);
  }
  return visibility;
}

void add_ids(JsonObject& object, std::string_view name, const std::vector<Guid>& ids) {
  object.array(name, ids, [](JsonArray& out, const Guid& id) { out.text(to_string(id)); });
}

// Appends the object in the form that PUT accepts.
void append_visibility(std::string& body, const Visibility& visibility) {
  JsonObject out(body);
  out.text("visibleTo", kVisibleTo[static_cast<std::size_t>(visibility.visible_to)]);
  if (visibility.visible_to != VisibleTo::kTenant)
    out.text("othersSee", kOthersSee[static_cast<std::size_t>(visibility.others_see)]);
  if (visibility.visible_to == VisibleTo::kNamed) {
    add_ids(out, "members", visibility.members);
    add_ids(out, "groups", visibility.groups);
  }
  if (visibility.badge) out.boolean("badge", true);
}

Result<VisibilityBody> parse_set_visibility(HandlerContext& context, const Call& call) {
  const auto body = JsonBody::parse(context.reader, call.request.body);
  if (!body) return std::unexpected(body.error());
  return parse_visibility_body(*body);
}

Result<Handled> run_set_visibility(HandlerContext& context, const Call& call, const state::UserKey& key,
                                   const VisibilityBody& body) {
  auto visibility = to_visibility(body);
  if (!visibility) return std::unexpected(std::move(visibility.error()));
  return submit_command(context, call, key, presence::SetVisibility{std::move(*visibility)});
}

Result<Handled> run_get_visibility(HandlerContext& context, const Call& call, const Guid& user) {
  porchlight::Shared<Visibility> visibility;
  const bool known =
      context.services.view.read({call.caller->tenant, user}, [&](const presence::Record& record) {
        if (record.extras) visibility = record.extras->visibility;
      });
  if (!known) return std::unexpected(user_not_found(call));
  context.response_writer.json(call.response, call.info);
  append_visibility(call.response.body, visibility ? *visibility : Visibility{});
  return Handled::kNow;
}

}  // namespace

constinit const RouteOperation set_visibility = operation<parse_set_visibility, run_set_visibility>();
constinit const RouteOperation get_visibility = operation<parse_no_options, run_get_visibility>();

}  // namespace porchlight::graph
