// spdlog has no fields. Its sinks format on the thread that logs, so the fields of a line reach the formatter through a
// variable of that thread.
#include "base/logging.h"

#include <fmt/format.h>
#include <spdlog/pattern_formatter.h>
#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>
#include <sys/stat.h>
#include <unicode/stringpiece.h>
#include <unicode/uchar.h>
#include <unicode/unistr.h>
#include <unicode/utf16.h>
#include <unistd.h>

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <iterator>
#include <memory>

namespace porchlight {
namespace {

// For the journal, %< comes first.
constexpr const char* kLogfmtPattern = "time=%Y-%m-%dT%H:%M:%S.%eZ level=%l msg=%*%~";
constexpr const char* kJsonPattern = R"({"time":"%Y-%m-%dT%H:%M:%S.%eZ","level":"%l","msg":%*%~})";

// The fields of the line that this thread writes; null for none.
thread_local const LogFields* line_fields = nullptr;

// Printable ASCII that cannot end a value.
bool is_plain(char c) { return c > ' ' && c <= '~' && c != '"' && c != '=' && c != '\\'; }

// Appends `\uXXXX`, twice for a character beyond 16 bits.
void append_escape(std::string& out, UChar32 character) {
  if (character > 0xFFFF) {
    fmt::format_to(std::back_inserter(out), "\\u{:04x}\\u{:04x}",
                   static_cast<std::uint16_t>(U16_LEAD(character)),
                   static_cast<std::uint16_t>(U16_TRAIL(character)));
  } else {
    fmt::format_to(std::back_inserter(out), "\\u{:04x}", static_cast<std::uint32_t>(character));
  }
}

// Appends the text as a JSON string in which every character is visible: controls, characters that change the
// direction of text, and separators of lines are escaped; bytes that are not UTF-8 become U+FFFD.
void append_quoted(std::string& out, std::string_view text) {
  const auto decoded = icu::UnicodeString::fromUTF8({text.data(), static_cast<std::int32_t>(text.size())});
  out += '"';
  for (std::int32_t at = 0; at < decoded.length(); at = decoded.moveIndex32(at, 1)) {
    const UChar32 character = decoded.char32At(at);
    if (character == '"' || character == '\\')
      out.append(1, '\\').append(1, static_cast<char>(character));
    else if (character == '\n')
      out += "\\n";
    else if (u_iscntrl(character) || character == 0xFFFD)
      append_escape(out, character);
    else
      icu::UnicodeString(character).toUTF8String(out);
  }
  out += '"';
}

// %*: the text.
class MsgFlag final : public spdlog::custom_flag_formatter {
 public:
  void format(const spdlog::details::log_msg& line, const std::tm&, spdlog::memory_buf_t& out) override {
    std::string quoted;
    append_quoted(quoted, {line.payload.data(), line.payload.size()});
    out.append(quoted.data(), quoted.data() + quoted.size());
  }
  std::unique_ptr<custom_flag_formatter> clone() const override { return std::make_unique<MsgFlag>(); }
};

// %<: the priority of syslog(3), as sd-daemon(3) has it.
class PriorityFlag final : public spdlog::custom_flag_formatter {
 public:
  void format(const spdlog::details::log_msg& line, const std::tm&, spdlog::memory_buf_t& out) override {
    const std::string_view priority = priority_of(line.level);
    out.append(priority.data(), priority.data() + priority.size());
  }
  std::unique_ptr<custom_flag_formatter> clone() const override { return std::make_unique<PriorityFlag>(); }

 private:
  static std::string_view priority_of(spdlog::level::level_enum level) {
    switch (level) {
      case spdlog::level::critical:
        return "<2>";
      case spdlog::level::err:
        return "<3>";
      case spdlog::level::warn:
        return "<4>";
      case spdlog::level::info:
        return "<6>";
      default:
        return "<7>";
    }
  }
};

// %~: the fields, each as " name=value", or as ",name:value" with both in the form of JSON.
class FieldsFlag final : public spdlog::custom_flag_formatter {
 public:
  explicit FieldsFlag(LogFormat log_format) : format_(log_format) {}
  void format(const spdlog::details::log_msg&, const std::tm&, spdlog::memory_buf_t& out) override {
    if (line_fields == nullptr) return;
    std::string text;
    for (const LogField& field : *line_fields) append_field(text, field);
    out.append(text.data(), text.data() + text.size());
  }
  std::unique_ptr<custom_flag_formatter> clone() const override {
    return std::make_unique<FieldsFlag>(format_);
  }

 private:
  void append_field(std::string& text, const LogField& field) const {
    if (field.value.empty()) return;
    const bool is_json = format_ == LogFormat::kJson;
    text.append(is_json ? ",\"" : " ").append(field.name).append(is_json ? "\":" : "=");
    if (is_json ? field.is_number : std::ranges::all_of(field.value, is_plain))
      text += field.value;
    else
      append_quoted(text, field.value);
  }

  const LogFormat format_;
};

// Whether stderr is what systemd connected to its journal: the variable names its device and inode (systemd.exec(5)).
bool is_read_by_journal() {
  const char* const stream = std::getenv("JOURNAL_STREAM");
  struct stat stderr_stat {};
  if (stream == nullptr || ::fstat(STDERR_FILENO, &stderr_stat) != 0) return false;
  return stream == fmt::format("{}:{}", stderr_stat.st_dev, stderr_stat.st_ino);
}

void write_line(spdlog::level::level_enum level, std::string_view msg, const LogFields& fields) {
  line_fields = &fields;
  spdlog::log(level, "{}", msg);
  line_fields = nullptr;
}

}  // namespace

void start_logging(const std::string& level, LogFormat format) {
  auto formatter = std::make_unique<spdlog::pattern_formatter>(spdlog::pattern_time_type::utc);
  const std::string pattern = format == LogFormat::kJson ? kJsonPattern : kLogfmtPattern;
  formatter->add_flag<MsgFlag>('*').add_flag<FieldsFlag>('~', format).add_flag<PriorityFlag>('<');
  formatter->set_pattern(is_read_by_journal() ? "%<" + pattern : pattern);
  auto logger =
      std::make_shared<spdlog::logger>("porchlight", std::make_shared<spdlog::sinks::stderr_sink_mt>());
  logger->set_formatter(std::move(formatter));
  logger->set_level(spdlog::level::from_str(level));
  logger->flush_on(spdlog::level::info);
  spdlog::set_default_logger(std::move(logger));
}

void set_log_level(const std::string& level) {
  spdlog::default_logger_raw()->set_level(spdlog::level::from_str(level));
}

bool logs_debug() { return spdlog::should_log(spdlog::level::debug); }

void log_debug(std::string_view msg, const LogFields& fields) {
  write_line(spdlog::level::debug, msg, fields);
}
void log_info(std::string_view msg, const LogFields& fields) { write_line(spdlog::level::info, msg, fields); }
void log_warning(std::string_view msg, const LogFields& fields) {
  write_line(spdlog::level::warn, msg, fields);
}
void log_error(std::string_view msg, const LogFields& fields) { write_line(spdlog::level::err, msg, fields); }

}  // namespace porchlight
