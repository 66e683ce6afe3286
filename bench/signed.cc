// Tokens: issued and verified by the server's modules without HTTP, compared with the bare signatures of `openssl
// speed` on the same processor in the same round.
#include <map>
#include <sstream>
#include <stdexcept>

#include "measure.h"

namespace porchlight::bench {
namespace {

constexpr int kRounds = 5;

// Samples by name, one per round.
using Said = std::map<std::string, Samples>;

void ask_tool(const Setting& setting, Said& said) {
  Process tool({setting.tools / "bench_tokens"}, setting.processors.server, setting.stderr_file());
  std::istringstream lines(tool.read_all());
  double value = 0;
  for (std::string name; lines >> name >> value;) said[name].push_back(value);
  if (tool.wait() != 0) throw std::runtime_error("issuing and verifying tokens failed");
}

// The last two columns of its table are signatures and verifications per second.
void ask_openssl(const Setting& setting, Said& said) {
  Process speed({"/usr/bin/openssl", "speed", "-seconds", "1", "rsa2048", "ecdsap256"},
                setting.processors.server, setting.stderr_file());
  std::istringstream lines(speed.read_all());
  for (std::string line; std::getline(lines, line);) {
    const bool rsa = line.starts_with("rsa 2048 "), ec = line.find(" ecdsa (nistp256)") != line.npos;
    if (!rsa && !ec) continue;
    std::istringstream words(line.substr(line.rfind("s ") + 2));
    double signatures = 0, verifications = 0;
    if (!(words >> signatures >> verifications)) throw std::runtime_error("openssl speed is not understood");
    said[rsa ? "openssl_sign_rs256" : "openssl_sign_es256"].push_back(signatures);
    said[rsa ? "openssl_verify_rs256" : "openssl_verify_es256"].push_back(verifications);
  }
  if (speed.wait() != 0) throw std::runtime_error("openssl speed failed");
}

}  // namespace

void measure_tokens(const Setting& setting, Report& report) {
  progress("tokens");
  Said said;
  for (int round = 0; round < kRounds; ++round) {
    ask_tool(setting, said);
    ask_openssl(setting, said);
  }
  const struct {
    const char *what, *ours, *openssl;
  } rows[] = {{"issued by client credentials, ES256", "issued_es256", "openssl_sign_es256"},
              {"issued by client credentials, RS256", "issued_rs256", "openssl_sign_rs256"},
              {"first verifications, ES256", "verified_es256", "openssl_verify_es256"},
              {"first verifications, RS256", "verified_rs256", "openssl_verify_rs256"}};
  for (const auto& [what, ours, openssl] : rows) {
    const std::string name = std::string("tokens: ") + what;
    report.add(name, "1/s", said[ours]);
    report.add(name + ", openssl speed", "1/s", said[openssl]);
    report.add(name + ", over openssl speed", "x", ratios(said[ours], said[openssl]));
  }
  report.add("tokens: bytes of one that is remembered", "bytes", said["token_bytes"]);
  report.add("tokens: remembered, of one caller", "ns", said["remembered_one"]);
  report.add("tokens: remembered, of 1,000 callers", "ns", said["remembered_many"],
             at_most(150, said["remembered_many"], "<= 150 ns"));
}

}  // namespace porchlight::bench
