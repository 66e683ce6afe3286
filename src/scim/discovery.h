// What the server can do, as SCIM publishes it (RFC 7643 §5 to §7): ServiceProviderConfig, ResourceTypes,
// Schemas.
#pragma once

#include <string_view>

#include "scim/value.h"

namespace porchlight::scim {

// `base` is the address of the service, as in https://host/scim/v2.
ValueMap service_provider_config(std::string_view base);
ValueList resource_types(std::string_view base);
ValueList schema_documents(std::string_view base);

}  // namespace porchlight::scim
