// Backups in folders and tar archives: what is read back, and what damaged and hostile ones get.
#include "backup/backup.h"

#include <archive.h>
#include <archive_entry.h>
#include <fcntl.h>
#include <gmock/gmock.h>
#include <sys/stat.h>
#include <unistd.h>

#include <fstream>
#include <functional>

#include "support/temp_folder.h"

namespace porchlight::backup {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;

const OnCopied kNoProgress = [](std::uint64_t) { return true; };

void write_text(const fs::path& file, std::string_view text) {
  fs::create_directories(file.parent_path());
  std::ofstream(file, std::ios::binary) << text;
}

std::string text_of_file(const fs::path& file) {
  std::ifstream in(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

class BackupTest : public testing::Test {
 protected:
  void SetUp() override {
    write_text(temp_ / "data/log/CURRENT", "MANIFEST-000005\n");
    write_text(temp_ / "data/log/000008.sst", std::string(1'000'000, 'x'));
    write_text(temp_ / "data/keys/signing.pem", "secret");
    write_text(temp_ / "data/format", "porchlight data 1\n");
    write_text(temp_ / "data/empty", "");
  }

  std::expected<Manifest, std::string> write(BackupTarget& target,
                                             const std::vector<std::string>& left_out = {}) {
    auto manifest = write_backup(temp_ / "data", left_out, header_, target, kNoProgress);
    if (manifest)
      if (auto finished = target.finish(); !finished) return std::unexpected(finished.error());
    return manifest;
  }
  Manifest write_folder(const std::string& name, const std::vector<std::string>& left_out = {}) {
    const auto target = FolderTarget::create(temp_ / name);
    EXPECT_TRUE(target) << target.error();
    return write(**target, left_out).value();
  }
  Manifest write_tar(const std::string& name) {
    const int fd = ::open((temp_ / name).c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    TarTarget target(fd);
    auto manifest = write(target);
    ::close(fd);
    return manifest.value();
  }
  std::expected<Manifest, std::string> read_tar(std::string_view bytes) {
    TarSource source(bytes);
    return read_backup(source, nullptr, kNoProgress);
  }
  std::expected<Manifest, std::string> read_folder(const std::string& name) {
    const auto source = FolderSource::open(temp_ / name);
    if (!source) return std::unexpected(source.error());
    return read_backup(**source, nullptr, kNoProgress);
  }
  void expect_same(const fs::path& a, const fs::path& b) {
    for (const char* file : {"log/CURRENT", "log/000008.sst", "keys/signing.pem", "format", "empty"})
      EXPECT_EQ(text_of_file(a / file), text_of_file(b / file)) << file;
  }

  const TempFolder temp_;
  const Manifest header_{"0.1.0", Time(Duration(1'900'000'000'123)), true, {3, 0, 7}, {}};
};

// A tar archive with one entry after the other, as any program could write it.
class AnyTar {
 public:
  void add(
      const char* path, std::string_view bytes,
      const std::function<void(archive_entry*)>& change = [](archive_entry*) {}) {
    archive_entry* const entry = archive_entry_new();
    archive_entry_set_pathname(entry, path);
    archive_entry_set_filetype(entry, AE_IFREG);
    archive_entry_set_perm(entry, 0600);
    archive_entry_set_size(entry, static_cast<la_int64_t>(bytes.size()));
    change(entry);
    archive_write_header(archive_, entry);
    archive_write_data(archive_, bytes.data(), bytes.size());
    archive_entry_free(entry);
  }
  std::string bytes() {
    archive_write_close(archive_);
    return buffer_.substr(0, used_);
  }
  AnyTar() {
    archive_write_set_format_gnutar(archive_);
    archive_write_open_memory(archive_, buffer_.data(), buffer_.size(), &used_);
  }
  ~AnyTar() { archive_write_free(archive_); }
  AnyTar(const AnyTar&) = delete;

 private:
  std::string buffer_ = std::string(1 << 20, '\0');
  std::size_t used_ = 0;
  archive* const archive_ = archive_write_new();
};

TEST_F(BackupTest, AFolderIsReadBack) {
  const Manifest written = write_folder("backup");
  EXPECT_EQ(written.files.size(), 5U);
  EXPECT_EQ(read_folder("backup"), written);
  expect_same(temp_ / "data", temp_ / "backup");
  struct stat status;
  ASSERT_EQ(::stat((temp_ / "backup").c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777, 0700U);
  ASSERT_EQ(::stat((temp_ / "backup/log/000008.sst").c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777, 0600U);
}

TEST_F(BackupTest, AnArchiveIsReadBack) {
  const Manifest written = write_tar("backup.tar");
  const int fd = ::open((temp_ / "backup.tar").c_str(), O_RDONLY | O_CLOEXEC);
  {
    TarSource source(fd);
    const auto target = FolderTarget::create(temp_ / "restored");
    ASSERT_TRUE(target);
    EXPECT_EQ(read_backup(source, target->get(), kNoProgress), written);
    EXPECT_FALSE(fs::exists(temp_ / "restored")) << "before it is finished";
    EXPECT_TRUE((*target)->finish());
  }
  ::close(fd);
  expect_same(temp_ / "data", temp_ / "restored");
  EXPECT_FALSE(fs::exists(temp_ / "restored/manifest.json"));
}

TEST_F(BackupTest, TheSameDataIsTheSameArchive) {
  write_tar("one.tar");
  write_tar("two.tar");
  EXPECT_EQ(text_of_file(temp_ / "one.tar"), text_of_file(temp_ / "two.tar"));
}

TEST_F(BackupTest, WhatIsLeftOutIsNotThere) {
  EXPECT_EQ(write_folder("backup", {"keys"}).files.size(), 4U);
  EXPECT_FALSE(fs::exists(temp_ / "backup/keys"));
  EXPECT_TRUE(read_folder("backup"));
}

TEST_F(BackupTest, NothingIsOverwritten) {
  fs::create_directory(temp_ / "there");
  EXPECT_THAT(FolderTarget::create(temp_ / "there").error(), HasSubstr("there: exists already"));
  EXPECT_THAT(FolderTarget::create(temp_.operator/("there/")).error(), HasSubstr("there: exists already"));
  fs::create_symlink(temp_ / "nowhere", temp_ / "link");
  EXPECT_THAT(FolderTarget::create(temp_ / "link").error(), HasSubstr("exists already"));
  fs::create_directory(temp_ / "half.partial");
  EXPECT_THAT(FolderTarget::create(temp_ / "half").error(), HasSubstr("an interrupted run left it"));
  const auto late = FolderTarget::create(temp_ / "late");
  ASSERT_TRUE(late);
  fs::create_directory(temp_ / "late");
  EXPECT_FALSE((*late)->finish()) << "made by another process meanwhile";
}

TEST_F(BackupTest, AnUnfinishedFolderIsRemoved) {
  {
    const auto target = FolderTarget::create(temp_ / "backup");
    ASSERT_TRUE(target);
    std::uint64_t copied = 0;
    const auto ended = write_backup(temp_ / "data", {}, header_, **target,
                                    [&](std::uint64_t bytes) { return (copied += bytes) < 500'000; });
    EXPECT_EQ(ended.error(), "interrupted");
    EXPECT_TRUE(fs::exists((*target)->partial()));
  }
  EXPECT_FALSE(fs::exists(temp_ / "backup"));
  EXPECT_FALSE(fs::exists(temp_ / "backup.partial"));
}

TEST_F(BackupTest, AFullDiskIsAnError) {
  const int full = ::open("/dev/full", O_WRONLY | O_CLOEXEC);
  {
    TarTarget target(full);
    const auto ended = write(target);
    ASSERT_FALSE(ended);
    EXPECT_THAT(ended.error(), HasSubstr("cannot write the archive"));
  }
  ::close(full);
}

TEST_F(BackupTest, DamageInAFolderIsNamed) {
  const struct {
    std::function<void(const fs::path&)> damage;
    const char* error;
  } rows[] = {
      {[](const fs::path& at) { write_text(at / "keys/signing.pem", "Secret"); },
       "keys/signing.pem is damaged: its SHA-256"},
      {[](const fs::path& at) { fs::resize_file(at / "log/000008.sst", 999'999); },
       "log/000008.sst has 999999 bytes instead of 1000000"},
      {[](const fs::path& at) { fs::remove(at / "log/CURRENT"); }, "log/CURRENT is missing"},
      {[](const fs::path& at) { fs::remove(at / "log/000008.sst"); }, "log/000008.sst is missing"},
      {[](const fs::path& at) { write_text(at / "log/more", ""); }, "log/more is not in the manifest"},
      {[](const fs::path& at) { write_text(at / "zz", ""); }, "zz is not in the manifest"},
      {[](const fs::path& at) { fs::remove(at / "manifest.json"); }, "it has no manifest.json"},
      {[](const fs::path& at) { write_text(at / "manifest.json", "{}"); },
       "not the manifest of a Porchlight"},
      {[](const fs::path& at) { fs::resize_file(at / "manifest.json", 100); },
       "not the manifest of a Porchl"},
      {[](const fs::path& at) { write_text(at / "log/deep/file", ""); }, "log/deep: is not a regular file"},
      {[](const fs::path& at) {
         fs::remove(at / "format");
         fs::create_symlink("/etc/hostname", at / "format");
       },
       "format: is not a regular file"},
  };
  for (std::size_t i = 0; i < std::size(rows); ++i) {
    const std::string name = "backup" + std::to_string(i);
    write_folder(name);
    rows[i].damage(temp_ / name);
    const auto read = read_folder(name);
    ASSERT_FALSE(read) << rows[i].error;
    EXPECT_THAT(read.error(), HasSubstr(rows[i].error));
  }
}

// A prefix is an error unless only the padding behind the last entry is missing.
TEST_F(BackupTest, ACutOffArchiveIsAnError) {
  fs::resize_file(temp_ / "data/log/000008.sst", 3000);
  const Manifest written = write_tar("backup.tar");
  const std::string bytes = text_of_file(temp_ / "backup.tar");
  const std::size_t end = bytes.find_last_not_of('\0') + 1;
  for (std::size_t size = 0; size < end; size += 61) EXPECT_FALSE(read_tar(bytes.substr(0, size))) << size;
  EXPECT_FALSE(read_tar(bytes.substr(0, end - 1)));
  EXPECT_EQ(read_tar(bytes), written);
}

TEST_F(BackupTest, ADamagedArchiveIsAnError) {
  write_tar("backup.tar");
  std::string bytes = text_of_file(temp_ / "backup.tar");
  bytes[bytes.find("secret")] = 'S';
  EXPECT_THAT(read_tar(bytes).error(), HasSubstr("keys/signing.pem is damaged"));
}

TEST_F(BackupTest, HostileArchivesAreRefused) {
  const struct {
    const char* path;
    std::function<void(archive_entry*)> change;
    const char* error;
  } rows[] = {
      {"../evil", [](archive_entry*) {}, "not one of a backup"},
      {"/etc/evil", [](archive_entry*) {}, "not one of a backup"},
      {"log/../../evil", [](archive_entry*) {}, "not one of a backup"},
      {"./evil", [](archive_entry*) {}, "not one of a backup"},
      {"log/.ssh", [](archive_entry*) {}, "not one of a backup"},
      {"a/b/c", [](archive_entry*) {}, "not one of a backup"},
      {"ev\nil", [](archive_entry*) {}, "not one of a backup"},
      {"evil",
       [](archive_entry* entry) {
         archive_entry_set_filetype(entry, AE_IFLNK);
         archive_entry_set_symlink(entry, "/etc/passwd");
       },
       "not a plain file"},
      {"evil", [](archive_entry* entry) { archive_entry_set_hardlink(entry, "/etc/passwd"); },
       "not a plain file"},
      {"evil", [](archive_entry* entry) { archive_entry_set_filetype(entry, AE_IFIFO); }, "not a plain file"},
      {"evil", [](archive_entry* entry) { archive_entry_set_filetype(entry, AE_IFDIR); }, "not a plain file"},
      {"evil", [](archive_entry* entry) { archive_entry_set_filetype(entry, AE_IFCHR); }, "not a plain file"},
      {"fine", [](archive_entry*) {}, "no manifest.json"},
      // 8 EiB, of which the archive has nothing.
      {"fine", [](archive_entry* entry) { archive_entry_set_size(entry, INT64_MAX); }, "cut off"},
  };
  for (const auto& row : rows) {
    AnyTar tar;
    tar.add(row.path, "", row.change);
    const std::string bytes = tar.bytes();
    TarSource source(bytes);
    {
      const auto target = FolderTarget::create(temp_ / "restored");
      ASSERT_TRUE(target);
      const auto read = read_backup(source, target->get(), kNoProgress);
      ASSERT_FALSE(read) << row.path;
      EXPECT_THAT(read.error(), HasSubstr(row.error)) << row.path;
    }
    EXPECT_FALSE(fs::exists(temp_ / "restored"));
    EXPECT_FALSE(fs::exists(temp_ / "restored.partial"));
  }
  EXPECT_FALSE(fs::exists(temp_ / "evil"));
  EXPECT_THAT(read_tar("").error(), HasSubstr("not a tar archive"));
  EXPECT_THAT(read_tar(std::string(2000, 'x')).error(), HasSubstr("not a tar archive"));
}

TEST_F(BackupTest, AFileTwiceInAnArchiveIsRefused) {
  AnyTar tar;
  tar.add("format", "one");
  tar.add("format", "one");
  tar.add("manifest.json",
          R"({"format":"porchlight backup 1","version":"1","time":"2030-01-07T09:00:00Z","keys":true,)"
          R"("positions":[],"files":[{"path":"format","bytes":3,"sha256":)"
          R"("7692c3ad3540bb803c020b3aee66cd8887123234ea0c6e7143c0add73ff431ed"}]})");
  EXPECT_EQ(read_tar(tar.bytes()).error(), "format is not in the manifest");
}

TEST_F(BackupTest, AManifestMayBeLargeButNotTooLarge) {
  AnyTar tar;
  tar.add("manifest.json", "{", [](archive_entry* entry) { archive_entry_set_size(entry, 1); });
  std::string large =
      tar.bytes().substr(0, 512) + std::string(kManifestBytesMax, '{') + std::string(2048, '\0');
  // The size in the header of a GNU tar archive: 11 octal digits at 124, and the sum of the header at 148.
  const auto set_size = [&](std::size_t size) {
    std::snprintf(large.data() + 124, 12, "%011zo", size);
    std::fill_n(large.begin() + 148, 8, ' ');
    unsigned sum = 0;
    for (int i = 0; i < 512; ++i) sum += static_cast<unsigned char>(large[static_cast<std::size_t>(i)]);
    std::snprintf(large.data() + 148, 8, "%06o", sum);
  };
  set_size(kManifestBytesMax);
  EXPECT_THAT(read_tar(large).error(), HasSubstr("not the manifest of a Porchlight"));
  set_size(kManifestBytesMax + 1);
  EXPECT_THAT(read_tar(large).error(), HasSubstr("too large"));
}

}  // namespace
}  // namespace porchlight::backup
