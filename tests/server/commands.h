// A data folder, and the built program's commands on it.
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <memory>
#include <string>
#include <vector>

#include "server/program.h"
#include "support/temp_folder.h"

namespace porchlight::server {

class Commands : public testing::Test {
 protected:
  void SetUp() override {
    ASSERT_TRUE(std::filesystem::exists(program())) << program() << " is not built";
    data_ = temp_ / "data";
  }
  Ran run(std::vector<std::string> args) {
    args.insert(args.end(), {"--data", data_});
    return run_program(args);
  }
  // Runs a command that must succeed; returns its stdout.
  std::string done(const std::vector<std::string>& args) {
    const Ran ran = run(args);
    EXPECT_EQ(ran.code, 0) << ran.err;
    return ran.out;
  }
  void refused(const std::vector<std::string>& args, const std::string& why) {
    const Ran ran = run(args);
    EXPECT_EQ(ran.code, 1) << ran.out;
    EXPECT_THAT(ran.err, testing::HasSubstr(why));
  }
  std::unique_ptr<Child> serve() {
    return std::make_unique<Child>(
        std::vector<std::string>{"serve", "--data", data_, "--listen", "127.0.0.1:0", "--threads", "1"});
  }
  std::string write_file(const std::string& name, const std::string& text) {
    std::ofstream(temp_ / name) << text;
    return temp_ / name;
  }

  TempFolder temp_;
  std::string data_;
};

}  // namespace porchlight::server
