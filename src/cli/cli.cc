// The root command. CLI11 parses the arguments first; the callback of the named subcommand only stores what to run, so
// that usage errors (exit code 2) and failures of the command (exit code 1) are kept apart.
#include "cli/cli.h"

#include <sys/stat.h>

#include <CLI/CLI.hpp>
#include <cstdio>
#include <exception>
#include <span>

#include "base/logging.h"
#include "cli/command.h"
#include "cli/usage.h"

namespace porchlight::cli {
namespace {

constexpr const char* kCliExamples = R"(
A first session:
  porchlight init  --data ~/porch --demo
  porchlight serve --data ~/porch

Help on a command: porchlight COMMAND --help

Exit codes: 0 success, 1 error, 2 wrong usage)";

// Runs the command and maps its result to an exit code. Output that cannot be written is a failure too.
int run_selected(const SelectedCommand& selected) {
  const CommandStatus ended = selected();
  if (ended) return std::fflush(stdout) == 0 ? kDone : kFailed;
  std::fflush(stdout);
  std::fprintf(stderr, "porchlight: %s\n", ended.error().c_str());
  return kFailed;
}

// All subcommands, in the order of the help.
void add_all(CLI::App& root, SelectedCommand& selected) {
  add_init(root, selected);
  add_serve(root, selected);
  add_config(root, selected);
  add_reload(root, selected);
  add_doctor(root, selected);
  add_token(root, selected);
  add_tenant(root, selected);
  add_user(root, selected);
  add_admin(root, selected);
  add_audit(root, selected);
  add_presence(root, selected);
  add_clients(root, selected);
  add_app(root, selected);
  add_group(root, selected);
  add_log(root, selected);
  add_backup(root, selected);
  add_restore(root, selected);
  add_upgrade(root, selected);
  add_health(root, selected);
  add_loadtest(root, selected);
  add_manual(root, selected);
  add_completion(root, selected);
}

}  // namespace

int run(int argc, const char* const* argv) {
#ifdef __x86_64__
  if (!__builtin_cpu_supports("sse4.2")) {
    std::fputs("porchlight: needs a processor with SSE4.2 (any x86-64 made since 2011)\n", stderr);
    return kFailed;
  }
#endif
  CLI::App root("Porchlight: a presence server with the Microsoft Graph presence API.");
  root.name("porchlight");
  root.set_version_flag("--version", kVersion);
  root.require_subcommand(1);
  root.footer(kCliExamples);
  SelectedCommand selected;
  add_all(root, selected);
  try {
    root.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    const bool is_help = error.get_exit_code() == 0;
    const auto fault = is_help ? std::nullopt : usage_fault(root, std::span(argv, argv + argc).subspan(1));
    if (!fault) return root.exit(error) == 0 ? kDone : kUsage;
    std::fprintf(stderr, "porchlight: %s\nRun with --help for more information.\n", fault->c_str());
    return kUsage;
  }
  // No file of a data folder is ever readable by others, whichever command creates it.
  ::umask(077);
  // Commands log only warnings and errors; serve sets its own level.
  start_logging("warn");
  try {
    return run_selected(selected);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "porchlight: %s\n", error.what());
    return kFailed;
  }
}

}  // namespace porchlight::cli
