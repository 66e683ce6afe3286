// The demo: a tenant with a dozen users. Three of them have the ids and presence of the examples in Graph's reference,
// so that reads give the same answers as there.
#pragma once

#include <expected>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "node/node.h"

namespace porchlight::admin {

// A user of the demo.
struct DemoPerson {
  Guid id;
  std::string_view upn;
  std::string_view name;
  bool is_administrator;
};

// All users, "me" of the documents first.
const std::vector<DemoPerson>& demo_people();
// The id of the user whose userPrincipalName is `alias`@contoso.com. There must be one.
Guid demo_person(std::string_view alias);
Guid demo_tenant();
// The client application whose sessions the users have.
Guid demo_client();
// Whether the view is that of a folder to which make_demo() of this version was applied.
bool has_demo(const state::View& view);

// Adds the tenant, its users with their presence, groups and applications to an empty node, and writes demo.toml to
// the folder `data`. Returns a text for the operator: what was added and how to try it, with tokens.
std::expected<std::string, std::string> make_demo(node::Node& node, const std::filesystem::path& data);

}  // namespace porchlight::admin
