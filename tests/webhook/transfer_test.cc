// Two checks keep a transfer from addresses that were not checked: curl gets the checked ones in place of a lookup, and
// the address of each dial is compared with them. Each test takes one of the two away.
#include "webhook/transfer.h"

#include <gtest/gtest.h>

#include "http/folder.h"
#include "webhook/receiver.h"

namespace porchlight::webhook {
namespace {

constexpr std::string_view kElsewhere = "127.0.0.3";  // on this machine, and without a receiver
constexpr Duration kTimeout = std::chrono::seconds(20);

// A post to https://localhost, which the system's resolver knows as the address of the receiver.
class TransferTest : public testing::Test {
 protected:
  // A transfer that may dial these addresses.
  CURL* prepare(const std::vector<std::string_view>& checked) {
    std::vector<IpAddress> addresses;
    for (const std::string_view text : checked) addresses.push_back(IpAddress::parse(text).value());
    return transfer_.prepare(receiver_.ca_file(), std::move(addresses), kConnectionAgeMax, SteadyTime{});
  }

  http::Folder folder_;
  Receiver receiver_{folder_.path(), {"localhost"}};
  Transfer transfer_{
      {.url = parse_url("https://localhost:" + std::to_string(receiver_.port()) + "/no-content",
                        {.ports = {receiver_.port()}})
                  .value(),
       .post = {.url = {}, .content_type = "text/plain", .body = {}, .timeout = kTimeout}},
      SteadyTime{}};
};

TEST_F(TransferTest, DialsACheckedAddress) {
  EXPECT_EQ(curl_easy_perform(prepare({"127.0.0.1"})), CURLE_OK);
  EXPECT_EQ(receiver_.connections(), 1u);
}

TEST_F(TransferTest, RefusesAnotherAddressThatCurlResolves) {
  CURL* const easy = prepare({kElsewhere});
  curl_easy_setopt(easy, CURLOPT_RESOLVE, nullptr);
  EXPECT_EQ(curl_easy_perform(easy), CURLE_COULDNT_CONNECT);
  EXPECT_EQ(receiver_.connections(), 0u);
}

TEST_F(TransferTest, LetsCurlResolveNothing) {
  CURL* const easy = prepare({kElsewhere});
  curl_easy_setopt(easy, CURLOPT_OPENSOCKETFUNCTION, nullptr);
  EXPECT_EQ(curl_easy_perform(easy), CURLE_COULDNT_CONNECT);
  EXPECT_EQ(receiver_.connections(), 0u);
}

TEST_F(TransferTest, DialsNothingBeforeACheck) {
  EXPECT_EQ(curl_easy_perform(prepare({})), CURLE_COULDNT_CONNECT);
  EXPECT_TRUE(transfer_.wants_to_dial());
  EXPECT_EQ(receiver_.connections(), 0u);
}

}  // namespace
}  // namespace porchlight::webhook
