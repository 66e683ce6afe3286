// Bodies of the sections. The parts in capitals are in log/record_codec.h and log/directory_codec.h.
//
//     shard      = u64 seq | u64 people | person*
//     person     = u8 is_new_tenant | [16 B tenant] | 16 B user | varint version | text upn | text name
//                | RECORD
//     directory  = varint tenants | (16 B id | varint version | TENANT)*
//                | varint apps    | (16 B tenant | 16 B id | varint version | APP)*
//                | varint groups  | (16 B tenant | 16 B id | varint version | GROUP)*
//                | varint administrators | (16 B tenant | 16 B user, nil for the operator's tenant)*
#include "state/snapshot_codec.h"

#include <xxhash.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <optional>
#include <thread>

#include "base/durable_file.h"
#include "base/mutex.h"
#include "log/directory_codec.h"
#include "log/event_codec.h"
#include "log/record_codec.h"
#include "presence/rules.h"
#include "state/view_impl.h"

namespace porchlight::state {

namespace {

constexpr std::string_view kMagic = "PLS1";
constexpr std::uint8_t kFormat = 3;
// As kFormat, without administrators; still read.
constexpr std::uint8_t kFormatBefore = 2;
constexpr std::uint8_t kShardSection = 1, kDirectorySection = 2, kEndSection = 3;
constexpr std::size_t kStartBytes = kMagic.size() + 1;
constexpr std::size_t kSectionHeadBytes = 1 + 4 + 8 + 8;
// The smallest encoding of a user. A count greater than body / this is malformed, and is rejected before memory is
// reserved.
constexpr std::size_t kPersonBytesMin = 30;

// The header of a section; the body follows it.
std::string section_head(std::uint8_t kind, std::uint32_t number, std::string_view body) {
  std::string head;
  ByteWriter out(head);
  out.fixed(kind);
  out.fixed(number);
  out.fixed<std::uint64_t>(body.size());
  out.fixed<std::uint64_t>(XXH3_64bits(body.data(), body.size()));
  return head;
}

std::unexpected<SnapshotFault> damaged(std::string_view what) {
  return std::unexpected(SnapshotFault{std::string(what), false});
}
std::unexpected<SnapshotFault> unreadable(std::errc error) {
  return std::unexpected(SnapshotFault{text_of(error), true});
}

// The first fault that one of several threads has found.
class FirstFault {
 public:
  void set(SnapshotFault fault) {
    const MutexLock lock(mutex_);
    if (!fault_) fault_ = std::move(fault);
  }
  // Once the threads have ended.
  std::optional<SnapshotFault> take() {
    const MutexLock lock(mutex_);
    return std::move(fault_);
  }

