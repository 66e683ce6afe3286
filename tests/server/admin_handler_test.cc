// A flood of administrative commands: the bound of those that wait, and whose are refused.
#include "server/admin_handler.h"

#include <gtest/gtest.h>

#include <atomic>
#include <future>

#include "node/data_folder.h"
#include "support/temp_folder.h"

namespace porchlight::server {
namespace {

class AdminFlood : public testing::Test {
 protected:
  void SetUp() override {
    const auto folder = node::DataFolder::create(temp_ / "data");
    ASSERT_TRUE(folder) << folder.error();
    auto node = node::Node::open(*folder, config_, clock_, node::Purpose::kCommand);
    ASSERT_TRUE(node) << node.error();
    node_ = *std::move(node);
    admin_ = std::make_unique<admin::Admin>(*node_);
    reloader_ =
        std::make_unique<Reloader>(config_, ConfigAgain{}, ReplaceableParts{}, node_->audit(), clock_);
    handler_ = std::make_unique<AdminHandler>(*admin_, *reloader_);
  }
  void TearDown() override {
    handler_.reset();
    reloader_.reset();
    admin_.reset();
    node_.reset();
  }
  void submit(const Guid& tenant, std::move_only_function<void(graph::AdminAnswer)> done) {
    identity::Caller caller{};
    caller.tenant = tenant;
    caller.user = guid_from_name("ana");
    handler_->submit({caller, R"({"command":"tenant.list"})", "203.0.113.5"}, std::move(done));
  }
  // Counts the refusals of a tenant in `refused`.
  void submit(const Guid& tenant, std::atomic<std::size_t>& refused) {
    submit(tenant, [&refused](const graph::AdminAnswer& answer) {
      refused += answer.status == 503 && answer.text.starts_with("too many commands wait");
    });
  }

  const TempFolder temp_;
  const SystemClock clock_;
  const node::Config config_;
  std::unique_ptr<node::Node> node_;
  std::unique_ptr<admin::Admin> admin_;
  std::unique_ptr<Reloader> reloader_;
  std::unique_ptr<AdminHandler> handler_;
};

TEST_F(AdminFlood, IsRefusedBeyondTheBound) {
  const Guid flooding = guid_from_name("flooding"), other = guid_from_name("other");
  std::atomic<std::size_t> refused = 0, others_refused = 0;
  std::promise<void> runs, go;
  submit(flooding, [&](const graph::AdminAnswer&) {
    runs.set_value();
    go.get_future().wait();
  });
  runs.get_future().wait();
  for (std::size_t i = 0; i < kCommandsWaitingMax; ++i) submit(flooding, refused);
  EXPECT_EQ(refused, 0u);
  submit(flooding, refused);
  EXPECT_EQ(refused, 1u);
  submit(other, others_refused);
  EXPECT_EQ(refused, 2u) << "the newest of the tenant that has most makes room";
  go.set_value();
  handler_.reset();  // refuses those that wait, for another reason
  EXPECT_EQ(refused, 2u);
  EXPECT_EQ(others_refused, 0u);
}

}  // namespace
}  // namespace porchlight::server
