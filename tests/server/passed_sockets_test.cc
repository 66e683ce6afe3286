// Sockets that the service manager passes: which entries of the configuration they are for, and what is refused.
#include "server/passed_sockets.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "http/listen.h"
#include "support/temp_folder.h"

namespace porchlight::server {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

// Descriptors that follow each other, as those of a service manager do.
constexpr int kFirst = 900;

class PassedSocketsTest : public testing::Test {
 protected:
  void TearDown() override {
    for (int fd = kFirst; fd < kFirst + passed_; ++fd) ::close(fd);
  }
  // Passes a descriptor, and closes the original.
  void pass(int fd) {
    ASSERT_EQ(::dup2(fd, kFirst + passed_), kFirst + passed_);
    ++passed_;
    ::close(fd);
  }
  // Passes a TCP socket. Returns its address.
  std::string pass_listener(const std::string& address = "127.0.0.1:0") {
    const int fd = http::listen_tcp(address).value();
    const std::string own = address.substr(0, address.rfind(':') + 1) + std::to_string(http::port_of(fd));
    pass(fd);
    return own;
  }
  std::expected<std::vector<PassedSocket>, std::string> take(const std::string& names) {
    return take_passed_sockets({{"LISTEN_PID", std::to_string(::getpid())},
                                {"LISTEN_FDS", std::to_string(passed_)},
                                {"LISTEN_FDNAMES", names}},
                               ::getpid(), read_, kFirst);
  }

  int passed_ = 0;
  node::ReadConfig read_;
};

TEST_F(PassedSocketsTest, NamesTellTheKind) {
  read_.config.listen = {"127.0.0.1:1"};
  read_.config.tls_listen = {"127.0.0.1:2"};
  const std::string plain = pass_listener(), tls = pass_listener("[::1]:0"), second = pass_listener();
  const auto sockets = take("http:https:http");
  ASSERT_TRUE(sockets) << sockets.error();
  ASSERT_EQ(sockets->size(), 3u);
  EXPECT_EQ((*sockets)[0].kind, http::ListenerKind::kPlain);
  EXPECT_EQ((*sockets)[1].kind, http::ListenerKind::kTls);
  EXPECT_EQ((*sockets)[1].address, tls);
  EXPECT_THAT(read_.config.listen, ElementsAre(plain, second));
  EXPECT_THAT(read_.config.tls_listen, ElementsAre(tls));
  EXPECT_EQ(::fcntl(kFirst, F_GETFD) & FD_CLOEXEC, FD_CLOEXEC);
  EXPECT_NE(::fcntl(kFirst, F_GETFL) & O_NONBLOCK, 0);
}

TEST_F(PassedSocketsTest, AddressesTellTheEntry) {
  const std::string plain = pass_listener(), tls = pass_listener();
  read_.config.listen = {"127.0.0.1:1", plain + " proxy_protocol"};
  read_.config.tls_listen = {tls};
  const auto sockets = take("porchlight.socket");
  ASSERT_TRUE(sockets) << sockets.error();
  EXPECT_EQ((*sockets)[0].kind, http::ListenerKind::kPlain);
  EXPECT_EQ((*sockets)[1].kind, http::ListenerKind::kTls);
  EXPECT_THAT(read_.config.listen, ElementsAre("127.0.0.1:1", plain + " proxy_protocol"));
}

TEST_F(PassedSocketsTest, TheDefaultAddressIsNotOpenedBesides) {
  read_.config.listen = {"127.0.0.1:8080"};
  read_.rows = {{"listen", "127.0.0.1:8080", "default"}};
  pass_listener();
  ASSERT_TRUE(take("https"));
  EXPECT_THAT(read_.config.listen, IsEmpty());
}

TEST_F(PassedSocketsTest, AWrongDescriptorIsAnError) {
  const TempFolder folder;
  const auto only = [&](int fd, const std::string& name = "http") {
    pass(fd);
    const auto sockets = take(name);
    ::close(kFirst);
    passed_ = 0;
    return sockets ? "taken" : sockets.error();
  };
  EXPECT_EQ(only(::open("/dev/null", O_RDONLY | O_CLOEXEC)),
            "the passed descriptor 900 (\"http\") is no socket; a TCP socket that listens is expected");
  EXPECT_THAT(only(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0)), HasSubstr("is no stream socket"));
  EXPECT_THAT(only(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)), HasSubstr("does not listen"));
  EXPECT_THAT(only(http::listen_unix(folder / "s").value()), HasSubstr("is no TCP socket"));
  EXPECT_THAT(only(http::listen_unix(folder / "m").value(), "metrics"),
              HasSubstr("(\"metrics\") is no TCP socket"));
}

TEST_F(PassedSocketsTest, ASocketOfNoEntryIsAnError) {
  const std::string address = pass_listener();
  const auto sockets = take("web");
  ASSERT_FALSE(sockets);
  EXPECT_THAT(sockets.error(),
              HasSubstr("\"web\" at " + address +
                        " is neither in listen nor in tls_listen, nor is it metrics.listen"));
}

TEST_F(PassedSocketsTest, OneMayBeForMetrics) {
  read_.config.listen = {"127.0.0.1:8080"};
  read_.rows = {{"listen", "127.0.0.1:8080", "default"}};
  read_.config.metrics_listen = "127.0.0.1:9464";
  const std::string address = pass_listener();
  const auto sockets = take("metrics");
  ASSERT_TRUE(sockets) << sockets.error();
  EXPECT_EQ(sockets->front().kind, http::ListenerKind::kMetrics);
  EXPECT_EQ(read_.config.metrics_listen, address);
  EXPECT_THAT(read_.config.listen, ElementsAre("127.0.0.1:8080")) << "it is not for requests";
  EXPECT_TRUE(take("porchlight-metrics.socket")) << "by its address";
  pass_listener();
  EXPECT_EQ(take("metrics:metrics").error(), "more than one passed socket is for metrics; one is expected");
}

TEST_F(PassedSocketsTest, SocketsOfAnotherProcessAreNotTaken) {
  pass_listener();
  for (const std::string& pid : {std::string("1"), std::string(), std::string("x")}) {
    const auto sockets =
        take_passed_sockets({{"LISTEN_PID", pid}, {"LISTEN_FDS", "1"}}, ::getpid(), read_, kFirst);
    ASSERT_TRUE(sockets);
    EXPECT_THAT(*sockets, IsEmpty());
  }
  EXPECT_THAT(*take_passed_sockets({}, ::getpid(), read_, kFirst), IsEmpty());
}

TEST_F(PassedSocketsTest, TheNumberHasABound) {
  const std::string own = std::to_string(::getpid());
  const auto with = [&](const std::string& count) {
    return take_passed_sockets({{"LISTEN_PID", own}, {"LISTEN_FDS", count}}, ::getpid(), read_, kFirst);
  };
  EXPECT_TRUE(with("0"));
  EXPECT_THAT(with(std::to_string(kPassedSocketsMax)).error(), HasSubstr("is no socket"))
      << "they are looked at";
  EXPECT_EQ(with(std::to_string(kPassedSocketsMax + 1)).error(), "LISTEN_FDS is not a number up to 64");
  EXPECT_FALSE(with("-1"));
  EXPECT_FALSE(with("one"));
}

}  // namespace
}  // namespace porchlight::server
