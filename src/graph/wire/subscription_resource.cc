// The text is split into a path and a query. The path is parsed as the path of a request is; the only query is
// $filter=id in (…).
#include "graph/wire/subscription_resource.h"

#include <fmt/format.h>

#include "base/percent.h"
#include "base/sorted.h"
#include "base/split.h"
#include "base/text.h"
#include "graph/wire/characters.h"
#include "graph/wire/path.h"
#include "graph/wire/query.h"

namespace porchlight::graph {
namespace {

using watch::TargetKind;

Error invalid_resource(std::string message) { return invalid_request("resource", std::move(message)); }

Error unsupported_resource(std::string_view text) {
  return invalid_resource(
      fmt::format("The resource '{}' cannot be subscribed to. Supported are communications/presences/{{id}}, "
                  "communications/presences?$filter=id in ('{{id}}',…) and users/{{id}}/presence, without a "
                  "base URL, a version or other query options.",
                  truncated(text)));
}

Error malformed_id(std::string_view id) {
  return invalid_resource(fmt::format("The id '{}' is not a GUID.", truncated(id)));
}

Result<SubscriptionResource> one_person(std::string_view id) {
  const auto guid = parse_guid(id);
  if (!guid) return std::unexpected(malformed_id(id));
  return SubscriptionResource{{TargetKind::kPeople, {*guid}}, {}};
}

std::string_view strip_spaces(std::string_view text) {
  while (text.starts_with(' ')) text.remove_prefix(1);
  while (text.ends_with(' ')) text.remove_suffix(1);
  return text;
}

// Removes a word from the front, in any letter case. Returns false if the text does not begin with it.
bool accept_word(std::string_view& text, std::string_view word) {
  text = strip_spaces(text);
  if (!equals_ignore_case(text.substr(0, word.size()), word)) return false;
  text.remove_prefix(word.size());
  return true;
}

// The list between the parentheses of "in (…)": ids with or without quotes.
Result<std::vector<Guid>> listed_ids(std::string_view list) {
  std::vector<Guid> ids;
  for (const std::string_view part : split(list, ',')) {
    std::string_view id = strip_spaces(part);
    if (id.size() >= 2 && id.front() == '\'' && id.back() == '\'') id = id.substr(1, id.size() - 2);
    const auto guid = parse_guid(id);
    if (!guid) return std::unexpected(malformed_id(id));
    if (ids.size() == kFilterIdsMax) {
      return std::unexpected(invalid_resource(
          fmt::format("The $filter names too many ids: at most {} are accepted.", kFilterIdsMax)));
    }
    ids.push_back(*guid);
  }
  sort_unique(ids);
  return ids;
}

Result<SubscriptionResource> filtered(std::string_view text, std::string_view query) {
  std::string decoded;
  const std::size_t equals = query.find('=');
  const bool is_filter = equals != query.npos && query.find('&') == query.npos &&
                         (equals_ignore_case(query.substr(0, equals), "$filter") ||
                          equals_ignore_case(query.substr(0, equals), "%24filter")) &&
                         percent_decode(query.substr(equals + 1), true, decoded);
  if (!is_filter) return std::unexpected(unsupported_resource(text));
  std::string_view rest = decoded;
  const bool is_list = accept_word(rest, "id") && rest.starts_with(' ') && accept_word(rest, "in") &&
                       accept_word(rest, "(") && strip_spaces(rest).ends_with(')');
  if (!is_list) {
    return std::unexpected(invalid_resource(
        "The $filter of the resource is not well formed. Supported is id in ('{id}','{id}',…)."));
  }
  rest = strip_spaces(rest);
  rest.remove_suffix(1);
  auto ids = listed_ids(rest);
  if (!ids) return std::unexpected(std::move(ids.error()));
  return SubscriptionResource{{TargetKind::kPeople, *std::move(ids)}, {}};
}

}  // namespace

Result<SubscriptionResource> parse_subscription_resource(std::string_view text, bool beyond) {
  const std::string_view relative = text.starts_with('/') ? text.substr(1) : text;
  const std::size_t question = relative.find('?');
  const std::string as_path = fmt::format("/{}", relative.substr(0, question));
  const auto path = RequestPath::parse(as_path);
  if (!path) return std::unexpected(unsupported_resource(text));
  const auto is = [&](std::size_t i, std::string_view name) {
    return !path->is_key(i) && equals_ignore_case((*path)[i], name);
  };
  const bool is_presences =
      path->size() >= 2 && is(0, "communications") && is(1, "presences") && path->size() <= 3;
  if (question != relative.npos) {
    if (!is_presences || path->size() != 2) return std::unexpected(unsupported_resource(text));
    return filtered(text, relative.substr(question + 1));
  }
  if (is_presences && path->size() == 2 && beyond) return SubscriptionResource{{TargetKind::kTenant, {}}, {}};
  if (is_presences && path->size() == 3) return one_person((*path)[2]);
  if (path->size() == 3 && is(0, "groups") && is(2, "presences") && beyond) {
    auto group = one_person((*path)[1]);
    if (group) group->target.kind = TargetKind::kGroup;
    return group;
  }
  if (path->size() == 3 && is(0, "users") && is(2, "presence")) {
    if (parse_guid((*path)[1])) return one_person((*path)[1]);
    return SubscriptionResource{{}, std::string((*path)[1])};
  }
  return std::unexpected(unsupported_resource(text));
}

}  // namespace porchlight::graph
