// Every URL begins with ResponseWriter::append_base_url. Contexts and links are the only places in a response where
// the host appears, so they are left out where the metadata level permits it.
#include "graph/call/links.h"

#include <fmt/format.h>

#include "base/percent.h"
#include "base/split.h"
#include "base/text.h"
#include "graph/wire/path.h"
#include "graph/wire/sealed_token.h"

namespace porchlight::graph {
namespace {

// Whether a parameter of a query string is $skiptoken, with or without the "$", in any case and escaping.
bool is_skip_token(std::string_view parameter) {
  std::string name;
  if (!percent_decode(parameter.substr(0, parameter.find('=')), true, name)) return false;
  return equals_ignore_case(name, "$skiptoken") || equals_ignore_case(name, "skiptoken");
}

}  // namespace

void append_service_root(const HandlerContext& context, const Call& call, std::string& out) {
  context.response_writer.base_url(call.request).append_to(out);
  out += '/';
  out += call.match.version.empty() ? "v1.0" : call.match.version;
}

void append_context(const HandlerContext& context, const Call& call, std::string& out,
                    std::string_view what) {
  if (call.info.metadata == MetadataLevel::kNone) return;
  out += R"("@odata.context":")";
  append_service_root(context, call, out);
  out += "/$metadata#";
  out += what;
  out += R"(",)";
}

void append_entity_links(const HandlerContext& context, const Call& call, std::string& out,
                         std::string_view type, std::string_view path) {
  out += R"("@odata.type":"#)";
  out += type;
  out += R"(","@odata.id":")";
  append_service_root(context, call, out);
  out += '/';
  out += path;
  out += R"(","@odata.editLink":")";
  out += path;
  out += R"(",)";
}

void write_context(const HandlerContext& context, const Call& call, JsonObject& out, std::string_view what) {
  if (call.info.metadata == MetadataLevel::kNone) return;
  std::string url;
  append_service_root(context, call, url);
  out.text("@odata.context", fmt::format("{}/$metadata#{}", url, what));
}

void write_entity_set_links(const HandlerContext& context, const Call& call, JsonObject& out,
                            const EntityType& type, const Guid& id) {
  if (call.info.metadata != MetadataLevel::kFull) return;
  const std::string path = fmt::format("{}('{}')", type.set, to_string(id));
  std::string root;
  append_service_root(context, call, root);
  out.text("@odata.type", fmt::format("#{}", type.name))
      .text("@odata.id", fmt::format("{}/{}", root, path))
      .text("@odata.editLink", path);
}

std::string next_link(const HandlerContext& context, const Call& call, std::string_view skip_token) {
  std::string link;
  context.response_writer.base_url(call.request).append_to(link);
  link += call.request.path;
  link += '?';
  for (const std::string_view parameter : split(call.request.query, '&')) {
    if (!parameter.empty() && !is_skip_token(parameter)) {
      link += parameter;
      link += '&';
    }
  }
  link += "$skiptoken=";
  link += skip_token;
  return link;
}

std::string next_link(const HandlerContext& context, const Call& call, const Guid& last) {
  return next_link(context, call, seal_skip_token(context.services.paging_key, call.caller->tenant, last));
}

Result<std::optional<Guid>> page_start(const HandlerContext& context, const Call& call,
                                       const std::optional<std::string>& skip_token) {
  if (!skip_token) return std::nullopt;
  const auto after = open_skip_token(context.services.paging_key, call.caller->tenant, *skip_token);
  if (!after) return std::unexpected(invalid_query("$skiptoken", "The $skiptoken is not valid."));
  return after;
}

}  // namespace porchlight::graph
