// The fields in the order of docs/log_format.md. Limits of lists and texts are checked when they are read.
#include "log/directory_codec.h"

#include "log/event_codec.h"

namespace porchlight::log {

void append_tenant(ByteWriter& out, const directory::TenantPut& tenant) {
  out.text(tenant.name);
  out.text(tenant.settings.zone);
  out.fixed(static_cast<std::uint8_t>(tenant.settings.history));
  append_guids(out, tenant.settings.trusts);
}

directory::TenantPut read_tenant(ByteReader& in) {
  directory::TenantPut tenant;
  tenant.name = in.text(kEventTextBytesMax);
  tenant.settings.zone = in.text(directory::kZoneBytesMax);
  tenant.settings.history = read_bool(in);
  tenant.settings.trusts = read_guids(in, directory::kTrustsMax);
  return tenant;
}

void append_app(ByteWriter& out, const directory::AppPut& app) {
  out.text(app.name);
  out.fixed(static_cast<std::uint8_t>(app.client));
  append_texts(out, app.scopes);
  append_texts(out, app.roles);
  out.fixed(static_cast<std::uint8_t>(app.priority));
}

directory::AppPut read_app(ByteReader& in) {
  directory::AppPut app;
  app.name = in.text(kEventTextBytesMax);
  app.client = read_bool(in);
  app.scopes = read_texts(in);
  app.roles = read_texts(in);
  app.priority = read_bool(in);
  return app;
}

void append_group(ByteWriter& out, const directory::GroupPut& group) {
  out.text(group.name);
  append_guids(out, group.members);
}

directory::GroupPut read_group(ByteReader& in) {
  directory::GroupPut group;
  group.name = in.text(kEventTextBytesMax);
  group.members = read_guids(in, directory::kGroupMembersMax);
  return group;
}

}  // namespace porchlight::log
