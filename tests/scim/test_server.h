// The SCIM service in the test process: two tenants over fake logs, and helpers for requests.
#pragma once

#include <gmock/gmock.h>

#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "scim/service.h"
#include "state/writer_fixture.h"
#include "support/memory_kv_store.h"

namespace porchlight::scim::testing {

inline const Guid kContoso = parse_guid("11111111-1111-4111-8111-111111111111").value();
inline const Guid kFabrikam = parse_guid("22222222-2222-4222-8222-222222222222").value();
inline constexpr std::string_view kPatchUrn = "urn:ietf:params:scim:api:messages:2.0:PatchOp";

// Parses JSON.
Value json(std::string_view text);

// A response, with access to its JSON.
struct Answer {
  int status = 0;
  std::string lines, body;
  ValueMap json;
  // A string of the body, by a path such as `name.familyName`; empty if it is missing.
  std::string text(std::string_view path) const;
  bool active() const;
  std::size_t total() const;
  // The ids of the resources in a list.
  std::vector<std::string> ids() const;
  // The ids of a group's members.
  std::vector<std::string> members() const;
};

// Operations of a PATCH, and the JSON of an attribute of the user afterwards; empty: missing.
struct PatchCase {
  const char* operations;
  std::string_view attribute;
  const char* wanted;
};

// Operations of a PATCH of a group with the member {0}; {1} is another user. `members`: the digits of those afterwards.
struct GroupPatchCase {
  const char* operations;
  const char* members;
};

class TestServer {
 public:
  TestServer();

  Answer ask(http::Method method, std::string_view target, std::string_view body = {},
             std::string_view content_type = "application/scim+json");
  Answer get(std::string_view target) { return ask(http::Method::kGet, target); }
  Answer post(std::string_view target, std::string_view body) {
    return ask(http::Method::kPost, target, body);
  }
  Answer put(std::string_view target, std::string_view body) { return ask(http::Method::kPut, target, body); }
  Answer patch(std::string_view target, std::string_view operations);
  Answer remove(std::string_view target) { return ask(http::Method::kDelete, target); }

  // Create a user or group and return its id.
  std::string add(std::string_view upn, std::string_view more = "");
  std::string add_group(std::string_view name, const std::vector<std::string>& members = {});
  // For each row: adds a user or a group, patches it, reads it and removes it.
  void expect_patches(std::string_view user, std::span<const PatchCase> rows);
  void expect_group_patches(std::span<const GroupPatchCase> rows);
  // The user in the directory.
  std::optional<directory::User> user(const std::string& id) const;
  std::vector<std::string> directory_members(const std::string& group) const;

  // Restarts the service after a simulated crash: logs and store stay.
  void restart();

  state::WriterFixture world;
  std::unique_ptr<storage::KvStore> store = std::make_unique<storage::MemoryKvStore>();
  storage::MemoryKvStore& memory = static_cast<storage::MemoryKvStore&>(*store);
  Mutex directory_mutex;
  std::unique_ptr<Service> service;
  std::vector<Guid> forgotten;  // users whose credentials were removed
  std::vector<Guid> revoked;    // users whose tokens were revoked
  Guid tenant = kContoso;       // the tenant of requests
  std::string token;            // of Contoso
  Time now = log::at_ms(0);
};

}  // namespace porchlight::scim::testing
