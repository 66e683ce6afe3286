#include "graph/told.h"

#include <xxhash.h>

#include <algorithm>
#include <utility>

#include "base/base64url.h"
#include "base/bytes.h"

namespace porchlight::graph {

Fingerprint fingerprint_of(std::string_view told) {
  const auto fingerprint = static_cast<Fingerprint>(XXH3_64bits(told.data(), told.size()));
  return fingerprint == 0 ? 1 : fingerprint;
}

std::vector<Guid> Told::set_people(std::vector<Guid> people) {
  std::ranges::sort(people);
  const auto twice = std::ranges::unique(people);
  people.erase(twice.begin(), twice.end());
  const std::vector<Person> before = std::move(people_);
  forget_owed();
  people_.clear();
  people_.reserve(people.size());
  std::vector<Guid> left;
  auto old = before.begin();
  const auto leave_until = [&](const Guid* next) {
    for (; old != before.end() && (next == nullptr || old->id < *next); ++old)
      if (old->told != 0 || old->may_be_known) left.push_back(old->id);
  };
  for (const Guid& id : people) {
    leave_until(&id);
    const bool stays = old != before.end() && old->id == id;
    people_.push_back({id, stays ? old->told : 0, false, stays && old->may_be_known});
    if (!stays || old->is_owed) owe_at(people_.size() - 1);
    if (stays) ++old;
  }
  leave_until(nullptr);
  sum_up();
  return left;
}

std::vector<Guid> Told::people() const {
  std::vector<Guid> ids;
  ids.reserve(people_.size());
  for (const Person& person : people_) ids.push_back(person.id);
  return ids;
}

std::optional<std::size_t> Told::place_of(const Guid& person) const {
  const auto found = std::ranges::lower_bound(people_, person, {}, &Person::id);
  if (found == people_.end() || found->id != person) return std::nullopt;
  return static_cast<std::size_t>(found - people_.begin());
}

void Told::owe(const Guid& person) {
  if (const auto place = place_of(person)) owe_at(*place);
}

bool Told::differs(const Guid& person, Fingerprint now) const {
  const auto place = place_of(person);
  return place && people_[*place].told != now;
}

void Told::owe_at(std::size_t place) {
  if (std::exchange(people_[place].is_owed, true)) return;
  owed_.push_back(static_cast<std::uint32_t>(place));
}

Guid Told::take_owed() {
  Person& person = people_[owed_[next_owed_++]];
  person.is_owed = false;
  if (next_owed_ == owed_.size()) forget_owed();
  return person.id;
}

void Told::forget_owed() {
  std::vector<std::uint32_t>().swap(owed_);
  next_owed_ = 0;
}

bool Told::tell(const Guid& person, Fingerprint fingerprint) {
  const auto place = place_of(person);
  if (!place || people_[*place].told == fingerprint) return false;
  sums_[*place % kParts] += fingerprint - std::exchange(people_[*place].told, fingerprint);
  return true;
}

void Told::sum_up() {
  sums_.assign(std::min(people_.size(), kParts), 0);
  set_ = 0;
  for (std::size_t place = 0; place < people_.size(); ++place) {
    sums_[place % kParts] += people_[place].told;
    set_ = static_cast<std::uint32_t>(
        XXH3_64bits_withSeed(people_[place].id.bytes.data(), sizeof(Guid::bytes), set_));
  }
}

std::string Told::id() const {
  std::string bytes;
  ByteWriter out(bytes);
  out.fixed(set_);
  for (const std::uint32_t sum : sums_) out.fixed(sum);
  return encode_base64url(bytes);
}

bool Told::resume(std::string_view id, std::span<const Fingerprint> now) {
  const auto bytes = decode_base64url(id);
  if (!bytes || bytes->size() != sizeof(set_) + sums_.size() * sizeof(sums_[0])) return false;
  ByteReader in(*bytes);
  if (in.fixed<std::uint32_t>() != set_) return false;
  std::vector<std::uint32_t> sums(sums_.size());
  for (std::size_t place = 0; place < now.size(); ++place) sums[place % kParts] += now[place];
  std::vector<std::uint32_t> known;
  while (known.size() < sums.size()) known.push_back(in.fixed<std::uint32_t>());
  const bool are_alone = people_.size() <= kParts;
  forget_owed();
  for (std::size_t place = 0; place < people_.size(); ++place) {
    Person& person = people_[place];
    const std::uint32_t sum = known[place % kParts];
    person.is_owed = false;
    if (sum == sums[place % kParts]) {
      person.told = now[place];
      continue;
    }
    // Who has a part of their own was told to look as it says; of the others, nobody knows who was told of.
    if (are_alone) person.told = sum;
    person.may_be_known = sum != 0;
    owe_at(place);
  }
  sum_up();
  return true;
}

}  // namespace porchlight::graph
