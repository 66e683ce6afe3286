// Encoding of tenants, applications and groups, the same in events and snapshots (docs/log_format.md).
//
//     tenant  = text name | text zone | u8 history | guids trusts
//     app     = text name | u8 client | texts scopes | texts roles | u8 priority
//     group   = text name | guids members                    guids = varint count | 16 B each
#pragma once

#include "base/bytes.h"
#include "directory/directory.h"

namespace porchlight::log {

// Each read_… fails the reader if the bytes are malformed; the result is then not to be used.
void append_tenant(ByteWriter& out, const directory::TenantPut& tenant);
directory::TenantPut read_tenant(ByteReader& in);

void append_app(ByteWriter& out, const directory::AppPut& app);
directory::AppPut read_app(ByteReader& in);

void append_group(ByteWriter& out, const directory::GroupPut& group);
directory::GroupPut read_group(ByteReader& in);

}  // namespace porchlight::log
