// porchlight user import: many users from a file.
#pragma once

#include "cli/command.h"

namespace porchlight::cli {

// Adds `import` to the `user` command.
void add_user_import(CLI::App& group, SelectedCommand& selected);

}  // namespace porchlight::cli
