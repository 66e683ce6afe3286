// The digest is a hash of the ids of all people, and for each part the sum of the hashes sent. A sum can be updated
// in O(1) when one person is sent, and does not depend on the order of events. Person i belongs to part i % kParts.
#include "graph/wire/stream_sync.h"

#include <xxhash.h>

#include <algorithm>
#include <utility>

#include "base/base64url.h"
#include "base/bytes.h"
#include "base/check.h"
#include "base/sorted.h"

namespace porchlight::graph {

PresenceHash hash_presence(std::string_view json) {
  const auto hash = static_cast<PresenceHash>(XXH3_64bits(json.data(), json.size()));
  return hash == 0 ? 1 : hash;
}

// Merges the old and the new people, which are both in order.
std::vector<Guid> StreamSync::set_people(std::vector<Guid> people) {
  sort_unique(people);
  const std::vector<TrackedPerson> before = std::move(people_);
  clear_pending();
  people_.clear();
  people_.reserve(people.size());
  std::vector<Guid> removed;
  auto old = before.begin();
  const auto remove_until = [&](const Guid* next) {
    for (; old != before.end() && (next == nullptr || old->id < *next); ++old)
      if (old->sent != 0 || old->may_be_known) removed.push_back(old->id);
  };
  for (const Guid& id : people) {
    remove_until(&id);
    const bool stays = old != before.end() && old->id == id;
    people_.push_back({id, stays ? old->sent : 0, false, stays && old->may_be_known});
    if (!stays || old->is_pending) mark_pending_at(people_.size() - 1);
    if (stays) ++old;
  }
  remove_until(nullptr);
  recompute_sums();
  return removed;
}

std::vector<Guid> StreamSync::people() const {
  std::vector<Guid> ids;
  ids.reserve(people_.size());
  for (const TrackedPerson& person : people_) ids.push_back(person.id);
  return ids;
}

std::optional<std::size_t> StreamSync::index_of(const Guid& person) const {
  const auto found = std::ranges::lower_bound(people_, person, {}, &TrackedPerson::id);
  if (found == people_.end() || found->id != person) return std::nullopt;
  return static_cast<std::size_t>(found - people_.begin());
}

void StreamSync::mark_pending(const Guid& person) {
  if (const auto index = index_of(person)) mark_pending_at(*index);
}

bool StreamSync::is_changed(const Guid& person, PresenceHash now) const {
  const auto index = index_of(person);
  return index && people_[*index].sent != now;
}

void StreamSync::mark_pending_at(std::size_t index) {
  if (std::exchange(people_[index].is_pending, true)) return;
  pending_.push_back(static_cast<std::uint32_t>(index));
}

Guid StreamSync::pop_pending() {
  CHECK(has_pending());
  TrackedPerson& person = people_[pending_[next_pending_++]];
  person.is_pending = false;
  if (next_pending_ == pending_.size()) clear_pending();
  return person.id;
}

// Frees the memory: a stream is idle most of the time.
void StreamSync::clear_pending() {
  std::vector<std::uint32_t>().swap(pending_);
  next_pending_ = 0;
}

// The sum is modulo 2^32, so the difference may wrap around.
bool StreamSync::mark_sent(const Guid& person, PresenceHash hash) {
  const auto index = index_of(person);
  if (!index || people_[*index].sent == hash) return false;
  sums_[*index % kParts] += hash - std::exchange(people_[*index].sent, hash);
  return true;
}

void StreamSync::recompute_sums() {
  sums_.assign(std::min(people_.size(), kParts), 0);
  set_ = 0;
  for (std::size_t index = 0; index < people_.size(); ++index) {
    sums_[index % kParts] += people_[index].sent;
    set_ = static_cast<std::uint32_t>(
        XXH3_64bits_withSeed(people_[index].id.bytes.data(), sizeof(Guid::bytes), set_));
  }
}

std::string StreamSync::id() const {
  std::string bytes;
  ByteWriter out(bytes);
  out.fixed(set_);
  for (const std::uint32_t sum : sums_) out.fixed(sum);
  return encode_base64url(bytes);
}

// A part with an equal sum counts as sent. In another part all people are pending; whether the client knows each of
// them cannot be told from a sum, so a later removal of such a person is reported (may_be_known).
bool StreamSync::resume(std::string_view id, std::span<const PresenceHash> now) {
  CHECK(now.size() == people_.size());
  const auto bytes = decode_base64url(id);
  if (!bytes || bytes->size() != sizeof(set_) + sums_.size() * sizeof(sums_[0])) return false;
  ByteReader in(*bytes);
  if (in.fixed<std::uint32_t>() != set_) return false;
  std::vector<std::uint32_t> sums(sums_.size());
  for (std::size_t index = 0; index < now.size(); ++index) sums[index % kParts] += now[index];
  std::vector<std::uint32_t> known;
  while (known.size() < sums.size()) known.push_back(in.fixed<std::uint32_t>());
  const bool one_per_part = people_.size() <= kParts;
  clear_pending();
  for (std::size_t index = 0; index < people_.size(); ++index) {
    TrackedPerson& person = people_[index];
    const std::uint32_t sum = known[index % kParts];
    person.is_pending = false;
    if (sum == sums[index % kParts]) {
      person.sent = now[index];
      continue;
    }
    // The sum of a part with one person is the hash that was sent of them.
    if (one_per_part) person.sent = sum;
    person.may_be_known = sum != 0;
    mark_pending_at(index);
  }
  recompute_sums();
  return true;
}

}  // namespace porchlight::graph
