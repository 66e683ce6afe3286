// Writes the generated users of the benchmark, for `porchlight user import`.
//
//     bench_people PEOPLE FILE
#include <cstdio>
#include <cstdlib>

#include "people.h"

int main(int argc, char** argv) {
  if (argc != 3) {
    std::fputs("usage: bench_people PEOPLE FILE\n", stderr);
    return 2;
  }
  porchlight::bench::write_people(argv[2], std::strtoull(argv[1], nullptr, 10));
  return 0;
}
