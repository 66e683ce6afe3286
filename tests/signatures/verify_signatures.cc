// Runs the server's signature checks over suites of test vectors. Reads {"jwk","jws"} or {"jwk","alg","msg","sig"} from
// standard input, one object a line, and prints `valid` or `invalid` for each.
#include <cstdio>
#include <iostream>
#include <string>

#include "signatures/signature_check.h"

int main() {
  for (std::string line; std::getline(std::cin, line);) {
    if (line.empty()) continue;
    std::puts(porchlight::identity::check_signature_line(line) ? "valid" : "invalid");
  }
}
