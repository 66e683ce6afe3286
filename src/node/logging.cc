#include "node/logging.h"

#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include "base/json.h"

namespace porchlight::node {

void start_logging(const std::string& level) {
  const auto sink = std::make_shared<spdlog::sinks::stderr_sink_mt>();
  auto logger = std::make_shared<spdlog::logger>("porchlight", sink);
  logger->set_pattern("time=%Y-%m-%dT%H:%M:%S.%eZ level=%l %v", spdlog::pattern_time_type::utc);
  logger->set_level(spdlog::level::from_str(level));
  logger->flush_on(spdlog::level::info);
  spdlog::set_default_logger(std::move(logger));
}

bool logs_requests() { return spdlog::should_log(spdlog::level::debug); }

void log_request(const RequestLine& line) {
  std::string path;
  append_json_string(path, line.path);
  spdlog::debug("msg=request method={} path={} status={} took_us={} client={} request_id={}", line.method,
                path, line.status, line.took_us, line.client, line.request_id);
}

namespace {

void log_text(spdlog::level::level_enum level, std::string_view text) {
  std::string quoted;
  append_json_string(quoted, text);
  spdlog::log(level, "msg={}", quoted);
}

}  // namespace

void log_info(std::string_view text) { log_text(spdlog::level::info, text); }
void log_warning(std::string_view text) { log_text(spdlog::level::warn, text); }
void log_error(std::string_view text) { log_text(spdlog::level::err, text); }

}  // namespace porchlight::node
