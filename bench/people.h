// The made-up people of the benchmark: their ids follow from their numbers, so that nobody need keep a
// million of them.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>

namespace porchlight::bench {

// The tenant of all of them.
inline constexpr std::string_view kTenantId = "7e57ab1e-0000-4000-8000-00000be7c400";

// Where ids and other made-up numbers come from: one step of SplitMix64 (Steele, Lea, Flood: Fast splittable
// pseudorandom number generators).
std::uint64_t scramble(std::uint64_t number);

// Appends the id, a GUID, of the person with this number.
void append_id(std::string& out, std::uint64_t person);

// A file for `porchlight user import` with so many people.
void write_people(const std::filesystem::path& file, std::uint64_t count);

}  // namespace porchlight::bench
