// All ids are derived from names, so that every demo has the same ones and documents can cite them.
#include "admin/demo.h"

#include <fmt/format.h>

#include <algorithm>
#include <fstream>
#include <future>
#include <span>

#include "admin/demo_script.h"
#include "admin/web_applications.h"
#include "base/check.h"
#include "http/tls.h"

namespace porchlight::admin {
namespace {

constexpr Duration kTokenLife = std::chrono::hours(24);

constexpr std::string_view kDomain = "@contoso.com";

// A user of the demo and their presence.
struct DemoRow {
  std::string_view upn;
  std::string_view name;
  std::string_view availability;  // empty: no session
  std::string_view activity;
  std::string_view id;  // empty: derived from the UPN
};

// The first is "me", and the administrator; the first three are the users of the examples in Graph's reference.
constexpr DemoRow kPeople[] = {
    {"ana@contoso.com", "Ana Lindqvist", "Available", "Available", "fa8bf3dc-eca7-46b7-bad1-db199b62afc3"},
    {"ben@contoso.com", "Ben Okafor", "DoNotDisturb", "Presenting", "66825e03-7ef5-42da-9069-724602c31f6b"},
    {"chloe@contoso.com", "Chloé Martin", "Away", "BeRightBack", "dc74d9bb-6afe-433d-8eaa-e39d80d3a647"},
    {"dev@contoso.com", "Dev Patel", "Busy", "InACall", ""},
    {"elif@contoso.com", "Elif Demir", "Available", "Available", ""},
    {"farid@contoso.com", "Farid Haddad", "Available", "Available", ""},
    {"grace@contoso.com", "Grace Kim", "DoNotDisturb", "DoNotDisturb", ""},
    {"hiro@contoso.com", "Hiro Tanaka", "Busy", "InAConferenceCall", ""},
    {"ines@contoso.com", "Inês Carvalho", "Away", "Away", ""},
    {"jonas@contoso.com", "Jonas Weber", "Busy", "Busy", ""},
    {"kaya@contoso.com", "Kaya Brown", "Offline", "Offline", ""},
    {"lucia@contoso.com", "Lucía Romero", "", "", ""},
};

Guid id_of(const DemoRow& person) {
  if (const auto id = parse_guid(person.id)) return *id;
  return guid_from_name("porchlight demo user " + std::string(person.upn));
}

// The ids of what is not a user; the same in every demo.
struct DemoIds {
  Guid tenant = demo_tenant();
  Guid reader = guid_from_name("porchlight demo app reader");
  Guid writer = guid_from_name("porchlight demo app writer");
  Guid client = demo_client();
  Guid support = guid_from_name("porchlight demo group Support");
  Guid sales = guid_from_name("porchlight demo group Sales");
};

// What "Demo reader" is granted: reading presence, and what people pickers need.
std::vector<std::string> reader_scopes() {
  return {"Presence.Read", "Presence.Read.All", "User.Read", "User.ReadBasic.All", "GroupMember.Read.All"};
}
std::vector<std::string> reader_roles() {
  return {"Presence.Read.All", "User.ReadBasic.All", "GroupMember.Read.All"};
}

directory::GroupPut group_of(std::string name, std::span<const DemoRow> people) {
  directory::GroupPut group{std::move(name), {}};
  group.members.reserve(people.size());
  for (const DemoRow& person : people) group.members.push_back(id_of(person));
  std::ranges::sort(group.members);
  return group;
}

// The writes that create the demo's directory.
std::vector<state::DirectoryCommand> directory_of(const DemoIds& ids) {
  std::vector<state::DirectoryCommand> commands = {
      {ids.tenant, Guid{}, directory::TenantPut{"Contoso"}},
      {ids.tenant, ids.reader, directory::AppPut{"Demo reader", false, reader_scopes(), reader_roles()}},
      {ids.tenant, ids.writer,
       directory::AppPut{"Demo writer",
                         false,
                         {"Presence.ReadWrite", "Presence.Read.All"},
                         {"Presence.ReadWrite.All", "Porchlight.Admin"}}},
      {ids.tenant, ids.client, directory::AppPut{"Demo client", true, {}, {}}},
      {ids.tenant, ids.support, group_of("Support", std::span(kPeople).first(4))},
      {ids.tenant, ids.sales, group_of("Sales", std::span(kPeople).subspan(4))},
      {ids.tenant, Guid{}, directory::AdministratorSet{true}},  // the operator's
  };
  for (const DemoRow& person : kPeople)
    commands.push_back(
        {ids.tenant, id_of(person), directory::UserPut{std::string(person.upn), std::string(person.name)}});
  commands.push_back({ids.tenant, id_of(kPeople[0]), directory::AdministratorSet{true}});
  return commands;
}

// What the users have set when the demo begins.
std::vector<DemoAct> first_acts(const DemoIds& ids, Time now) {
  using presence::Location, presence::LocationLayer, presence::LocationType;
  std::vector<DemoAct> acts = demo_plans(now, now);
  for (const DemoRow& person : kPeople) {
    const auto state = presence::State::find(person.availability, person.activity);
    if (!state) continue;                                       // of the user who has no session
    const presence::SessionKey key{ids.client, id_of(person)};  // without expiry
    acts.push_back({id_of(person), presence::SetSession{key, *state, std::nullopt, true}});
  }
  acts.push_back({demo_person("grace"), presence::SetMessage{"Preparing the release. Back at four"}});
  acts.push_back({demo_person("hiro"), presence::SetMessage{"On a train: call, do not write"}});
  for (const auto& [alias, type] : {std::pair{"elif", LocationType::kRemote},
                                    {"farid", LocationType::kOffice},
                                    {"ines", LocationType::kRemote},
                                    {"grace", LocationType::kOffice}})
    acts.push_back({demo_person(alias), presence::SetLocation{LocationLayer::kManual, Location{type}}});
  return acts;
}

// Writes what a user does.
std::expected<void, std::string> play(node::Node& node, const DemoIds& ids, const DemoAct& act) {
  const auto done = std::make_shared<std::promise<bool>>();
  auto ok = done->get_future();
  node.writer().submit({ids.tenant, act.user}, secure_random_guid(), act.command, node.clock().wall(),
                       [done](const state::Outcome& outcome) { done->set_value(outcome.has_value()); });
  if (!ok.get()) return std::unexpected("the log did not accept the presence of the demo; is the disk full?");
  return {};
}

// Registers the client application as public, so that users can sign in with it, without a secret, if the authority is
// on.
std::expected<void, std::string> register_client(node::Node& node, const DemoIds& ids) {
  const auto credentials = node.credentials();
  if (!credentials) return std::unexpected(credentials.error());
  authority::Registration client;
  client.is_public = true;
  client.redirects = {"http://localhost"};
  if (!(*credentials)->put(ids.tenant, ids.client, client))
    return std::unexpected("cannot register the demo's client application; is the disk full?");
  return {};
}

// Allows webhooks on this machine, with certificates of the demo's own CA.
constexpr std::string_view kConfig = R"(# porchlight serve --data {data} --config {data}/demo.toml

[webhooks]
allow_ranges = ["127.0.0.0/8", "::1/128"]
ports = [443, 9443]
ca_file = "tls/ca.pem"
)";

// Writes demo.toml and creates the CA that it names.
std::expected<void, std::string> write_config(const std::filesystem::path& data) {
  if (const auto made = http::ensure_self_signed(data / "tls", {"localhost", "127.0.0.1", "::1"}); !made)
    return std::unexpected(made.error());
  std::ofstream out(data / "demo.toml");
  if (out << fmt::format(kConfig, fmt::arg("data", data.string())) && out.flush()) return {};
  return std::unexpected((data / "demo.toml").string() + " cannot be written; is the disk full?");
}

struct DemoTokens {
  std::string me, reader, writer;
};

// The three tokens of the text, valid for kTokenLife.
DemoTokens mint_all(const node::Node& node, const DemoIds& ids) {
  const auto mint = [&](const Guid& app, std::optional<Guid> user, std::vector<std::string> scopes,
                        std::vector<std::string> roles) {
    return node.signing_key().mint({ids.tenant, app, user, std::move(scopes), std::move(roles),
                                    std::string(node::kAudience), kTokenLife},
                                   node::kIssuer, node.clock().wall());
  };
  return {mint(ids.reader, id_of(kPeople[0]), reader_scopes(), {}),
          mint(ids.reader, std::nullopt, {}, reader_roles()),
          mint(ids.writer, std::nullopt, {}, {"Presence.ReadWrite.All", "Porchlight.Admin"})};
}

constexpr std::string_view kText =
    R"(The demo is ready in {data}: tenant "Contoso" ({tenant}) with {people} users,
the groups "Support" ({support_id}) and "Sales" ({sales_id}),
and the applications "Demo reader" ({reader_id}) and "Demo writer" ({writer_id}).

Tokens, valid for 24 hours. They cannot be printed again; make new ones with porchlight token (see --help):

# Demo reader on behalf of {me_upn}: /me, the presence of all users, people and groups
export ME='{me}'
# Demo reader on its own behalf: the presence of all users, people and groups
export READER='{reader}'
# Demo writer on its own behalf: sets presence, and advances a manual clock
export WRITER='{writer}'

Start the server. With --demo its users change their presence by themselves, and anyone who can connect may act as one of
them in the web interface:

porchlight serve --data {data} --demo

Then, in another terminal:

curl -H "Authorization: Bearer $ME" http://127.0.0.1:8080/v1.0/me/presence
curl -H "Authorization: Bearer $READER" http://127.0.0.1:8080/v1.0/users/{ben}/presence
curl -H "Authorization: Bearer $WRITER" -H "Content-Type: application/json" \
  -d '{{"sessionId":"{writer_id}","availability":"Busy","activity":"InACall","expirationDuration":"PT1H"}}' \
  http://127.0.0.1:8080/v1.0/users/{farid}/presence/setPresence

To let users sign in with the public application "Demo client" ({client_id}):

porchlight user password --data {data} {me_upn} --file -
porchlight serve --data {data} --tls-listen 127.0.0.1:8443 --authority on

Clients need the authority https://localhost:8443/{tenant} and trust in the CA {data}/tls/ca.pem.

To receive change notifications at https://localhost:9443, with {data}/tls/server.pem and server.key:

porchlight serve --data {data} --config {data}/demo.toml
)";

}  // namespace

