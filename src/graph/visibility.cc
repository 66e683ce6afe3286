// GET and PUT …/visibility: whom a person lets see them, and what the others see (ours; docs/visibility.md).
#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "base/text.h"
#include "graph/act.h"
#include "graph/body.h"
#include "graph/characters.h"
#include "graph/query.h"
#include "graph/subject.h"

namespace porchlight::graph {
namespace {

using presence::Admitted;
using presence::Audience;

// In the order of presence::Admitted and presence::Facade.
constexpr std::array<std::string_view, 3> kVisibleTo = {"everyone", "named", "nobody"};
constexpr std::array<std::string_view, 2> kOthersSee = {"hidden", "appearsOffline"};

// The body as written, as views into the document. Its values are checked after the permission (spec presence
// §10, step 9).
struct Written {
  std::string visible_to;
  std::optional<std::string> others_see;
  std::optional<std::vector<std::string_view>> members;
  std::optional<std::vector<std::string_view>> groups;
};

Result<Written> read_written(const Body& body) {
  auto visible_to = body.required_text("visibleTo", "VisibleTo");
  if (!visible_to) return std::unexpected(std::move(visible_to.error()));
  auto others_see = body.text("othersSee");
  if (!others_see) return std::unexpected(std::move(others_see.error()));
  auto members = body.texts("members");
  if (!members) return std::unexpected(std::move(members.error()));
  auto groups = body.texts("groups");
  if (!groups) return std::unexpected(std::move(groups.error()));
  return Written{std::move(*visible_to), std::move(*others_see), std::move(*members), std::move(*groups)};
}

// Which of the words it is.
template <std::size_t N>
Result<std::size_t> read_word(std::string_view text, const std::array<std::string_view, N>& words,
                              std::string_view name) {
  const auto found =
      std::ranges::find_if(words, [&](std::string_view word) { return same_text(text, word); });
  if (found != words.end()) return static_cast<std::size_t>(found - words.begin());
  return std::unexpected(invalid_argument(name, fmt::format("'{}' is not a value of {}: it is one of {}.",
                                                            clipped(text), name, fmt::join(words, ", "))));
}

// In order, each once.
Result<std::vector<Guid>> read_ids(const std::vector<std::string_view>& texts, std::string_view name) {
  std::vector<Guid> ids;
  ids.reserve(texts.size());
  for (const std::string_view text : texts) {
    const auto id = parse_guid(text);
    if (!id)
      return std::unexpected(
          invalid_argument(name, fmt::format("The id '{}' is not a GUID.", clipped(text))));
    ids.push_back(*id);
  }
  std::ranges::sort(ids);
  ids.erase(std::unique(ids.begin(), ids.end()), ids.end());
  return ids;
}

Result<Audience> audience_of(const Written& written) {
  const auto admitted = read_word(written.visible_to, kVisibleTo, "visibleTo");
  if (!admitted) return std::unexpected(admitted.error());
  Audience audience{.admitted = static_cast<Admitted>(*admitted), .facade = {}, .members = {}, .groups = {}};
  if (written.others_see) {
    if (audience.admitted == Admitted::kTenant)
      return std::unexpected(invalid_argument("othersSee", "There are no others where everyone may see."));
    const auto facade = read_word(*written.others_see, kOthersSee, "othersSee");
    if (!facade) return std::unexpected(facade.error());
    audience.facade = static_cast<presence::Facade>(*facade);
  }
  if ((written.members || written.groups) && audience.admitted != Admitted::kNamed)
    return std::unexpected(
        invalid_argument("members", "Members and groups are for those who are visible to 'named' alone."));
  const std::size_t named =
      (written.members ? written.members->size() : 0) + (written.groups ? written.groups->size() : 0);
  if (named > presence::kAudienceMax)
    return std::unexpected(
        invalid_argument("members", fmt::format("There are {} members and groups; at most {} are accepted.",
                                                named, presence::kAudienceMax)));
  for (const auto& [texts, name, ids] : {std::tuple{&written.members, "members", &audience.members},
                                         std::tuple{&written.groups, "groups", &audience.groups}}) {
    if (!*texts) continue;
    auto read = read_ids(**texts, name);
    if (!read) return std::unexpected(std::move(read.error()));
    *ids = std::move(*read);
  }
  return audience;
}

void append_ids(std::string& out, std::string_view name, const std::vector<Guid>& ids) {
  fmt::format_to(std::back_inserter(out), R"(,"{}":[)", name);
  for (const Guid& id : ids) {
    out += out.back() == '[' ? "\"" : ",\"";
    append_guid(out, id);
    out += '"';
  }
  out += ']';
}

// What a PUT takes.
void append_audience(std::string& out, const Audience& audience) {
  fmt::format_to(std::back_inserter(out), R"({{"visibleTo":"{}")",
                 kVisibleTo[static_cast<std::size_t>(audience.admitted)]);
  if (audience.admitted != Admitted::kTenant)
    fmt::format_to(std::back_inserter(out), R"(,"othersSee":"{}")",
                   kOthersSee[static_cast<std::size_t>(audience.facade)]);
  if (audience.admitted == Admitted::kNamed) {
    append_ids(out, "members", audience.members);
    append_ids(out, "groups", audience.groups);
  }
  out += '}';
}

}  // namespace

Result<Handled> set_visibility(Tools& tools, const Call& call) {
  const auto body = Body::parse(tools.reader, call.request.body);
  if (!body) return std::unexpected(body.error());
  const auto written = read_written(*body);
  if (!written) return std::unexpected(written.error());
  return act(tools, call, [&]() -> Result<presence::Command> {
    auto audience = audience_of(*written);
    if (!audience) return std::unexpected(std::move(audience.error()));
    return presence::SetAudience{std::move(*audience)};
  });
}

Result<Handled> get_visibility(Tools& tools, const Call& call) {
  if (auto none = refuse_options(call.request.query); !none) return std::unexpected(std::move(none.error()));
  const auto user = named_user(tools, call);
  if (auto allowed = authorize(call, user); !allowed) return std::unexpected(std::move(allowed.error()));
  porchlight::Shared<Audience> audience;
  const bool known =
      user && tools.shared.view.read({call.caller->tenant, *user}, [&](const presence::Record& record) {
        if (record.extras) audience = record.extras->audience;
      });
  if (!known) return std::unexpected(nobody(call));
  tools.replies.json(call.response, call.ticket);
  append_audience(call.response.body, audience ? *audience : Audience{});
  return Handled::kNow;
}

}  // namespace porchlight::graph
