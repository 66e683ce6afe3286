// porchlight verify-signatures: the server's own signature checks over lines of JSON, for suites of test
// vectors. Not listed in the help: operators have no use for it.
#include <CLI/CLI.hpp>
#include <cstdio>
#include <iostream>
#include <string>

#include "cli/command.h"
#include "identity/signature_check.h"

namespace porchlight::cli {
namespace {

CommandStatus verify_signatures() {
  for (std::string line; std::getline(std::cin, line);) {
    if (line.empty()) continue;
    std::puts(identity::check_signature_line(line) ? "valid" : "invalid");
  }
  return {};
}

}  // namespace

void add_verify_signatures(CLI::App& root, SelectedCommand& selected) {
  CLI::App* command = root.add_subcommand("verify-signatures",
                                          "Read {\"jwk\",\"jws\"} or {\"jwk\",\"alg\",\"msg\",\"sig\"} lines "
                                          "from stdin; print valid or invalid for each");
  command->group("");  // hidden
  command->callback([&selected] { selected = verify_signatures; });
}

}  // namespace porchlight::cli
