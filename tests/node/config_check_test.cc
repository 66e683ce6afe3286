// What `porchlight config check` finds beside the text of the file.
#include "node/config_check.h"

#include <gmock/gmock.h>
#include <sys/stat.h>

#include <fstream>

#include "http/tls.h"
#include "support/temp_folder.h"

namespace porchlight::node {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

class ConfigCheck : public testing::Test {
 protected:
  void SetUp() override {
    const auto files = http::ensure_self_signed(folder_ / "", {"localhost"});
    ASSERT_TRUE(files) << files.error();
    config_.tls_certificate = files->certificate;
    config_.tls_key = files->key;
    config_.webhooks.ca_file = files->ca;
    config_.calendar_folder = folder_ / "";
  }
  std::vector<std::string> faults(Duration later = {}) const {
    return config_faults(config_, SystemClock().wall() + later);
  }

  const TempFolder folder_;
  Config config_;
};

TEST_F(ConfigCheck, AcceptsWhatServeWouldUse) { EXPECT_THAT(faults(), IsEmpty()); }

TEST_F(ConfigCheck, ReportsEverythingAtOnce) {
  ::chmod(config_.tls_key.c_str(), 0644);
  config_.tls_certificate = folder_ / "none.crt";
  config_.webhooks.ca_file = config_.tls_key;
  config_.calendar_folder = config_.backup_folder = config_.tls_key;
  TrustedIssuer issuer;
  issuer.jwks_file = folder_ / "none.json";
  issuer.ca_file = folder_ / "none.pem";
  config_.issuers.push_back(issuer);
  EXPECT_THAT(faults(), ElementsAre(testing::AllOf(HasSubstr("none.crt: it does not exist"),
                                                   HasSubstr("others may use the key, its mode is 0644")),
                                    HasSubstr("contains no readable PEM certificate"),
                                    HasSubstr("is no folder that can be read"),
                                    HasSubstr("is no folder that can be read"),
                                    HasSubstr("none.pem: contains no readable PEM"), HasSubstr("none.json")));
}

TEST_F(ConfigCheck, ReportsAnExpiredCertificate) {
  EXPECT_THAT(faults(std::chrono::days(4000)), ElementsAre(HasSubstr("it is expired since")));
}

TEST_F(ConfigCheck, ReportsAKeyOfAnotherCertificate) {
  const TempFolder other;
  config_.tls_key = http::ensure_self_signed(other / "", {"localhost"})->key;
  EXPECT_THAT(faults(), ElementsAre(HasSubstr("no private key in PEM that belongs to the certificate")));
}

}  // namespace
}  // namespace porchlight::node
