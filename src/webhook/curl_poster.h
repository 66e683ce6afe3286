// The poster that really posts: HTTPS over libcurl, to addresses that were checked at every dial.
#pragma once

#include <expected>
#include <filesystem>
#include <memory>
#include <string>

#include "webhook/network.h"
#include "webhook/poster.h"
#include "webhook/queue.h"
#include "webhook/url.h"

namespace porchlight::webhook {

struct PosterSettings {
  Reach reach{};
  std::filesystem::path ca_file{};  // PEM, instead of the system's certificates
  Queue::Limits limits{};
};

// A poster with a thread of its own, and a few that look names up. `network` must outlive it. An error is a
// sentence for the operator.
std::expected<std::unique_ptr<Poster>, std::string> open_poster(PosterSettings settings, Network& network);

}  // namespace porchlight::webhook
