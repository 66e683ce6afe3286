// The connections of a loop. Each is found by its id, slot index and generation: an id of a connection that has ended
// has another generation and finds nothing. So other threads hold ids and never pointers.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "http/connection.h"

namespace porchlight::http {

// Used on the thread of the loop.
class ConnectionTable {
 public:
  // Ids begin here: a generation is never 0.
  static constexpr std::uint64_t kFirstId = std::uint64_t{1} << 32;

  // Adds a connection; its arguments are those of Connection().
  Connection& add(LoopContext& context, int fd, const Peer& peer, TlsContext* tls, bool proxy_header);
  // Destroys the connection.
  void remove(Connection& connection);
  // Returns null if the connection has ended.
  Connection* find(std::uint64_t id) const;
  std::size_t size() const { return size_; }

  // Calls `visit(connection)` for each; it may remove the one it was called with.
  template <typename Visit>
  void for_each(Visit visit) {
    for (ConnectionSlot& slot : slots_)
      if (slot.connection) visit(*slot.connection);
  }

  // The connection to close for a new one: the longest idle, or the one whose client is awaited longest, of the next
  // kEvictionCandidates. Returns null if all of them are at work for their clients.
  Connection* best_to_evict();

 private:
  // A place for a connection. The generation is part of the connection's id and changes with each use.
  struct ConnectionSlot {
    std::unique_ptr<Connection> connection;
    std::uint32_t generation = 1;
  };

  std::vector<ConnectionSlot> slots_;
  std::vector<std::uint32_t> free_;
  std::size_t size_ = 0;
  std::size_t hand_ = 0;  // the slot that best_to_evict() examines next
};

}  // namespace porchlight::http
