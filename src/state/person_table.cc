// XXH_INLINE_ALL: each look-up hashes a key of constant length, so the inlined hash has no branches on the length.
#define XXH_INLINE_ALL
#include "state/person_table.h"

#include <xxhash.h>

#include <algorithm>
#include <memory>
#include <new>
#include <stdexcept>

#include "base/text.h"

namespace porchlight::state {
namespace {

// The first bytes of a text as a number, so that numbers compare as compare_ignore_case() does as far as they differ.
std::uint64_t first_bytes_of(std::string_view text) {
  std::uint64_t number = 0;
  for (std::size_t i = 0; i < sizeof(number); ++i)
    number = number << 8 | (i < text.size() ? static_cast<unsigned char>(to_lower(text[i])) : 0);
  return number;
}

}  // namespace

std::uint32_t shard_of(const Guid& tenant, const Guid& subject) {
  char key[32];
  std::memcpy(key, tenant.bytes.data(), 16);
  std::memcpy(key + 16, subject.bytes.data(), 16);
  return static_cast<std::uint32_t>(XXH64(key, sizeof(key), 0) % kShards);
}

std::uint32_t TextArena::add(std::string_view first, std::string_view second) {
  const std::size_t size = first.size() + second.size();
  if (size > kChunk - used_) {
    chunks_.push_back(std::make_unique_for_overwrite<char[]>(kChunk));
    used_ = 0;
  }
  const auto place = static_cast<std::uint32_t>((chunks_.size() - 1) * kChunk + used_);
  char* const to = chunks_.back().get() + used_;
  std::ranges::copy(second, std::ranges::copy(first, to).out);
  used_ += static_cast<std::uint32_t>(size);
  return place;
}

PersonTable::PersonTable(const TenantTable& tenants, LargePages& pages, std::uint64_t seed)
    : tenants_(tenants), seed_(seed), pages_(pages), order_(Less{this}) {}

PersonTable::~PersonTable() {
  for (PersonSlot* const chunk : chunks_) std::destroy_n(chunk, kChunk);
}

std::uint64_t PersonTable::hash(const UserKey& key) const {
  char bytes[32];
  std::memcpy(bytes, key.tenant.bytes.data(), 16);
  std::memcpy(bytes + 16, key.user.bytes.data(), 16);
  return XXH3_64bits_withSeed(bytes, sizeof(bytes), seed_);
}

std::optional<Slot> PersonTable::find(const UserKey& key, std::uint64_t hash) const {
  return index_.find(hash, [&](Slot slot) { return holds(slot, key); });
}

bool PersonTable::holds(Slot slot, const UserKey& key) const {
  const PersonSlot& person = (*this)[slot];
  return person.user == key.user && tenants_.id(person.tenant) == key.tenant;
}

std::optional<Slot> PersonTable::prefetch_slot(std::uint64_t hash) const {
  const auto likely = index_.find(hash, [](Slot) { return true; });
  if (!likely) return std::nullopt;
  const char* const person = reinterpret_cast<const char*>(&(*this)[*likely]);
  __builtin_prefetch(person);
  __builtin_prefetch(person + 64);
  return likely;
}

std::string_view PersonTable::upn(Slot slot) const {
  const PersonSlot& person = (*this)[slot];
  return person.upn_bytes == 0 ? std::string_view() : arena_.at(person.profile, person.upn_bytes);
}

std::string_view PersonTable::name(Slot slot) const {
  const PersonSlot& person = (*this)[slot];
  if (person.name_bytes == 0) return {};
  return arena_.at(person.profile, person.upn_bytes + person.name_bytes).substr(person.upn_bytes);
}

// Free slots first; otherwise the next one of the last chunk. Chunks stay where they are, so slots keep their
// addresses.
Slot PersonTable::allocate_slot(std::uint32_t tenant, const Guid& user) {
  Slot slot;
  if (!free_.empty()) {
    slot = free_.back();
    free_.pop_back();
  } else {
    if (used_ == kSlotsMax) throw std::length_error("more people than a shard can hold");
    if (used_ % kChunk == 0)
      chunks_.push_back(new (pages_.allocate(sizeof(PersonSlot) * kChunk)) PersonSlot[kChunk]);
    slot = used_++;
  }
  PersonSlot& person = (*this)[slot];
  person.tenant = tenant;
  person.user = user;
  return slot;
}

Slot PersonTable::add(std::uint32_t tenant, const Guid& user) {
  const Slot slot = allocate_slot(tenant, user);
  index_.insert(hash_of(slot), slot, [this](Slot other) { return hash_of(other); });
  order_.insert(slot);
  return slot;
}

Slot PersonTable::append(std::uint32_t tenant, const Guid& user) {
  const Slot slot = allocate_slot(tenant, user);
  index_.insert(hash_of(slot), slot, [this](Slot other) { return hash_of(other); });
  order_.insert(order_.end(), slot);
  return slot;
}

void PersonTable::remove(Slot slot) {
  // Before the slot is cleared: the indexes read the key and the texts from it.
  leave_text_orders(slot);
  index_.erase(hash_of(slot), slot, [this](Slot other) { return hash_of(other); });
  order_.erase(slot);
  drop_texts(slot);
  (*this)[slot] = PersonSlot{};
  free_.push_back(slot);
}

void PersonTable::drop_texts(Slot slot) {
  PersonSlot& person = (*this)[slot];
  text_bytes_ -= person.upn_bytes + person.name_bytes;
  person.upn_bytes = person.name_bytes = 0;
}

void PersonTable::set_profile(Slot slot, std::string_view upn, std::string_view name) {
  leave_text_orders(slot);
  drop_texts(slot);
  // If more than half of the arena is lost space, rebuild it. The cost is amortised: for each byte moved, a byte was
  // lost before.
  constexpr std::size_t kWorthIt = 256 * 1024;
  if (arena_.bytes() > kWorthIt && arena_.bytes() / 2 > text_bytes_ + upn.size() + name.size()) {
    rebuild_arena();
  }
  PersonSlot& person = (*this)[slot];
  person.profile = arena_.add(upn, name);
  person.upn_bytes = static_cast<std::uint16_t>(upn.size());
  person.name_bytes = static_cast<std::uint16_t>(name.size());
  text_bytes_ += upn.size() + name.size();
  enter_text_orders(slot);
}

bool PersonTable::TextLess::is_less(const TextKey& a, const TextKey& b) {
  if (a.tenant != b.tenant) return a.tenant < b.tenant;
  const auto order = compare_ignore_case(a.text, b.text);
  return order != 0 ? order < 0 : a.user < b.user;
}

// A user without texts who was just added is in no order, and erase() does nothing.
void PersonTable::leave_text_orders(Slot slot) {
  for (std::optional<TextOrder>& order : text_orders_)
    if (order) order->erase(slot);
}

void PersonTable::enter_text_orders(Slot slot) {
  for (std::optional<TextOrder>& order : text_orders_)
    if (order) order->insert(slot);
}

// Sorted first, since a set that grows at its end has full nodes: half the memory of one that grows anywhere. The sort
// compares the first bytes of the texts, and waits for a slot and its text only where those are equal.
void PersonTable::build_order(UserText by) {
  std::optional<TextOrder>& order = text_orders_[static_cast<std::size_t>(by)];
  if (order) return;
  struct SortKey {
    std::uint64_t first_bytes;
    std::uint32_t tenant;
    Slot slot;
  };
  const TextLess less{this, by};
  std::vector<SortKey> keys;
  keys.reserve(size());
  index_.each([&](Slot slot) {
    const auto tenant = static_cast<std::uint32_t>((*this)[slot].tenant);
    keys.push_back({first_bytes_of(text(slot, by)), tenant, slot});
  });
  std::ranges::sort(keys, [&](const SortKey& a, const SortKey& b) {
    if (a.tenant != b.tenant) return a.tenant < b.tenant;
    return a.first_bytes != b.first_bytes ? a.first_bytes < b.first_bytes : less(a.slot, b.slot);
  });
  order.emplace(less);
  for (const SortKey& key : keys) order->insert(order->end(), key.slot);
}

void PersonTable::rebuild_arena() {
  TextArena fresh;
  index_.each([&](Slot slot) {
    const std::string_view upn_text = upn(slot);
    const std::string_view name_text = name(slot);
    if (!upn_text.empty() || !name_text.empty()) (*this)[slot].profile = fresh.add(upn_text, name_text);
  });
  arena_ = std::move(fresh);
}

void PersonTable::reserve(std::size_t people) {
  index_.reserve(people);
  chunks_.reserve((people + kChunk - 1) / kChunk);
}

}  // namespace porchlight::state
