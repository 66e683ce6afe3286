// URLs in responses: the context, the ids of entities, the link to the next page (spec protocol §9).
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "graph/call/handlers.h"
#include "graph/wire/entity_json.h"

namespace porchlight::graph {

// Appends the service root, "https://host/v1.0". Routes without a version have that of v1.0.
void append_service_root(const HandlerContext& context, const Call& call, std::string& out);

// Appends `"@odata.context":"{root}/$metadata#{what}",`, if the metadata level is minimal or full.
void append_context(const HandlerContext& context, const Call& call, std::string& out, std::string_view what);

// Appends `"@odata.type":"#…","@odata.id":"…","@odata.editLink":"…",`, for full metadata. `path` is relative to the
// service root.
void append_entity_links(const HandlerContext& context, const Call& call, std::string& out,
                         std::string_view type, std::string_view path);

// Adds the context to an object, if the metadata level is minimal or full.
void write_context(const HandlerContext& context, const Call& call, JsonObject& out, std::string_view what);

// Adds the type and the links of a user or a group to its object, if the metadata level is full.
void write_entity_set_links(const HandlerContext& context, const Call& call, JsonObject& out,
                            const EntityType& type, const Guid& id);

// The URL of the next page: the request's own, with this $skiptoken.
std::string next_link(const HandlerContext& context, const Call& call, std::string_view skip_token);
// The same with a token that continues after the id `last`.
std::string next_link(const HandlerContext& context, const Call& call, const Guid& last);

// The id after which the page of this $skiptoken begins; nullopt without a token, which is the first page. 400 if the
// token is not one that this server issued for the caller's tenant.
Result<std::optional<Guid>> page_start(const HandlerContext& context, const Call& call,
                                       const std::optional<std::string>& skip_token);

}  // namespace porchlight::graph
