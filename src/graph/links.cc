#include "graph/links.h"

#include <fmt/format.h>

#include "base/json.h"
#include "base/percent.h"
#include "base/text.h"
#include "graph/path.h"
#include "graph/skip_token.h"

namespace porchlight::graph {
namespace {

// Whether a parameter of a query string is $skiptoken, in whatever spelling.
bool is_skip_token(std::string_view parameter) {
  std::string name;
  if (!percent_decode(parameter.substr(0, parameter.find('=')), true, name)) return false;
  return same_text(name, "$skiptoken") || same_text(name, "skiptoken");
}

}  // namespace

void append_root(const Tools& tools, const Call& call, std::string& out) {
  tools.replies.append_base(out, call.request);
  out += '/';
  out += call.match.version.empty() ? "v1.0" : call.match.version;
}

void begin_context(const Tools& tools, const Call& call, std::string& out) {
  out += R"("@odata.context":")";
  append_root(tools, call, out);
  out += "/$metadata#";
}

void append_context(const Tools& tools, const Call& call, std::string& out, std::string_view what) {
  if (call.ticket.metadata == Metadata::kNone) return;
  begin_context(tools, call, out);
  out += what;
  out += R"(",)";
}

void append_entity_links(const Tools& tools, const Call& call, std::string& out, std::string_view type,
                         std::string_view path) {
  out += R"("@odata.type":"#)";
  out += type;
  out += R"(","@odata.id":")";
  append_root(tools, call, out);
  out += '/';
  out += path;
  out += R"(","@odata.editLink":")";
  out += path;
  out += R"(",)";
}

void append_links_in_set(const Tools& tools, const Call& call, std::string& out, const EntityType& type,
                         const Guid& id) {
  if (call.ticket.metadata != Metadata::kFull) return;
  append_entity_links(tools, call, out, type.name, fmt::format("{}('{}')", type.set, to_string(id)));
}

void append_next_link(const Tools& tools, const Call& call, std::string& out, const Guid& last) {
  std::string link;
  tools.replies.append_base(link, call.request);
  link += call.request.path;
  link += '?';
  for (std::string_view rest = call.request.query; !rest.empty();) {
    const std::string_view parameter = rest.substr(0, rest.find('&'));
    if (!parameter.empty() && !is_skip_token(parameter)) {
      link += parameter;
      link += '&';
    }
    rest.remove_prefix(std::min(parameter.size() + 1, rest.size()));
  }
  link += "$skiptoken=";
  link += seal_skip_token(tools.shared.paging_key, call.caller->tenant, last);
  out += R"(,"@odata.nextLink":)";
  append_json_string(out, link);
}

Result<std::optional<Guid>> page_start(const Tools& tools, const Call& call,
                                       const std::optional<std::string>& skip_token) {
  if (!skip_token) return std::nullopt;
  const auto after = open_skip_token(tools.shared.paging_key, call.caller->tenant, *skip_token);
  if (!after) return std::unexpected(query_refused("$skiptoken", "The $skiptoken is not valid."));
  return after;
}

}  // namespace porchlight::graph
