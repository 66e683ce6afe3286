// Runs administrative commands on a data folder: through the socket of the server that has it open, or, where
// none runs, by opening the folder itself.
#pragma once

#include <expected>
#include <filesystem>
#include <memory>
#include <string>

namespace porchlight::cli {

class AdminClient {
 public:
  // A socket that nobody listens on counts as no server.
  static std::expected<std::unique_ptr<AdminClient>, std::string> open(const std::filesystem::path& data);
  virtual ~AdminClient() = default;

  // The result as JSON, or why not. Commands: server/admin.h.
  virtual std::expected<std::string, std::string> run(const std::string& command) = 0;
};

// Opens the folder, runs one command and gives its result.
std::expected<std::string, std::string> run_once(const std::filesystem::path& data,
                                                 const std::string& command);

}  // namespace porchlight::cli
