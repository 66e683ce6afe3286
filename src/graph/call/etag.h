// Entity tags: an answer that the client has already need not be sent again (RFC 9110 §8.8.3, §13.1.2).
#pragma once

#include <string_view>

#include "graph/call/handlers.h"

namespace porchlight::graph {

// Whether the value of an If-None-Match names this tag: "*", or a list in which it is, weak or strong. What
// is no list of tags names none behind the first fault.
bool etag_list_contains(std::string_view if_none_match, std::string_view tag);

// Ends the answer of a 200 whose body is written: with the tag of exactly this body, or as a 304 where the
// request says that the client has it.
void reply_with_etag(const HandlerContext& context, const Call& call);

}  // namespace porchlight::graph
