#include "scim/test_server.h"

#include <absl/strings/str_replace.h>
#include <fmt/format.h>

#include <algorithm>

#include "base/json.h"
#include "scim/schema.h"

namespace porchlight::scim::testing {

Value json(std::string_view text) {
  JsonReader reader;
  const auto root = reader.parse(text, {.members = 200'000});
  EXPECT_TRUE(root) << text;
  return root ? to_value(*root) : Value{};
}

std::string Answer::text(std::string_view path) const {
  const ValueMap* map = &json;
  while (true) {
    const std::string_view name = path.substr(0, path.find('.'));
    if (name.size() == path.size()) return std::string(text_of(*map, name));
    path.remove_prefix(name.size() + 1);
    const Value* const next = find(*map, name);
    if (!next || !next->map()) return {};
    map = next->map();
  }
}

bool Answer::active() const {
  const Value* const value = find(json, "active");
  return value && value->flag() && *value->flag();
}

std::size_t Answer::total() const {
  const Value* const value = find(json, "totalResults");
  return value ? std::stoul(std::get<Number>(value->is).text) : SIZE_MAX;
}

std::vector<std::string> Answer::ids() const {
  std::vector<std::string> ids;
  const Value* const resources = find(json, "Resources");
  for (const Value& each : resources ? *resources->list() : ValueList{})
    ids.emplace_back(text_of(*each.map(), "id"));
  return ids;
}

std::vector<std::string> Answer::members() const {
  std::vector<std::string> ids;
  const Value* const members = find(json, "members");
  for (const Value& each : members ? *members->list() : ValueList{})
    ids.emplace_back(text_of(*each.map(), "value"));
  return ids;
}

TestServer::TestServer() {
  for (const Guid& each : {kContoso, kFabrikam})
    EXPECT_TRUE(world.run({{each, Guid{}, directory::TenantPut{"Tenant"}}}));
  restart();
  token = service->tokens().make(kContoso).value();
}

void TestServer::restart() {
  service.reset();
  world.restart();
  const auto noted_in = [](std::vector<Guid>& users) {
    return [&users](const Guid&, const Guid& user) {
      users.push_back(user);
      return true;
    };
  };
  service = std::make_unique<Service>(
      *world.view, *world.writer, *store, directory_mutex, "https://porch.example",
      EndOfUser{.revoke_tokens = noted_in(revoked), .forget_credentials = noted_in(forgotten)});
  EXPECT_TRUE(service->start(now));
}

Answer TestServer::ask(http::Method method, std::string_view target, std::string_view body,
                       std::string_view content_type) {
  http::Request request;
  request.method = method;
  const std::string whole = fmt::format("/scim/v2{}", target);
  const std::string_view view = whole;
  const std::size_t mark = std::min(view.find('?'), view.size());
  request.path = view.substr(0, mark);
  request.query = view.substr(std::min(mark + 1, view.size()));
  request.host = "porch.example";
  request.body = body;
  const http::HeaderField headers[] = {{"Content-Type", content_type}};
  request.headers = headers;
  http::Response response;
  now += std::chrono::seconds(1);
  service->handle(request, tenant, now, response);
  Answer answer{response.status, std::string(response.lines()), response.body, {}};
  if (!answer.body.empty()) answer.json = *json(answer.body).map();
  return answer;
}

Answer TestServer::patch(std::string_view target, std::string_view operations) {
  return ask(http::Method::kPatch, target,
             fmt::format(R"({{"schemas":["{}"],"Operations":{}}})", kPatchUrn, operations));
}

std::string TestServer::add(std::string_view upn, std::string_view more) {
  const Answer made =
      post("/Users", fmt::format(R"({{"schemas":["{}"],"userName":"{}"{}}})", kUserUrn, upn, more));
  EXPECT_EQ(made.status, 201) << made.body;
  return made.text("id");
}

std::string TestServer::add_group(std::string_view name, const std::vector<std::string>& members) {
  std::string list;
  for (const std::string& id : members)
    list += fmt::format(R"({}{{"value":"{}"}})", list.empty() ? "" : ",", id);
  const Answer made = post("/Groups", fmt::format(R"({{"schemas":["{}"],"displayName":"{}","members":[{}]}})",
                                                  kGroupUrn, name, list));
  EXPECT_EQ(made.status, 201) << made.body;
  return made.text("id");
}

void TestServer::expect_patches(std::string_view user, std::span<const PatchCase> rows) {
  for (const PatchCase& row : rows) {
    const std::string at = fmt::format("/Users/{}", post("/Users", user).text("id"));
    const Answer answer = patch(at, fmt::format("[{}]", row.operations));
    EXPECT_EQ(answer.status, 200) << row.operations << answer.body;
    const Answer after = get(at);
    const Value* const value = find(after.json, row.attribute);
    std::string text;
    if (value) append_json(text, *value);
    EXPECT_EQ(text, row.wanted) << row.operations;
    EXPECT_EQ(remove(at).status, 204);
  }
}

void TestServer::expect_group_patches(std::span<const GroupPatchCase> rows) {
  const std::string members[] = {add("member@contoso.com"), add("other@contoso.com")};
  for (const GroupPatchCase& row : rows) {
    const std::string at = fmt::format("/Groups/{}", add_group("Patched", {members[0]}));
    const std::string operations =
        absl::StrReplaceAll(row.operations, {{"{0}", members[0]}, {"{1}", members[1]}});
    EXPECT_EQ(patch(at, fmt::format("[{}]", operations)).status, 204) << row.operations;
    std::string found;
    const auto listed = get(at).members();
    for (const char digit : {'0', '1'})
      if (std::ranges::find(listed, members[digit - '0']) != listed.end()) found += digit;
    EXPECT_EQ(found, row.members) << row.operations;
    EXPECT_EQ(remove(at).status, 204);
  }
}

std::optional<directory::User> TestServer::user(const std::string& id) const {
  return world.view->find_user({tenant, parse_guid(id).value()});
}

std::vector<std::string> TestServer::directory_members(const std::string& group) const {
  const auto there = world.view->find_group(tenant, parse_guid(group).value());
  std::vector<std::string> ids;
  if (!there) return ids;
  for (const Guid& id : there->members) ids.push_back(to_string(id));
  return ids;
}

}  // namespace porchlight::scim::testing
