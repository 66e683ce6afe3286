// Resume ids of streams: any text is refused, or resumes the stream it belongs to. After a resumption each person
// whose presence differs from what was sent is pending; a text that is refused changes nothing. A stream's own id
// resumes it.
#include <cstdint>
#include <cstdlib>
#include <string_view>
#include <vector>

#include "graph/wire/stream_sync.h"

using namespace porchlight;
using namespace porchlight::graph;

namespace {

void require(bool holds) {
  if (!holds) std::abort();
}

constexpr int kPeople = 40;  // more than the digest has parts

// A stream that has sent everything.
StreamSync sent_stream(std::vector<PresenceHash>& hashes) {
  StreamSync sync;
  std::vector<Guid> people;
  for (int i = 0; i < kPeople; ++i) people.push_back(guid_from_name(std::to_string(i)));
  sync.set_people(people);
  hashes.clear();
  for (const Guid& person : sync.people()) hashes.push_back(hash_presence(to_string(person)));
  while (sync.has_pending()) {
    const Guid person = sync.pop_pending();
    sync.mark_sent(person, hash_presence(to_string(person)));
  }
  return sync;
}

std::size_t pending_count(StreamSync& sync) {
  std::size_t count = 0;
  for (; sync.has_pending(); ++count) sync.pop_pending();
  return count;
}

}  // namespace

// The first byte chooses people whose presence has changed since; the rest is the id that the client sends.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  std::vector<PresenceHash> hashes;
  const std::string own = sent_stream(hashes).id();
  std::vector<PresenceHash> now = hashes;
  std::size_t changed = 0;
  for (std::size_t i = data[0]; i < now.size(); i += 7, ++changed) now[i] = hash_presence(std::to_string(i));

  StreamSync same;
  same.set_people(sent_stream(hashes).people());
  require(same.resume(own, now));
  require(pending_count(same) >= changed);

  StreamSync any;
  any.set_people(sent_stream(hashes).people());
  const std::string before = any.id();
  const std::string_view id(reinterpret_cast<const char*>(data) + 1, size - 1);
  if (any.resume(id, now)) {
    require(pending_count(any) <= now.size());
  } else {
    require(any.id() == before);
    require(pending_count(any) == now.size());
  }
  return 0;
}
