// The bytes of a snapshot, read without the codec, as docs/log_format.md ("The snapshot") describes them.
#include <gtest/gtest.h>
#include <xxhash.h>

#include <map>
#include <set>

#include "base/bytes.h"
#include "log/directory_codec.h"
#include "log/event_codec.h"
#include "log/record_codec.h"
#include "state/dump.h"
#include "state/snapshot.h"
#include "state/writer_fixture.h"

namespace porchlight::state {
namespace {

struct FileSection {
  std::uint8_t kind;
  std::uint32_t number;
  std::string_view body;
};

// The sections of a file; each checksum is checked.
std::vector<FileSection> sections_of(std::string_view file) {
  std::vector<FileSection> sections;
  ByteReader in(file);
  EXPECT_EQ(in.raw(4), "PLS1");
  EXPECT_EQ(in.fixed<std::uint8_t>(), 3) << "format";
  while (!in.at_end() && in.ok()) {
    const auto kind = in.fixed<std::uint8_t>();
    const auto number = in.fixed<std::uint32_t>();
    const auto bytes = in.fixed<std::uint64_t>();
    const auto checksum = in.fixed<std::uint64_t>();
    const std::string_view body = in.raw(bytes);
    EXPECT_EQ(checksum, XXH3_64bits(body.data(), body.size()));
    sections.push_back({kind, number, body});
  }
  EXPECT_TRUE(in.ok());
  return sections;
}

// Reads the users of a shard's section into `found`. Returns the section's seq.
std::uint64_t read_shard(std::string_view body, std::map<UserKey, VersionedRecord>& found) {
  ByteReader in(body);
  const auto seq = in.fixed<std::uint64_t>();
  std::optional<UserKey> last;
  for (auto left = in.fixed<std::uint64_t>(); left > 0 && in.ok(); --left) {
    const bool is_new_tenant = log::read_bool(in);
    EXPECT_TRUE(last || is_new_tenant) << "the first user has the tenant";
    const Guid tenant = is_new_tenant ? in.guid() : last->tenant;
    const UserKey key{tenant, in.guid()};
    EXPECT_TRUE(!last || *last < key) << "ascending order";
    EXPECT_EQ(is_new_tenant, !last || last->tenant != tenant);
    VersionedRecord user;
    user.version = in.varint();
    EXPECT_EQ(in.text(100), "ana@x.test");
    EXPECT_EQ(in.text(100), "Ana");
    user.record = log::read_record(in);
    found[key] = std::move(user);
    last = key;
  }
  EXPECT_TRUE(in.ok() && in.at_end());
  return seq;
}

TEST(SnapshotFormat, HasTheDocumentedSections) {
  WriterFixture fixture;
  std::map<UserKey, VersionedRecord> expected;
  for (std::uint64_t i = 0; i < 300; ++i) {
    const UserKey key{id_of(1 + i % 2), id_of(1000 + i)};
    ASSERT_TRUE(fixture.put(key, "ana@x.test", "Ana"));
    if (i % 3 == 0) {
      ASSERT_TRUE(fixture.run(key, busy(i)));
    }
    expected[key] = fixture.view->copy(key).value();
  }
  const std::string file = dump(*fixture.view);
  const auto sections = sections_of(file);
  ASSERT_EQ(sections.size(), kShards + 2u);
  std::map<UserKey, VersionedRecord> found;
  for (std::uint32_t shard = 0; shard < kShards; ++shard) {
    EXPECT_EQ(sections[shard].kind, 1);
    EXPECT_EQ(sections[shard].number, shard);
    EXPECT_EQ(read_shard(sections[shard].body, found), fixture.view->position(shard).seq);
  }
  ASSERT_EQ(found.size(), expected.size());
  for (const auto& [key, user] : expected) {
    EXPECT_EQ(found[key].version, user.version);
    EXPECT_EQ(found[key].record, user.record);
  }
  EXPECT_EQ(sections[kShards].kind, 2);
  EXPECT_EQ(sections[kShards].number, 0u);
  EXPECT_EQ(sections[kShards].body, std::string_view("\0\0\0\0", 4))
      << "no tenant, application, group or administrator";
  EXPECT_EQ(sections[kShards + 1].kind, 3);
  EXPECT_EQ(sections[kShards + 1].number, 0u);
  EXPECT_TRUE(sections[kShards + 1].body.empty());
}

TEST(SnapshotFormat, HasTheDocumentedDirectory) {
  WriterFixture fixture;
  const directory::TenantPut tenant{"Tenant", {"Asia/Tokyo", false, {id_of(2)}}};
  const directory::AppPut app{"App", false, {"a"}, {"b", "c"}, true};
  const directory::GroupPut group{"Desk", {id_of(1000), id_of(1001)}};
  ASSERT_TRUE(
      fixture.run({{id_of(1), Guid{}, tenant}, {id_of(1), id_of(7), app}, {id_of(1), id_of(8), group}}));
  ASSERT_TRUE(
      fixture.run({{id_of(1), id_of(8), group}, {id_of(1), Guid{}, directory::AdministratorSet{true}}}));
  const std::string file = dump(*fixture.view);
  std::string expected;
  ByteWriter out(expected);
  out.varint(1);
  out.guid(id_of(1));
  out.varint(2);
  log::append_tenant(out, tenant);
  out.varint(1);
  out.guid(id_of(1));
  out.guid(id_of(7));
  out.varint(1);
  log::append_app(out, app);
  out.varint(1);
  out.guid(id_of(1));
  out.guid(id_of(8));
  out.varint(2);
  log::append_group(out, group);
  out.varint(1);
  out.guid(id_of(1));
  out.guid(Guid{});
  EXPECT_EQ(sections_of(file).at(kShards).body, expected);
}

}  // namespace
}  // namespace porchlight::state
