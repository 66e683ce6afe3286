#include "people.h"

#include <fmt/format.h>

#include <cstdio>
#include <memory>
#include <stdexcept>

namespace porchlight::bench {

std::uint64_t scramble(std::uint64_t number) {
  std::uint64_t z = number * 0x9E3779B97F4A7C15ull + 0x9E3779B97F4A7C15ull;
  z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9ull;
  z = (z ^ (z >> 27)) * 0x94D049BB133111EBull;
  return z ^ (z >> 31);
}

void append_id(std::string& out, std::uint64_t person) {
  static constexpr char kHex[] = "0123456789abcdef";
  static constexpr char kForm[] = "xxxxxxxx-xxxx-4xxx-8xxx-xxxxxxxxxxxx";
  std::uint64_t bits = scramble(2 * person);
  std::size_t taken = 0;
  for (const char c : std::string_view(kForm)) {
    if (c != 'x') {
      out += c;
      continue;
    }
    if (taken++ == 16) bits = scramble(2 * person + 1);
    out += kHex[bits & 0xF];
    bits >>= 4;
  }
}

void write_people(const std::filesystem::path& file, std::uint64_t count) {
  const std::unique_ptr<FILE, int (*)(FILE*)> out(std::fopen(file.c_str(), "w"), std::fclose);
  if (!out) throw std::runtime_error(file.string() + " can't be written");
  fmt::print(out.get(), "id,userPrincipalName,displayName\n");
  for (std::uint64_t person = 0; person < count; ++person) {
    std::string id;
    append_id(id, person);
    fmt::print(out.get(), "{},person{}@contoso.com,Person {}\n", id, person, person);
  }
}

}  // namespace porchlight::bench
