// GET …/presence/badge.svg: the state of a user who allows it, as a picture for pages that send no token (ours;
// docs/visibility.md). Whether there is no such user, no permission or nothing to show: the answer is the same.
#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "base/check.h"
#include "base/language.h"
#include "graph/call/etag.h"
#include "graph/call/operation.h"
#include "graph/call/visible_presence.h"

namespace porchlight::graph {
namespace {

// How a state looks: the silhouettes differ without their colour.
struct BadgeLook {
  std::string_view state;  // an activity, or an availability
  std::string_view colour;
  std::string_view shape;                 // within 14 by 14, in the colour
  std::array<std::string_view, 4> words;  // in the order of Language
};
constexpr BadgeLook kBadgeLooks[] = {
    {"Available",
     "#107c10",
     R"(<circle cx="7" cy="7" r="6.5"/><path d="M4 7l2.2 2.4L10 5" fill="none" stroke="#fff" stroke-width="1.6"/>)",
     {"Available", "Disponible", "Verfügbar", "Disponible"}},
    {"AvailableInactive",
     "#107c10",
     R"(<g fill="none" stroke="#107c10" stroke-width="1.6"><circle cx="7" cy="7" r="5.7"/><path d="M4 7l2.2 2.4L10 5"/></g>)",
     {"Available, idle", "Disponible, inactif", "Verfügbar, inaktiv", "Disponible, inactivo"}},
    {"Busy", "#c4314b", R"(<path d="M1 1h12v12H1z"/>)", {"Busy", "Occupé", "Beschäftigt", "Ocupado"}},
    {"DoNotDisturb",
     "#c4314b",
     R"(<path d="M4.3.5h5.4l3.8 3.8v5.4l-3.8 3.8H4.3L.5 9.7V4.3z"/><path d="M3.5 6h7v2h-7z" fill="#fff"/>)",
     {"Do not disturb", "Ne pas déranger", "Nicht stören", "No molestar"}},
    {"BeRightBack",
     "#8a6100",
     R"(<path d="M2 1h10L7 7l5 6H2l5-6z"/>)",
     {"Be right back", "De retour bientôt", "Bin gleich zurück", "Vuelvo enseguida"}},
    {"Away", "#8a6100", R"(<path d="M2 1h10L7 7l5 6H2l5-6z"/>)", {"Away", "Absent", "Abwesend", "Ausente"}},
    {"OutOfOffice",
     "#7a4fb0",
     R"(<path d="M8 1.5H1.5v11H8M5 7h8M10 4l3 3-3 3" fill="none" stroke="#7a4fb0" stroke-width="1.6"/>)",
     {"Out of office", "Absent du bureau", "Außer Haus", "Fuera de la oficina"}},
    {"Offline",
     "#616161",
     R"(<circle cx="7" cy="7" r="4" fill="none" stroke="#616161" stroke-width="1.6"/>)",
     {"Offline", "Hors connexion", "Offline", "Desconectado"}},
};

// The look of the activity if it has one, else of the availability. PresenceUnknown, which has neither, is no state of
// a visible user.
const BadgeLook& look_of(presence::State state) {
  const auto named = [&](std::string_view name) {
    return std::ranges::find(kBadgeLooks, name, &BadgeLook::state);
  };
  const auto specific = named(state.activity());
  const auto look = specific == std::end(kBadgeLooks) ? named(state.availability()) : specific;
  CHECK(look != std::end(kBadgeLooks));
  return *look;
}

std::size_t count_characters(std::string_view utf8) {
  return static_cast<std::size_t>(std::ranges::count_if(utf8, [](char c) { return (c & 0xC0) != 0x80; }));
}

// A pill with a background of its own, readable on light and dark pages. Attributes only, so that the policy can forbid
// every style. The width of the text is stated, because fonts differ.
void append_badge(std::string& out, const BadgeLook& look, Language language) {
  constexpr std::size_t kCharacterWidth = 7, kTextX = 24, kEnd = 8;
  const std::string_view word = look.words[static_cast<std::size_t>(language)];
  const std::size_t text_width = kCharacterWidth * count_characters(word);
  fmt::format_to(
      std::back_inserter(out),
      R"svg(<svg xmlns="http://www.w3.org/2000/svg" width="{0}" height="20" role="img" lang="{1}" aria-label="{2}">)svg"
      R"svg(<title>{2}</title><rect x=".5" y=".5" width="{3}" height="19" rx="9.5" fill="#fff" stroke="#767676"/>)svg"
      R"svg(<g transform="translate(6 3)" fill="{4}">{5}</g>)svg"
      R"svg(<text x="{6}" y="14" textLength="{7}" lengthAdjust="spacingAndGlyphs" fill="#1f1f1f")svg"
      R"svg( font-family="sans-serif" font-size="12">{2}</text></svg>)svg",
      kTextX + text_width + kEnd, tag_of(language), word, kTextX + text_width + kEnd - 1, look.colour,
      look.shape, kTextX, text_width);
}

struct BadgeRequest {
  std::optional<Guid> tenant;
  Language language = Language::kEnglish;
};

// The language of `lang` comes first, as it is part of the picture's address.
Result<BadgeRequest> parse_badge(HandlerContext&, const Call& call) {
  const auto tenant = find_parameter(call.request.query, "tenant");
  if (!tenant) return std::unexpected(tenant.error());
  const auto lang = find_parameter(call.request.query, "lang");
  if (!lang) return std::unexpected(lang.error());
  const auto wished = find_ui_language(lang->value_or(""));
  return BadgeRequest{
      .tenant = parse_guid(tenant->value_or("")),
      .language =
          wished
              ? *wished
              : find_accepted_language(call.request.joined("Accept-Language")).value_or(Language::kEnglish)};
}

Result<Handled> run_get_badge(HandlerContext& context, const Call& call, const BadgeRequest& badge) {
  if (!badge.tenant || !call.match.guid) return std::unexpected(badge_not_found());
  const auto state = badge_state(context.services, {*badge.tenant, *call.match.guid}, call.info.now);
  if (!state) return std::unexpected(badge_not_found());
  append_badge(call.response.body, look_of(*state), badge.language);
  call.response.add("Content-Security-Policy", "default-src 'none'");
  call.response.add("X-Content-Type-Options", "nosniff");
  call.response.add("Vary", "Accept-Language");
  reply_with_etag(context, call, "image/svg+xml");
  return Handled::kNow;
}

}  // namespace

constinit const RouteOperation get_badge = public_operation<parse_badge, run_get_badge>();

}  // namespace porchlight::graph
