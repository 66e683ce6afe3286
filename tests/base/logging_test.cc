// The lines of the log: one format, whatever is in them.
#include "base/logging.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <spdlog/spdlog.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <functional>

#include "base/json.h"

namespace porchlight {
namespace {

using testing::EndsWith;
using testing::MatchesRegex;
using testing::StartsWith;

// What `work` logs at this level or above.
std::string logged(const std::string& level, const std::function<void()>& work,
                   LogFormat format = LogFormat::kLogfmt) {
  start_logging(level, format);
  testing::internal::CaptureStderr();
  work();
  spdlog::default_logger()->flush();
  std::string text = testing::internal::GetCapturedStderr();
  start_logging("off");
  return text;
}

// Each row: what is logged, and the end of the line after its time.
TEST(Logging, EveryLineHasOneFormat) {
  struct Row {
    std::function<void()> work;
    std::string end;
  };
  const Row rows[] = {
      {[] { log_info("stopped"); }, R"(level=info msg="stopped")"},
      {[] { log_info(""); }, R"(level=info msg="")"},
      {[] { log_warning("a \"b\" \\c"); }, R"(level=warning msg="a \"b\" \\c")"},
      {[] { log_info("msg=forged level=error {} %v"); }, R"(level=info msg="msg=forged level=error {} %v")"},
      {[] { spdlog::info("{}: accepting writes again", "/data"); },
       R"(level=info msg="/data: accepting writes again")"},
      {[] {
         log_info("a", {{"b", "c"}, {"n", -3}, {"empty", ""}, {"d.e", "/x?y:[::1]"}});
       },
       R"(level=info msg="a" b=c n=-3 d.e=/x?y:[::1])"},
      {[] {
         log_info("a", {{"k", "b c"}});
       },
       R"(level=info msg="a" k="b c")"},
      {[] {
         log_info("a", {{"k", "b=c"}});
       },
       R"(level=info msg="a" k="b=c")"},
  };
  for (const Row& row : rows) {
    const std::string text = logged("debug", row.work);
    EXPECT_THAT(text, EndsWith("Z " + row.end + "\n"));
    EXPECT_THAT(text, MatchesRegex("time=[0-9-]+T[0-9:]+\\.[0-9][0-9][0-9]Z level=[a-z]+ msg=\".*\n"));
  }
}

// No text ends its field or its line, or changes how a terminal shows the line.
TEST(Logging, EscapesWhatCouldForge) {
  const std::pair<std::string, std::string> rows[] = {
      {"a\nlevel=error", R"("a\nlevel=error")"},
      {"a\r\tb", R"("a\u000d\u0009b")"},
      {"a\" b=\"c", R"("a\" b=\"c")"},
      {"\\", R"("\\")"},
      {std::string("a\0b", 3), R"("a\u0000b")"},
      {"\x1b[31mred", R"("\u001b[31mred")"},
      {"\x7f", R"("\u007f")"},
      {"\xc2\x9b"
       "31m",
       R"("\u009b31m")"},  // CSI of C1
      {"\xe2\x80\xae"
       "txt",
       R"("\u202etxt")"},                         // right-to-left override
      {"\xe2\x80\xa8", R"("\u2028")"},            // line separator
      {"\xf3\xa0\x81\x81", R"("\udb40\udc41")"},  // invisible tag character
      {"caf\xc3\xa9 \xf0\x9f\x98\x80", "\"caf\xc3\xa9 \xf0\x9f\x98\x80\""},
      {"\xff\xc3", R"("\ufffd\ufffd")"},  // not UTF-8
      {"\xc0\x8a", R"("\ufffd\ufffd")"},  // overlong line feed
  };
  for (const auto& [text, quoted] : rows) {
    EXPECT_THAT(logged("info", [&] { log_info(text); }), EndsWith(" msg=" + quoted + "\n"));
    EXPECT_THAT(logged("info", [&] { spdlog::info("{}", text); }), EndsWith(" msg=" + quoted + "\n"));
    EXPECT_THAT(logged("info", [&] { log_info("m", {{"k", text}}); }), EndsWith(" k=" + quoted + "\n"));
    EXPECT_THAT(logged(
                    "info",
                    [&] {
                      log_info(text, {{"k", text}});
                    },
                    LogFormat::kJson),
                EndsWith(",\"msg\":" + quoted + ",\"k\":" + quoted + "}\n"));
  }
}

TEST(Logging, JsonHasTheSameFields) {
  const std::string text = logged(
      "debug",
      [] {
        log_error("a", {{"b", "c"}, {"n", -3}, {"empty", ""}, {"d.e", "1"}});
      },
      LogFormat::kJson);
  EXPECT_THAT(text, EndsWith("Z\",\"level\":\"error\",\"msg\":\"a\",\"b\":\"c\",\"n\":-3,\"d.e\":\"1\"}\n"));
  JsonReader reader;
  EXPECT_TRUE(reader.parse(text.substr(0, text.size() - 1))) << text;
}

// The variable names the device and inode of the journal's stream; any other stream of a service is not the journal's.
TEST(Logging, JournalGetsPriorities) {
  struct stat stream {};
  ASSERT_EQ(::fstat(STDERR_FILENO, &stream), 0);
  const std::string mine = std::to_string(stream.st_dev) + ":" + std::to_string(stream.st_ino);
  for (const auto& [variable, begin] : {std::pair{mine, "<4>time="}, std::pair{mine + "1", "time="}}) {
    ::setenv("JOURNAL_STREAM", variable.c_str(), 1);
    EXPECT_THAT(logged("info", [] { log_warning("a"); }), StartsWith(begin));
  }
  ::setenv("JOURNAL_STREAM", mine.c_str(), 1);
  EXPECT_THAT(logged(
                  "info", [] { log_info("a"); }, LogFormat::kJson),
              StartsWith("<6>{\"time\":"));
  ::unsetenv("JOURNAL_STREAM");
}

TEST(Logging, LevelsApplyToAllLines) {
  const auto work = [] {
    log_debug("debug");
    log_info("info", {{"a", 1}});
    log_warning("warning");
    spdlog::warn("text");
    log_error("error");
  };
  const std::pair<std::string, int> rows[] = {{"trace", 5}, {"debug", 5}, {"info", 4},
                                              {"warn", 3},  {"error", 1}, {"off", 0}};
  for (const auto& [level, lines] : rows) {
    const std::string text = logged(level, work);
    EXPECT_EQ(std::ranges::count(text, '\n'), lines) << level << "\n" << text;
  }
  logged("info", [] { EXPECT_FALSE(logs_debug()); });
  logged("debug", [] { EXPECT_TRUE(logs_debug()); });
}

}  // namespace
}  // namespace porchlight
