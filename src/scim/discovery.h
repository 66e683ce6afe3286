// The discovery documents of SCIM (RFC 7643 §5 to §7): ServiceProviderConfig, ResourceTypes and Schemas.
#pragma once

#include <string_view>

#include "scim/value.h"

namespace porchlight::scim {

// `base`: the URL of the service, such as https://host/scim/v2. The lists have one document per resource type or
// schema.
ValueMap service_provider_config(std::string_view base);
ValueList resource_types(std::string_view base);
ValueList schema_documents(std::string_view base);

}  // namespace porchlight::scim
