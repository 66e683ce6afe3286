// GET of one presence (spec presence §5.1-5.3).
#include "graph/query.h"
#include "graph/sight.h"
#include "graph/subject.h"

namespace porchlight::graph {
namespace {

void append_context(const Tools& tools, const Call& call, std::string& out, const Guid& user) {
  out += R"("@odata.context":")";
  tools.replies.append_base(out, call.request);
  out += '/';
  out += call.match.version;
  if (call.match.route->target == Target::kGuid) {
    out += R"(/$metadata#communications/presences/$entity")";
    return;
  }
  out += "/$metadata#users('";
  append_guid(out, user);
  out += R"(')/presence/$entity")";
}

// Nearly always the person is in the caller's tenant, so that is where they are looked for first.
bool append_person(const Tools& tools, const Call& call, const Guid& user, std::string& out) {
  if (append_presence(tools, call, {call.caller->tenant, user}, kPropertiesAll, out)) return true;
  const auto elsewhere = find_person(tools, *call.caller, user);
  return elsewhere && append_presence(tools, call, *elsewhere, kPropertiesAll, out);
}

}  // namespace

Result<Handled> get_presence(Tools& tools, const Call& call) {
  if (auto query = parse_query(call.request.query, QueryKind::kNone); !query)
    return std::unexpected(query.error());
  const auto user = named_user(tools, call);
  if (auto allowed = authorize(call, user); !allowed) return std::unexpected(std::move(allowed.error()));
  if (!user) return std::unexpected(nobody(call));
  std::string& out = call.response.body;
  out += '{';
  append_context(tools, call, out, *user);
  out += ',';
  const std::size_t members = out.size();
  if (!append_person(tools, call, *user, out)) return std::unexpected(nobody(call));
  if (call.match.route->target == Target::kGuid) {
    // Typed clients read the entity; readers of the documented example read value[0] (spec presence §5.3).
    const std::string entity = out.substr(members);
    out += R"(,"value":[{)";
    out += entity;
    out += "}]";
  }
  out += '}';
  tools.replies.json(call.response, call.ticket);
  return Handled::kNow;
}

}  // namespace porchlight::graph