const std::vector<DemoPerson>& demo_people() {
  static const std::vector<DemoPerson> kAll = [] {
    std::vector<DemoPerson> all;
    all.reserve(std::size(kPeople));
    for (const DemoRow& person : kPeople)
      all.push_back({id_of(person), person.upn, person.name, all.empty()});
    return all;
  }();
  return kAll;
}

Guid demo_person(std::string_view alias) {
  const auto found = std::ranges::find_if(demo_people(), [&](const DemoPerson& person) {
    return person.upn.substr(0, person.upn.size() - kDomain.size()) == alias;
  });
  CHECK(found != demo_people().end());
  return found->id;
}

Guid demo_tenant() { return guid_from_name("porchlight demo tenant Contoso"); }
Guid demo_client() { return guid_from_name("porchlight demo app client"); }

bool has_demo(const state::View& view) { return view.has_app(demo_tenant(), id_of(WebApplication::kBoard)); }

std::expected<std::string, std::string> make_demo(node::Node& node, const std::filesystem::path& data) {
  const DemoIds ids;
  if (auto made = write(node, directory_of(ids)); !made) return std::unexpected(made.error().text);
  if (auto added = add_web_applications(node, ids.tenant); !added) return std::unexpected(added.error().text);
  for (const DemoAct& act : first_acts(ids, node.clock().wall())) {
    if (auto played = play(node, ids, act); !played) return std::unexpected(played.error());
  }
  if (auto registered = register_client(node, ids); !registered) return std::unexpected(registered.error());
  if (auto written = write_config(data); !written) return std::unexpected(written.error());
  const DemoTokens tokens = mint_all(node, ids);
  return fmt::format(kText, fmt::arg("data", data.string()), fmt::arg("tenant", to_string(ids.tenant)),
                     fmt::arg("people", std::size(kPeople)), fmt::arg("support_id", to_string(ids.support)),
                     fmt::arg("sales_id", to_string(ids.sales)), fmt::arg("reader_id", to_string(ids.reader)),
                     fmt::arg("writer_id", to_string(ids.writer)),
                     fmt::arg("client_id", to_string(ids.client)), fmt::arg("me_upn", kPeople[0].upn),
                     fmt::arg("me", tokens.me), fmt::arg("reader", tokens.reader),
                     fmt::arg("writer", tokens.writer), fmt::arg("ben", to_string(id_of(kPeople[1]))),
                     fmt::arg("farid", to_string(id_of(kPeople[5]))));
}

}  // namespace porchlight::admin
