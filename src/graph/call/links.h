// The addresses in an answer: what its context is, and where the next page begins (spec protocol §9).
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "graph/call/handlers.h"
#include "graph/wire/entity_json.h"

namespace porchlight::graph {

// Appends the service root, "https://host/v1.0"; that of v1.0 on routes without a version.
void append_service_root(const HandlerContext& context, const Call& call, std::string& out);

// Appends `"@odata.context":"{root}/$metadata#{what}",`; nothing where no metadata is asked for.
void append_context(const HandlerContext& context, const Call& call, std::string& out, std::string_view what);
// Its beginning, up to the '#', whatever is asked for.
void begin_context(const HandlerContext& context, const Call& call, std::string& out);

// Appends the `"@odata.type":"#…","@odata.id":"…","@odata.editLink":"…",` of an entity, which full metadata
// has. `path`: from the service root on.
void append_entity_links(const HandlerContext& context, const Call& call, std::string& out,
                         std::string_view type, std::string_view path);

// Adds the context to an object; nothing if the client asks for no metadata.
void write_context(const HandlerContext& context, const Call& call, JsonObject& out, std::string_view what);

// Adds the type and the links of a user or a group to its object, if the client asks for full metadata.
void write_entity_set_links(const HandlerContext& context, const Call& call, JsonObject& out,
                            const EntityType& type, const Guid& id);

// The address of the next page: the request's own, continued after `last`.
std::string next_link(const HandlerContext& context, const Call& call, const Guid& last);
// Appends it as `,"@odata.nextLink":"…"`.
void append_next_link(const HandlerContext& context, const Call& call, std::string& out, const Guid& last);

// Behind whom the page of this $skiptoken begins; nothing on the first page. 400 for one that we did not
// give.
Result<std::optional<Guid>> page_start(const HandlerContext& context, const Call& call,
                                       const std::optional<std::string>& skip_token);

}  // namespace porchlight::graph
