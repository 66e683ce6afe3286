// Entity tags: a client that already has a response gets a 304 instead (RFC 9110 §8.8.3, §13.1.2).
#pragma once

#include <string_view>

#include "graph/call/handlers.h"

namespace porchlight::graph {

// Whether the value of an If-None-Match contains this tag: "*", or a list with it, weak or strong. A malformed list
// counts up to its first fault.
bool etag_list_contains(std::string_view if_none_match, std::string_view tag);

// Completes a 200 whose body is written: adds headers and the tag of this body, or makes it a 304 if the request says
// that the client has it. Without a media type, the body is JSON.
void reply_with_etag(const HandlerContext& context, const Call& call, std::string_view media_type = {});

}  // namespace porchlight::graph
