// Runs administrative commands on a data folder: through the admin socket of the server that has it open, or, if no
// server runs, by opening the folder itself.
#pragma once

#include <sys/types.h>

#include <expected>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>

#include "cli/command.h"
#include "node/data_folder.h"

namespace porchlight::cli {

class AdminClient {
 public:
  // Connects to the server of the folder, or opens the folder. A socket without a listener counts as no server. An
  // error is a sentence. A server that does not answer within `timeout` is one, here and in run().
  static std::expected<std::unique_ptr<AdminClient>, std::string> open(const std::filesystem::path& data,
                                                                       Duration timeout = kAnswerWait);
  // Connects to the server of the folder; null if no server runs. Errors as of open().
  static std::expected<std::unique_ptr<AdminClient>, std::string> connect(const node::DataFolder& folder,
                                                                          Duration timeout);
  virtual ~AdminClient() = default;

  // Runs one command (admin/admin.h). Returns its result as JSON, or a sentence that says what was wrong.
  virtual std::expected<std::string, std::string> run(const std::string& command) = 0;
};

// Opens a client, runs one command and returns its result.
std::expected<std::string, std::string> run_once(const std::filesystem::path& data,
                                                 const std::string& command, Duration timeout = kAnswerWait);

// Posts to a path of the admin socket of the server that has the folder open (server/admin_handler.h), and returns its
// answer. An error, which is a sentence, if no server runs.
std::expected<std::string, std::string> ask_server(const std::filesystem::path& data, const std::string& path,
                                                   Duration timeout = kAnswerWait);

// The process of the server that has the folder open, 0 if it runs where its number means nothing here; nullopt if no
// server runs.
std::optional<pid_t> server_process(const std::filesystem::path& data);

}  // namespace porchlight::cli
