// Replacing a file: the order of the calls, and what is left when one of them fails.
#include "base/durable_file.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <fstream>
#include <sstream>
#include <vector>

#include "support/temp_folder.h"

namespace porchlight {
namespace {

namespace fs = std::filesystem;
std::string read(const fs::path& file) {
  std::ifstream in(file, std::ios::binary);
  std::ostringstream text;
  text << in.rdbuf();
  return text.str();
}

// The machine's file system, which writes down each call and fails the one that the test names.
class RecordingFiles final : public FileSystem {
 public:
  explicit RecordingFiles(std::string failing) : failing_(std::move(failing)) {}

  std::expected<std::unique_ptr<Output>, std::errc> create(const fs::path& file, mode_t mode) override {
    if (const FileResult done = note("create"); !done) return std::unexpected(done.error());
    auto out = system().create(file, mode);
    if (!out) return out;
    return std::make_unique<RecordingOutput>(*this, *std::move(out));
  }
  FileResult rename(const fs::path& from, const fs::path& to) override {
    if (FileResult done = note("rename"); !done) return done;
    return system().rename(from, to);
  }
  FileResult remove(const fs::path& file) override {
    if (FileResult done = note("remove"); !done) return done;
    return system().remove(file);
  }
  FileResult sync_folder(const fs::path& folder) override {
    if (FileResult done = note("sync folder"); !done) return done;
    return system().sync_folder(folder);
  }

  std::string calls;

 private:
  class RecordingOutput final : public Output {
   public:
    RecordingOutput(RecordingFiles& files, std::unique_ptr<Output> out)
        : files_(files), out_(std::move(out)) {}
    FileResult write(std::string_view bytes) override {
      if (FileResult done = files_.note("write"); !done) return done;
      return out_->write(bytes);
    }
    FileResult sync() override {
      if (FileResult done = files_.note("sync"); !done) return done;
      return out_->sync();
    }

   private:
    RecordingFiles& files_;
    const std::unique_ptr<Output> out_;
  };

  FileResult note(const std::string& call) {
    calls += (calls.empty() ? "" : ", ") + call;
    if (call == failing_) return std::unexpected(std::errc::io_error);
    return {};
  }

  const std::string failing_;
};

TEST(DurableFile, IsReplacedInWholeOrNotAtAll) {
  const struct {
    const char* failing;
    const char* calls;
    const char* content;
  } rows[] = {
      {"", "remove, create, write, sync, rename, sync folder", "new"},
      {"remove", "remove", "old"},
      {"create", "remove, create, remove", "old"},
      {"write", "remove, create, write, remove", "old"},
      {"sync", "remove, create, write, sync, remove", "old"},
      {"rename", "remove, create, write, sync, rename, remove", "old"},
      {"sync folder", "remove, create, write, sync, rename, sync folder", "new"},
  };
  for (const auto& row : rows) {
    SCOPED_TRACE(row.failing);
    TempFolder temp;
    const fs::path file = temp / "file", temporary = temp / "file.tmp";
    std::ofstream(file) << "old";
    std::ofstream(temporary) << "left by a crash";
    RecordingFiles files(row.failing);
    const auto done =
        replace_file(files, temporary, file, 0600, [](FileSystem::Output& out) { return out.write("new"); });
    EXPECT_EQ(files.calls, row.calls);
    EXPECT_EQ(read(file), row.content);
    EXPECT_EQ(done.has_value(), row.failing[0] == '\0');
    if (!done) {
      EXPECT_EQ(text_of(done.error()), "Input/output error");
    }
    // A failed removal is not repeated.
    EXPECT_EQ(fs::exists(temporary), std::string(row.failing) == "remove");
  }
}

TEST(DurableFile, HasTheModeAndReportsTheSystemsErrors) {
  TempFolder temp;
  const auto fill = [](FileSystem::Output& out) { return out.write("x"); };
  ASSERT_TRUE(replace_file(FileSystem::system(), temp / "a.tmp", temp / "a", 0600, fill));
  struct stat status;
  ASSERT_EQ(::stat((temp / "a").c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777, 0600u);
  const auto missing = replace_file(FileSystem::system(), temp / "no/a.tmp", temp / "no/a", 0600, fill);
  EXPECT_EQ(missing, FileResult(std::unexpected(std::errc::no_such_file_or_directory)));
  fs::create_directory(temp / "folder");
  const auto onto_folder = replace_file(FileSystem::system(), temp / "b.tmp", temp / "folder", 0600, fill);
  EXPECT_EQ(onto_folder, FileResult(std::unexpected(std::errc::is_a_directory)));
  EXPECT_FALSE(FileSystem::system().create(temp / "a", 0600)) << "an existing name is not written to";
  EXPECT_TRUE(FileSystem::system().remove(temp / "absent"));
}

TEST(DurableFile, ATextReplacesAFileUnderItsMode) {
  TempFolder temp;
  const fs::path folder = temp / "folder";
  fs::create_directory(folder);
  for (const std::string text : {"old", "", "new"}) {
    ASSERT_TRUE(replace_file(folder / "a", 0600, text));
    EXPECT_EQ(read(folder / "a"), text);
    struct stat status;
    ASSERT_EQ(::stat((folder / "a").c_str(), &status), 0);
    EXPECT_EQ(status.st_mode & 0777, 0600u);
  }
  fs::create_directory(folder / "b");
  EXPECT_EQ(replace_file(folder / "b", 0600, "x"), FileResult(std::unexpected(std::errc::is_a_directory)));
  EXPECT_EQ(std::distance(fs::directory_iterator(folder), {}), 2) << "no temporary file is left";
}

}  // namespace
}  // namespace porchlight