 private:
  Mutex mutex_;
  std::optional<SnapshotFault> fault_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace

void parallel_for(std::uint32_t count, const std::function<void(std::uint32_t)>& work) {
  std::atomic<std::uint32_t> next = 0;
  std::vector<std::jthread> threads;
  for (unsigned i = 0; i < std::clamp(std::thread::hardware_concurrency(), 1u, 16u); ++i) {
    threads.emplace_back([&] {
      for (std::uint32_t n = next++; n < count; n = next++) work(n);
    });
  }
}

struct SnapshotCodec::Section {
  std::uint64_t offset = 0;  // of the body
  std::uint64_t size = 0;
  std::uint64_t checksum = 0;
  // The body, if its checksum is right. Points into `storage` or the source.
  SnapshotResult<std::string_view> load(const SnapshotSource& source, std::string& storage) const {
    const auto body = source.read(offset, size, storage);
    if (!body) return unreadable(body.error());
    if (XXH3_64bits(body->data(), body->size()) != checksum) return damaged("its checksum is wrong");
    return *body;
  }
};

struct SnapshotCodec::Layout {
  std::array<std::optional<Section>, kShards> shards;
  std::optional<Section> directory;
  std::uint64_t people = 0;  // of all shards; known once the bodies were checked
  std::uint8_t format = kFormat;
};

// The users are encoded kPeoplePerLock at a time; the shard is unlocked in between. Users who change meanwhile are
// included as before or after the change. Both are correct: the change is behind `seq` in the log, and replay applies
// it by version.
std::string SnapshotCodec::encode_shard(const View& view, std::uint32_t number, std::uint64_t seq,
                                        const Forget& forget) {
  const View::Impl::ViewShard& shard = *view.impl_->shards[number];
  const PersonTable& people = shard.people_unchecked();
  std::string encoded;
  ByteWriter out(encoded);
  std::uint64_t count = 0;
  std::optional<UserKey> last;
  for (bool is_more = true; is_more;) {
    std::size_t visited = 0;
    is_more = false;
    const auto visit_slot = [&](Slot slot) {
      const PersonSlot& person = people[slot];
      const UserKey key = people.key(slot);
      const bool is_new_tenant = !last || last->tenant != key.tenant;
      out.fixed(static_cast<std::uint8_t>(is_new_tenant));
      if (is_new_tenant) out.guid(key.tenant);
      out.guid(key.user);
      out.varint(person.version);
      out.text(people.upn(slot));
      out.text(people.name(slot));
      if (presence::has_expired_input(person.record, forget.before))
        log::append_record(out, presence::settled(person.record, forget.before, forget.policy));
      else
        log::append_record(out, person.record);
      last = key;
      ++count;
      is_more = ++visited == kPeoplePerLock;
      return !is_more;
    };
    const MutexLock lock(shard.mutex);
    last ? people.scan_after(UserKey(*last), visit_slot) : people.scan_from(UserKey{}, visit_slot);
  }
  std::string body;
  ByteWriter head(body);
  head.fixed(seq);
  head.fixed(count);
  return body + encoded;
}

std::string SnapshotCodec::encode_directory(const View& view) {
  std::string body;
  ByteWriter out(body);
  const auto tenants = view.impl_->directory.all_tenants();
  out.varint(tenants.size());
  for (const auto& [tenant, version] : tenants) {
    out.guid(tenant.id);
    out.varint(version);
    log::append_tenant(out, {tenant.name, tenant.settings});
  }
  const auto apps = view.impl_->directory.all_apps();
  out.varint(apps.size());
  for (const auto& [tenant, stored] : apps) {
    const directory::App& app = stored.value;
    out.guid(tenant);
    out.guid(app.id);
    out.varint(stored.version);
    log::append_app(out, {app.name, app.client, app.scopes, app.roles, app.priority});
  }
  const auto groups = view.impl_->directory.all_groups();
  out.varint(groups.size());
  for (const auto& [tenant, stored] : groups) {
    out.guid(tenant);
    out.guid(stored.value.id);
    out.varint(stored.version);
    log::append_group(out, {stored.value.name, stored.value.members});
  }
  const auto administrators = view.impl_->directory.all_administrators();
  out.varint(administrators.size());
  for (const auto& [tenant, user] : administrators) {
    out.guid(tenant);
    out.guid(user);
  }
  return body;
}

std::expected<std::vector<log::Position>, std::string> SnapshotCodec::encode(const View& view,
                                                                             const Forget& forget,
                                                                             const Sink& sink) {
  const auto put = [&](std::uint8_t kind, std::uint32_t number, const std::string& body) {
    return sink(section_head(kind, number, body)) && sink(body);
  };
  std::vector<log::Position> positions;
  positions.reserve(kShards);
  bool is_written = sink(std::string(kMagic) + static_cast<char>(kFormat));
  for (std::uint32_t shard = 0; shard < kShards && is_written; ++shard) {
    // The position is read first: the content encoded after it may be newer, never older.
    positions.push_back(view.position(shard));
    is_written = put(kShardSection, shard, encode_shard(view, shard, positions.back().seq, forget));
  }
  // The directory is encoded after all positions, for the same reason.
  is_written = is_written && put(kDirectorySection, 0, encode_directory(view)) && put(kEndSection, 0, {});
  if (!is_written) return std::unexpected("it can't be written");
  return positions;
}

// Finds the sections, and checks that each is present once and that nothing follows the end.
SnapshotResult<SnapshotCodec::Layout> SnapshotCodec::parse_layout(const SnapshotSource& source) {
  std::string storage;
  const auto read = [&](std::uint64_t offset, std::size_t count) -> SnapshotResult<ByteReader> {
    // If the source has fewer bytes, the reader fails behind them.
    const std::uint64_t left = source.size() - std::min(offset, source.size());
    const auto bytes = source.read(offset, std::min<std::uint64_t>(count, left), storage);
    if (!bytes) return unreadable(bytes.error());
    return ByteReader(*bytes);
  };
  auto start = read(0, kStartBytes);
  if (!start) return std::unexpected(std::move(start.error()));
  if (start->raw(kMagic.size()) != kMagic) return damaged("it is not a snapshot");
  Layout layout;
  layout.format = start->fixed<std::uint8_t>();
  if (layout.format != kFormat && layout.format != kFormatBefore)
    return damaged("it is of another format: run the version that wrote it");
  std::uint64_t at = kStartBytes;
  while (true) {
    auto head = read(at, kSectionHeadBytes);
    if (!head) return std::unexpected(std::move(head.error()));
    const auto kind = head->fixed<std::uint8_t>();
    const auto number = head->fixed<std::uint32_t>();
    const auto size = head->fixed<std::uint64_t>();
    const auto checksum = head->fixed<std::uint64_t>();
    at += kSectionHeadBytes;
    if (!head->ok() || size > source.size() - at) return damaged("it is cut off");
    if (kind == kEndSection && number == 0 && size == 0 && checksum == XXH3_64bits(nullptr, 0)) break;
    const bool is_shard = kind == kShardSection && number < kShards;
    if (!is_shard && (kind != kDirectorySection || number != 0)) return damaged("it has an unknown section");
    std::optional<Section>& place = is_shard ? layout.shards[number] : layout.directory;
    if (place) return damaged("it has a section twice");
    place = Section{at, size, checksum};
    at += size;
  }
  if (at != source.size()) return damaged("something follows its end");
  const auto is_present = [](const auto& section) { return section.has_value(); };
  if (!layout.directory || !std::ranges::all_of(layout.shards, is_present))
    return damaged("a section is missing");
  return layout;
}

// Checks the checksums of all sections. Returns the positions, and counts the users.
SnapshotResult<std::vector<log::Position>> SnapshotCodec::check(const SnapshotSource& source,
                                                                Layout& layout) {
  FirstFault first;
  std::vector<log::Position> positions(kShards);
  std::atomic<std::uint64_t> people = 0;
  parallel_for(kShards + 1, [&](std::uint32_t number) {
    std::string storage;
    const Section& section = number < kShards ? *layout.shards[number] : *layout.directory;
    auto body = section.load(source, storage);
    if (!body) return first.set(std::move(body.error()));
    if (number == kShards) return;
    ByteReader in(*body);
    positions[number] = {number, in.fixed<std::uint64_t>()};
    people += std::min<std::uint64_t>(in.fixed<std::uint64_t>(), body->size() / kPersonBytesMin);
  });
  if (auto fault = first.take()) return std::unexpected(*std::move(fault));
  layout.people = people;
  return positions;
}

// False if the body is malformed: the users must be in ascending order and of this shard. The order also lets the table
// append them without a search.
bool SnapshotCodec::decode_shard(View& view, std::uint32_t shard, ByteReader in) {
  View::Impl& impl = *view.impl_;
  const auto seq = in.fixed<std::uint64_t>();
  const auto count = in.fixed<std::uint64_t>();
  if (count > in.rest().size() / kPersonBytesMin) return false;
  {
    const MutexLock lock(impl.shards[shard]->mutex);
    impl.shards[shard]->people.reserve(count);
  }
  std::optional<UserKey> last;
  std::uint32_t tenant = 0;
  std::vector<UpnIndex::HashedRef> names;
  names.reserve(count);
  for (std::uint64_t i = 0; i < count; ++i) {
    const bool is_new_tenant = log::read_bool(in);
    UserKey key{last ? last->tenant : Guid{}, {}};
    if (is_new_tenant) {
      key.tenant = in.guid();
      tenant = impl.tenants.intern(key.tenant);
    }
    key.user = in.guid();
    VersionedRecord stored;
    stored.version = in.varint();
    const std::string_view upn = in.text(log::kEventTextBytesMax);
    const std::string_view name = in.text(log::kEventTextBytesMax);
    stored.record = log::read_record(in);
    const bool is_in_order = last ? *last < key : is_new_tenant;
    if (!in.ok() || !is_in_order || stored.version > log::kVersionMax ||
        shard_of(key.tenant, key.user) != shard) {
      return false;
    }
    names.push_back(impl.restore(shard, tenant, key.user, upn, name, std::move(stored)));
    last = key;
  }
  if (!in.ok() || !in.at_end()) return false;
  impl.upns.insert_all(std::move(names));
  view.apply({shard, seq}, {});
  return true;
}

bool SnapshotCodec::decode_directory(View& view, ByteReader in, std::uint8_t format) {
  DirectoryTable& table = view.impl_->directory;
  const std::uint64_t tenants = in.varint();
  for (std::uint64_t i = 0; i < tenants && in.ok(); ++i) {
    const Guid id = in.guid();
    const std::uint64_t version = in.varint();
    const directory::TenantPut put = log::read_tenant(in);
    if (in.ok()) table.put(directory::Tenant{id, put.name, put.settings}, version);
  }
  const std::uint64_t apps = in.varint();
  for (std::uint64_t i = 0; i < apps && in.ok(); ++i) {
    const Guid tenant = in.guid();
    const Guid id = in.guid();
    const std::uint64_t version = in.varint();
    const directory::AppPut put = log::read_app(in);
    if (in.ok())
      table.put(tenant, directory::App{id, put.name, put.client, put.scopes, put.roles, put.priority},
                version);
  }
  const std::uint64_t groups = in.varint();
  for (std::uint64_t i = 0; i < groups && in.ok(); ++i) {
    const Guid tenant = in.guid();
    const Guid id = in.guid();
    const std::uint64_t version = in.varint();
    const directory::GroupPut put = log::read_group(in);
    if (in.ok()) table.put(tenant, directory::Group{id, put.name, put.members}, version);
  }
  const std::uint64_t administrators = format == kFormatBefore ? 0 : in.varint();
  for (std::uint64_t i = 0; i < administrators && in.ok(); ++i) {
    const Guid tenant = in.guid();
    const Guid user = in.guid();
    if (in.ok()) table.set_administrator(tenant, user, true);
  }
  return in.ok() && in.at_end();
}

SnapshotResult<std::vector<log::Position>> SnapshotCodec::positions(const SnapshotSource& source) {
  auto layout = parse_layout(source);
  if (!layout) return std::unexpected(std::move(layout.error()));
  return check(source, *layout);
}

// Reads each section twice, to check it and to decode it: so memory has one section for each thread, and the view is
// unchanged if the snapshot is damaged.
SnapshotResult<std::vector<log::Position>> SnapshotCodec::decode(View& view, const SnapshotSource& source) {
  auto layout = parse_layout(source);
  if (!layout) return std::unexpected(std::move(layout.error()));
  auto positions = check(source, *layout);
  if (!positions) return positions;
  view.impl_->upns.reserve(layout->people);
  FirstFault first;
  const auto load = [&](const Section& section, auto decode_body) {
    std::string storage;
    auto body = section.load(source, storage);
    if (!body) return first.set(std::move(body.error()));
    if (!decode_body(ByteReader(*body)))
      first.set({"it holds what this version does not know: run the version that wrote it", false});
  };
  load(*layout->directory, [&](ByteReader in) { return decode_directory(view, in, layout->format); });
  parallel_for(kShards, [&](std::uint32_t shard) {
    load(*layout->shards[shard], [&](ByteReader in) { return decode_shard(view, shard, in); });
  });
  if (auto fault = first.take()) {
    fault->has_changed = true;
    return std::unexpected(*std::move(fault));
  }
  return positions;
}

}  // namespace porchlight::state
