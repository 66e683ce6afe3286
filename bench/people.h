// The generated users of the benchmark. Their ids are computed from their numbers, so that a million ids need no
// memory.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>

namespace porchlight::bench {

// The tenant of all users.
inline constexpr std::string_view kTenantId = "7e57ab1e-0000-4000-8000-00000be7c400";

// A pseudorandom number from `number`: one step of SplitMix64 (Steele, Lea, Flood: Fast splittable pseudorandom number
// generators).
std::uint64_t scramble(std::uint64_t number);

// Appends the id (a GUID) of the user with this number.
void append_id(std::string& out, std::uint64_t person);

// Writes a file for `porchlight user import` with `count` users.
void write_people(const std::filesystem::path& file, std::uint64_t count);

}  // namespace porchlight::bench
