// The routes of the administration API (docs/administration.md): each is a command of admin/commands.h.
#pragma once

#include "graph/call/access.h"
#include "graph/call/administration.h"
#include "graph/call/route.h"

namespace porchlight::graph {

// Administrators are users: an application on its own cannot be one.
inline constexpr Access kAdministrate = {.self = set_of(identity::Permission::kDelegatedAdmin)};

struct AdminRouteRow {
  RoutePattern path;  // below porchlight/v1/admin
  http::Method method;
  AdminRoute route;
};

// The rows, and what they share.
struct AdminRoutes {
  static constexpr auto kGet = http::Method::kGet, kPost = http::Method::kPost, kPut = http::Method::kPut,
                        kPatch = http::Method::kPatch, kDelete = http::Method::kDelete;
  static constexpr std::string_view kAppMembers = "displayName=name client priority scopes roles";
  static constexpr std::string_view kAddedAppMembers = "id displayName=name client priority scopes roles";
  static constexpr std::string_view kLife = "expirationDuration=expires_ms";

  static constexpr AdminRouteRow kRows[] = {
      {"tenants", kGet, {.command = "tenant.list", .of_tenant = false}},
      {"tenants",
       kPost,
       {.command = "tenant.add",
        .members = "id displayName=name allowDuplicateName=allow_duplicate_name",
        .status = 201,
        .of_tenant = false}},
      {"tenants/{id}", kGet, {.command = "tenant.show", .id = "tenant", .of_tenant = false}},
      {"tenants/{id}",
       kPatch,
       {.command = "tenant.set",
        .id = "tenant",
        .members = "zone history operator web trust untrust",
        .of_tenant = false}},
      {"tenants/{id}",
       kDelete,
       {.command = "tenant.remove", .id = "tenant", .status = 204, .of_tenant = false}},
      {"tenants/{id}/contents", kGet, {.command = "tenant.contents", .id = "tenant", .of_tenant = false}},
      {"tenants/{id}/contents", kDelete, {.command = "tenant.empty", .id = "tenant", .of_tenant = false}},
      {"tenants/{id}/scimToken",
       kPost,
       {.command = "tenant.scim-token", .id = "tenant", .status = 201, .of_tenant = false}},
      {"tenants/{id}/scimToken",
       kDelete,
       {.command = "tenant.scim-revoke", .id = "tenant", .status = 204, .of_tenant = false}},
      {"administrators", kGet, {.command = "admin.list"}},
      {"administrators/{id}", kPut, {.command = "admin.grant", .id = "user"}},
      {"administrators/{id}", kDelete, {.command = "admin.revoke", .id = "user", .status = 204}},
      {"users", kGet, {.command = "user.list", .options = "after limit"}},
      {"users",
       kPost,
       {.command = "user.add", .members = "id userPrincipalName=upn displayName=name", .status = 201}},
      {"users/import", kPost, {.command = "user.import", .members = "rows check"}},
      {"users/{id}", kGet, {.command = "user.show", .id = "user"}},
      {"users/{id}",
       kPatch,
       {.command = "user.set", .id = "user", .members = "userPrincipalName=upn displayName=name"}},
      {"users/{id}", kDelete, {.command = "user.remove", .id = "user", .status = 204}},
      {"users/{id}/password",
       kPut,
       {.command = "user.password", .id = "user", .members = "password", .status = 204}},
      {"users/{id}/revokeTokens", kPost, {.command = "token.revoke", .id = "user"}},
      {"users/{id}/preferredPresence",
       kPut,
       {.command = "presence.preferred-set",
        .id = "user",
        .members = "availability activity expirationDuration=expires_ms",
        .status = 204}},
      {"users/{id}/preferredPresence",
       kDelete,
       {.command = "presence.preferred-clear", .id = "user", .status = 204}},
      {"users/{id}/statusMessage",
       kPut,
       {.command = "presence.message-set",
        .id = "user",
        .members = "message expirationDuration=expires_ms",
        .status = 204}},
      {"users/{id}/statusMessage",
       kDelete,
       {.command = "presence.message-clear", .id = "user", .status = 204}},
      {"users/{id}/sessions", kGet, {.command = "presence.sessions", .id = "user"}},
      {"users/{id}/sessions/{item}",
       kPut,
       {.command = "presence.session-set",
        .id = "user",
        .item = "session",
        .members = "applicationId=app availability activity expirationDuration=expires_ms",
        .status = 204}},
      {"users/{id}/sessions/{item}",
       kDelete,
       {.command = "presence.session-clear",
        .id = "user",
        .item = "session",
        .options = "applicationId=app",
        .status = 204}},
      {"users/{id}/endStreams", kPost, {.command = "streams.end", .id = "user"}},
      {"applications", kGet, {.command = "app.list"}},
      {"applications", kPost, {.command = "app.add", .members = kAddedAppMembers, .status = 201}},
      {"applications/{id}", kGet, {.command = "app.show", .id = "app"}},
      {"applications/{id}", kPatch, {.command = "app.set", .id = "app", .members = kAppMembers}},
      {"applications/{id}", kDelete, {.command = "app.remove", .id = "app", .status = 204}},
      {"applications/{id}/registration", kGet, {.command = "app.registration", .id = "app"}},
      {"applications/{id}/registration",
       kPatch,
       {.command = "app.register",
        .id = "app",
        .members =
            "public idTokens=id_tokens requirePkce=require_pkce redirectUris=redirects requested exposed "
            "preauthorized"}},
      {"applications/{id}/secrets",
       kPost,
       {.command = "app.secret-add", .id = "app", .members = kLife, .status = 201}},
      {"applications/{id}/secrets/{item}",
       kDelete,
       {.command = "app.secret-remove", .id = "app", .item = "secret", .status = 204}},
      {"applications/{id}/certificates",
       kPost,
       {.command = "app.certificate-add", .id = "app", .members = "certificate", .status = 201}},
      {"applications/{id}/certificates/{item}",
       kDelete,
       {.command = "app.certificate-remove", .id = "app", .item = "certificate", .status = 204}},
      {"applications/{id}/tokens",
       kPost,
       {.command = "token",
        .id = "app",
        .members = "user scopes roles expirationDuration=expires_ms",
        .status = 201}},
      {"applications/{id}/revokeTokens", kPost, {.command = "token.revoke", .id = "app"}},
      {"groups", kGet, {.command = "group.list"}},
      {"groups", kPost, {.command = "group.add", .members = "id displayName=name users", .status = 201}},
      {"groups/{id}", kGet, {.command = "group.show", .id = "group"}},
      {"groups/{id}", kDelete, {.command = "group.remove", .id = "group", .status = 204}},
      {"groups/{id}/members", kPost, {.command = "group.member-add", .id = "group", .members = "users"}},
      {"groups/{id}/members/{item}",
       kDelete,
       {.command = "group.member-remove", .id = "group", .item = "users[]", .status = 204}},
      {"subscriptions", kGet, {.command = "subscription.list", .options = "after limit"}},
      {"subscriptions/{id}",
       kDelete,
       {.command = "subscription.remove", .id = "subscription", .status = 204}},
      {"deadLetters", kGet, {.command = "deadletter.list", .options = "limit"}},
      {"deadLetters/replay", kPost, {.command = "deadletter.replay"}},
      {"connections", kGet, {.command = "connection.list", .options = "after limit"}},
      {"connections/{id}", kDelete, {.command = "connection.end", .id = "connection", .status = 204}},
      {"viewAs", kGet, {.command = "presence.view-as", .options = "subject=user viewer"}},
      {"requests", kGet, {.command = "request.list", .of_tenant = false}},
      {"clock", kGet, {.command = "clock.show", .of_tenant = false}},
      {"clock", kPost, {.command = "clock.advance", .members = "advance=advance_ms", .of_tenant = false}},
      {"overview", kGet, {.command = "server.overview", .of_tenant = false}},
      {"audit",
       kGet,
       {.command = "audit.page", .options = "from to actor target before limit", .of_tenant = false}},
      {"log", kGet, {.command = "log.page", .options = "from cursor limit", .of_tenant = false}},
  };
};

}  // namespace porchlight::graph
