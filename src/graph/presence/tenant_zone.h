// The time zone of the caller's tenant, which decides what "today" is (spec presence §9).
#pragma once

#include "graph/call/handlers.h"
#include "timezone/zone.h"

namespace porchlight::graph {

// UTC if the tenant has none.
inline timezone::Zone tenant_zone(const HandlerContext& context, const Call& call) {
  const auto tenant = context.services.view.find_tenant(call.caller->tenant);
  return timezone::Zone::find(tenant ? tenant->settings.zone : "UTC").value_or(timezone::Zone());
}

}  // namespace porchlight::graph
