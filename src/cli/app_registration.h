// porchlight app register, registration, secret, certificate: how an application signs in.
#pragma once

#include "cli/command.h"

namespace porchlight::cli {

// Adds them to the `app` command.
void add_app_registration(CLI::App& group, SelectedCommand& selected);

}  // namespace porchlight::cli
