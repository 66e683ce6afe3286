// The checks of `porchlight doctor`, each at its bound and one past it.
#include "server/doctor.h"

#include <gmock/gmock.h>
#include <sys/stat.h>

#include <fstream>

#include "node/data_folder.h"
#include "support/temp_folder.h"

namespace porchlight::server {
namespace {

using testing::Contains;
using testing::Field;
using testing::HasSubstr;

constexpr Time kNow{std::chrono::seconds(1'900'000'000)};

auto is(Health health, const std::string& text) {
  return testing::AllOf(Field(&Finding::health, health), Field(&Finding::text, HasSubstr(text)));
}

TEST(Doctor, Disk) {
  EXPECT_EQ(disk_finding(kFreeBytesEnough).health, Health::kOk);
  EXPECT_EQ(disk_finding(kFreeBytesEnough - 1).health, Health::kWarning);
  EXPECT_EQ(disk_finding(kFreeBytesLeast).health, Health::kWarning);
  EXPECT_EQ(disk_finding(kFreeBytesLeast - 1).health, Health::kProblem);
}

TEST(Doctor, Descriptors) {
  EXPECT_EQ(descriptors_finding(kDescriptorsEnough).health, Health::kOk);
  EXPECT_EQ(descriptors_finding(kDescriptorsEnough - 1).health, Health::kWarning);
  EXPECT_EQ(descriptors_finding(kDescriptorsLeast).health, Health::kWarning);
  EXPECT_EQ(descriptors_finding(kDescriptorsLeast - 1).health, Health::kProblem);
}

TEST(Doctor, Clock) {
  EXPECT_EQ(clock_finding(kClockLeast, std::nullopt).health, Health::kOk);
  EXPECT_EQ(clock_finding(kClockLeast - Duration(1), std::nullopt).health, Health::kProblem);
  EXPECT_EQ(clock_finding(kNow, kNow + kClockBehindMax).health, Health::kOk);
  EXPECT_EQ(clock_finding(kNow, kNow + kClockBehindMax + Duration(1)).health, Health::kProblem);
}

TEST(Doctor, Snapshot) {
  EXPECT_EQ(snapshot_finding(std::nullopt, kNow).health, Health::kOk);
  EXPECT_EQ(snapshot_finding(kNow, std::nullopt).health, Health::kOk);
  EXPECT_EQ(snapshot_finding(kNow, kNow + kSnapshotBehindMax).health, Health::kOk);
  EXPECT_EQ(snapshot_finding(kNow, kNow + kSnapshotBehindMax + Duration(1)).health, Health::kWarning);
}

TEST(Doctor, AGoodFolderHasNoProblem) {
  const TempFolder temp;
  ASSERT_TRUE(node::DataFolder::create(temp / "data"));
  const auto findings = examine(temp / "data", {}, ::getpid(), kNow);
  EXPECT_THAT(findings, Contains(is(Health::kOk, "the configuration is valid")));
  EXPECT_THAT(findings, Contains(is(Health::kOk, "keys are readable by their owner only")));
  EXPECT_THAT(findings, Contains(is(Health::kOk, "a server runs on the data folder")));
  EXPECT_THAT(findings, Contains(is(Health::kOk, "all files belong to the owner")));
}

TEST(Doctor, ProblemsSayWhatToDo) {
  const TempFolder temp;
  ASSERT_TRUE(node::DataFolder::create(temp / "data"));
  ::chmod((temp / "data/keys/signing.pem").c_str(), 0640);
  node::ReadConfig read;
  read.config.tls_certificate = temp / "none.crt";
  read.config.tls_key = temp / "none.key";
  node::TrustedIssuer issuer;
  issuer.iss = "https://i/{tenantid}";
  issuer.jwks_url = "https://127.0.0.1:1/keys";
  read.config.issuers.push_back(issuer);
  const auto findings = examine(temp / "data", read, std::nullopt, kNow);
  EXPECT_THAT(findings, Contains(is(Health::kProblem, "none.crt: it does not exist")));
  EXPECT_THAT(findings, Contains(is(Health::kProblem, "signing.pem may be used by other users")));
  EXPECT_THAT(findings, Contains(is(Health::kWarning, "issuer https://i/{tenantid} does not answer")));
  for (const Finding& finding : findings)
    EXPECT_EQ(finding.advice.empty(), finding.health == Health::kOk) << finding.text;
}

TEST(Doctor, AFolderThatOthersMayEnterIsAProblem) {
  const TempFolder temp;
  ASSERT_TRUE(node::DataFolder::create(temp / "data"));
  ::chmod((temp / "data").c_str(), 0755);
  EXPECT_THAT(examine(temp / "data", {}, std::nullopt, kNow), Contains(is(Health::kProblem, "data")));
}

}  // namespace
}  // namespace porchlight::server
