// Manifests as text.
#include "backup/manifest.h"

#include <gmock/gmock.h>

namespace porchlight::backup {
namespace {

using testing::HasSubstr;

const std::string kDigest(64, 'a');

Manifest sample() {
  return {"0.1.0",
          Time(Duration(1'900'000'000'123)),
          false,
          {1, 0, 18'446'744'073'709'551'615U},
          {{"format", 18, kDigest}, {"log/000008.sst", 1 << 20, std::string(64, '0')}}};
}

TEST(Manifest, IsReadAsItWasWritten) {
  EXPECT_EQ(parse_manifest(print_manifest(sample())), sample());
  const Manifest empty{"", Time{}, true, {}, {}};
  EXPECT_EQ(parse_manifest(print_manifest(empty)), empty);
}

TEST(Manifest, HasTheFormOfTheDocument) {
  Manifest manifest = sample();
  manifest.positions = {17};
  manifest.files.resize(1);
  EXPECT_EQ(print_manifest(manifest),
            R"({"format":"porchlight backup 1","version":"0.1.0","time":"2030-03-17T17:46:40.1230000Z",)"
            R"("keys":false,"positions":[17],"files":[{"path":"format","bytes":18,"sha256":")" +
                kDigest + R"("}]})");
}

TEST(Manifest, WhatIsMalformedIsRefused) {
  const std::string good = print_manifest(sample());
  const struct {
    std::string was, is;
    const char* error;
  } rows[] = {
      {"porchlight backup 1", "porchlight backup 2", "its format is unknown"},
      {"porchlight backup 1", "something else", "not the manifest of a Porchlight backup"},
      {"\"keys\":false", "\"keys\":0", "it is malformed"},
      {"\"version\":\"0.1.0\",", "", "it is malformed"},
      {"2030-03-17", "2030-02-30", "its time is malformed"},
      {"[1,0,", "[1,-1,", "a position is not a number"},
      {"\"positions\":[", "\"positions\":7,\"p\":[", "no list of positions"},
      {"\"files\":[", "\"files\":7,\"f\":[", "no list of files"},
      {"\"path\":\"format\"", "\"path\":\"../format\"", "list of files is malformed"},
      {"\"bytes\":18", "\"bytes\":-18", "list of files is malformed"},
      {kDigest, kDigest.substr(1), "list of files is malformed"},
      {kDigest, "A" + kDigest.substr(1), "list of files is malformed"},
      {"\"path\":\"format\"", "\"path\":\"zzz\"", "not in order"},
      {"\"path\":\"format\"", "\"path\":\"log/000008.sst\"", "not in order"},
  };
  for (const auto& [was, is, error] : rows) {
    std::string text = good;
    ASSERT_NE(text.find(was), std::string::npos) << was;
    text.replace(text.find(was), was.size(), is);
    const auto parsed = parse_manifest(text);
    ASSERT_FALSE(parsed) << is;
    EXPECT_THAT(parsed.error(), HasSubstr(error)) << is;
  }
  for (std::size_t size = 0; size < good.size(); ++size) EXPECT_FALSE(parse_manifest(good.substr(0, size)));
}

TEST(Manifest, HasSoManyFilesAtMost) {
  Manifest manifest{"", Time{}, true, {}, {}};
  manifest.files.reserve(kBackupFilesMax + 1);
  for (std::size_t i = 0; i < kBackupFilesMax; ++i)
    manifest.files.push_back({"f" + std::to_string(1'000'000 + i), i, kDigest});
  EXPECT_EQ(parse_manifest(print_manifest(manifest)), manifest);
  manifest.files.push_back({"g", 0, kDigest});
  EXPECT_FALSE(parse_manifest(print_manifest(manifest)));
}

TEST(Manifest, PathsStayInTheFolder) {
  for (const char* path :
       {"format", "log/CURRENT", "log/MANIFEST-000005", "keys/authority-1.pem", "a", "A/9"})
    EXPECT_TRUE(is_backup_path(path)) << path;
  for (const char* path : {"", "/", "/a", "a/", "..", "../a", "a/..", ".a", "a/.b", "a//b", "a/b/c", "a\\b",
                           "a b", "a\n", "C:a", "\xC3\xA4"})
    EXPECT_FALSE(is_backup_path(path)) << path;
  EXPECT_TRUE(is_backup_path(std::string(kPathBytesMax, 'a')));
  EXPECT_FALSE(is_backup_path(std::string(kPathBytesMax + 1, 'a')));
}

}  // namespace
}  // namespace porchlight::backup
