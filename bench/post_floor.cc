// The lower bound for the cost of a delivery: a bare libcurl loop that posts the same bytes to the same receiver over
// open connections, and reads only the status.
//
//     bench_post_floor CA_FILE PORT HOSTS AT_ONCE BODY_FILE POSTS      prints "NAME VALUE" lines
//
// HOSTS: number of addresses from 127.0.0.1 on, used in turn. AT_ONCE: posts in flight.
#include <curl/curl.h>
#include <sys/resource.h>

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <memory>
#include <sstream>
#include <stdexcept>
#include <string>
#include <vector>

namespace {

struct Cleanup {
  void operator()(CURLM* multi) const { curl_multi_cleanup(multi); }
  void operator()(curl_slist* list) const { curl_slist_free_all(list); }
};

struct Plan {
  std::string ca_file, port, body;
  long hosts, at_once, posts;
};

double cpu_us() {
  rusage used{};
  ::getrusage(RUSAGE_SELF, &used);
  const auto us = [](const timeval& time) {
    return static_cast<double>(time.tv_sec) * 1e6 + static_cast<double>(time.tv_usec);
  };
  return us(used.ru_utime) + us(used.ru_stime);
}

class Floor {
 public:
  explicit Floor(const Plan& plan) : plan_(plan) {
    headers_.reset(curl_slist_append(nullptr, "Content-Type: application/json"));
    curl_slist_append(headers_.get(), "Expect:");
    curl_multi_setopt(multi_.get(), CURLMOPT_MAXCONNECTS, plan.at_once);
  }

  // Sends this many posts. Handles and their connections are kept between calls.
  void post(long posts) {
    begun_ = 0;
    long ended = 0;
    while (begun_ < posts && begun_ < plan_.at_once) begin(curl_easy_init());
    while (ended < posts) {
      int running = 0, left = 0;
      curl_multi_perform(multi_.get(), &running);
      while (const CURLMsg* message = curl_multi_info_read(multi_.get(), &left)) {
        CURL* const easy = message->easy_handle;
        long status = 0;
        curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &status);
        if (status != 202) throw std::runtime_error("the receiver did not take a post");
        curl_multi_remove_handle(multi_.get(), easy);
        if (++ended, begun_ < posts)
          begin(easy);
        else
          curl_easy_cleanup(easy);
      }
      if (ended < posts) curl_multi_poll(multi_.get(), nullptr, 0, 1000, nullptr);
    }
  }

 private:
  void begin(CURL* easy) {
    const std::string url = "https://127.0.0." + std::to_string(1 + begun_++ % plan_.hosts) + ":" +
                            plan_.port + "/presence/changes";
    curl_easy_setopt(easy, CURLOPT_URL, url.c_str());
    curl_easy_setopt(easy, CURLOPT_CAPATH, nullptr);
    curl_easy_setopt(easy, CURLOPT_CAINFO, plan_.ca_file.c_str());
    curl_easy_setopt(easy, CURLOPT_HTTPHEADER, headers_.get());
    curl_easy_setopt(easy, CURLOPT_POSTFIELDS, plan_.body.data());
    curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE, static_cast<long>(plan_.body.size()));
    curl_multi_add_handle(multi_.get(), easy);
  }

  const Plan& plan_;
  std::unique_ptr<curl_slist, Cleanup> headers_;
  std::unique_ptr<CURLM, Cleanup> multi_{curl_multi_init()};
  long begun_ = 0;
};

int run(const Plan& plan) {
  Floor floor(plan);
  floor.post(2 * plan.at_once);  // opens the connections
  const double cpu = cpu_us();
  const auto begin = std::chrono::steady_clock::now();
  floor.post(plan.posts);
  const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
  const auto posts = static_cast<double>(plan.posts);
  std::printf("posts_per_second %f\ncpu_us_per_post %f\n", posts / seconds, (cpu_us() - cpu) / posts);
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 7) {
    std::fputs("usage: bench_post_floor CA_FILE PORT HOSTS AT_ONCE BODY_FILE POSTS\n", stderr);
    return 2;
  }
  std::ifstream in(argv[5], std::ios::binary);
  std::ostringstream body;
  body << in.rdbuf();
  return run({argv[1], argv[2], body.str(), std::atol(argv[3]), std::atol(argv[4]), std::atol(argv[6])});
}
