// All ids are derived from names, so that every demo has the same ones and documents can cite them.
#include "admin/demo.h"

#include <fmt/format.h>

#include <algorithm>
#include <fstream>
#include <future>
#include <span>

#include "admin/commands.h"
#include "http/tls.h"

namespace porchlight::admin {
namespace {

constexpr Duration kTokenLife = std::chrono::hours(24);

// A user of the demo and their presence.
struct DemoPerson {
  std::string_view upn;
  std::string_view name;
  std::string_view availability;  // empty: no session
  std::string_view activity;
  std::string_view id;  // empty: derived from the UPN
};

// The first is "me"; the first three are the users of the examples in Graph's reference.
constexpr DemoPerson kPeople[] = {
    {"ana@contoso.com", "Ana Lindqvist", "Available", "Available", "fa8bf3dc-eca7-46b7-bad1-db199b62afc3"},
    {"ben@contoso.com", "Ben Okafor", "DoNotDisturb", "Presenting", "66825e03-7ef5-42da-9069-724602c31f6b"},
    {"chloe@contoso.com", "Chloé Martin", "Away", "BeRightBack", "dc74d9bb-6afe-433d-8eaa-e39d80d3a647"},
    {"dev@contoso.com", "Dev Patel", "Busy", "InACall", ""},
    {"elif@contoso.com", "Elif Demir", "Busy", "InAMeeting", ""},
    {"farid@contoso.com", "Farid Haddad", "Available", "Available", ""},
    {"grace@contoso.com", "Grace Kim", "DoNotDisturb", "DoNotDisturb", ""},
    {"hiro@contoso.com", "Hiro Tanaka", "Busy", "InAConferenceCall", ""},
    {"ines@contoso.com", "Inês Carvalho", "Away", "Away", ""},
    {"jonas@contoso.com", "Jonas Weber", "Busy", "Busy", ""},
    {"kaya@contoso.com", "Kaya Brown", "Offline", "Offline", ""},
    {"lucia@contoso.com", "Lucía Romero", "", "", ""},
};

Guid id_of(const DemoPerson& person) {
  if (const auto id = parse_guid(person.id)) return *id;
  return guid_from_name("porchlight demo user " + std::string(person.upn));
}

// The ids of what is not a user; the same in every demo.
struct DemoIds {
  Guid tenant = guid_from_name("porchlight demo tenant Contoso");
  Guid reader = guid_from_name("porchlight demo app reader");
  Guid writer = guid_from_name("porchlight demo app writer");
  Guid client = guid_from_name("porchlight demo app client");
  Guid support = guid_from_name("porchlight demo group Support");
};

// What "Demo reader" is granted: reading presence, and what people pickers need.
std::vector<std::string> reader_scopes() {
  return {"Presence.Read", "Presence.Read.All", "User.Read", "User.ReadBasic.All", "GroupMember.Read.All"};
}
std::vector<std::string> reader_roles() {
  return {"Presence.Read.All", "User.ReadBasic.All", "GroupMember.Read.All"};
}

// The group "Support" with the first four users.
directory::GroupPut support_group() {
  directory::GroupPut group{"Support", {}};
  for (const DemoPerson& person : std::span(kPeople).first(4)) group.members.push_back(id_of(person));
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
      {ids.tenant, ids.support, support_group()},
  };
  for (const DemoPerson& person : kPeople)
    commands.push_back(
        {ids.tenant, id_of(person), directory::UserPut{std::string(person.upn), std::string(person.name)}});
  return commands;
}

// Sets a session of the client application for the user, without expiry.
std::expected<void, std::string> sign_in(node::Node& node, const DemoIds& ids, const DemoPerson& person) {
  const auto state = presence::State::find(person.availability, person.activity);
  if (!state) return {};
  const presence::SessionKey key{ids.client, id_of(person)};
  const auto done = std::make_shared<std::promise<bool>>();
  auto ok = done->get_future();
  node.writer().submit({ids.tenant, id_of(person)}, secure_random_guid(),
                       presence::SetSession{key, *state, std::nullopt, true}, node.clock().wall(),
                       [done](const state::Outcome& outcome) { done->set_value(outcome.has_value()); });
  if (!ok.get()) return std::unexpected("the log did not accept the presence of " + std::string(person.upn));
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
    R"(The demo is ready in {data}: tenant "Contoso" ({tenant}) with {people} users and
the group "Support" ({support_id}), applications "Demo reader" ({reader_id}) and "Demo writer" ({writer_id}).

Tokens, valid for 24 hours. They cannot be printed again; make new ones with porchlight token (see --help):

# Demo reader on behalf of {me_upn}: /me, the presence of all users, people and groups
export ME='{me}'
# Demo reader on its own behalf: the presence of all users, people and groups
export READER='{reader}'
# Demo writer on its own behalf: sets presence, and advances a manual clock
export WRITER='{writer}'

Start the server:

porchlight serve --data {data}

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

std::expected<std::string, std::string> make_demo(node::Node& node, const std::filesystem::path& data) {
  const DemoIds ids;
  if (auto made = write(node, directory_of(ids)); !made) return std::unexpected(made.error().text);
  for (const DemoPerson& person : kPeople) {
    if (auto signed_in = sign_in(node, ids, person); !signed_in) return std::unexpected(signed_in.error());
  }
  if (auto registered = register_client(node, ids); !registered) return std::unexpected(registered.error());
  if (auto written = write_config(data); !written) return std::unexpected(written.error());
  const DemoTokens tokens = mint_all(node, ids);
  return fmt::format(
      kText, fmt::arg("data", data.string()), fmt::arg("tenant", to_string(ids.tenant)),
      fmt::arg("people", std::size(kPeople)), fmt::arg("support_id", to_string(ids.support)),
      fmt::arg("reader_id", to_string(ids.reader)), fmt::arg("writer_id", to_string(ids.writer)),
      fmt::arg("client_id", to_string(ids.client)), fmt::arg("me_upn", kPeople[0].upn),
      fmt::arg("me", tokens.me), fmt::arg("reader", tokens.reader), fmt::arg("writer", tokens.writer),
      fmt::arg("ben", to_string(id_of(kPeople[1]))), fmt::arg("farid", to_string(id_of(kPeople[5]))));
}

}  // namespace porchlight::admin
