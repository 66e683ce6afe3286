// The state of a server process: files only for its owner, no core dumps (they would hold tokens), as many descriptors
// as the system allows, and signals blocked except in wait_for_signal().
#pragma once

#include <cstdint>

namespace porchlight::server {

// Sets that state. Call it before any thread starts: threads inherit the signal mask.
void prepare_process();

// Makes wait_for_signal() return kStop, by sending the process SIGTERM. Any thread.
void request_stop();

// What a signal asks for: SIGTERM and SIGINT to stop, SIGHUP to read the configuration again.
enum class SignalRequest : std::uint8_t { kStop, kReload };
struct ReceivedSignal {
  SignalRequest asks_for;
  std::uint32_t uid;  // of the process that sent it; 0 for the kernel
};
// Waits for the next signal. After kStop, SIGTERM and SIGINT are not blocked any more: a second one ends the process at
// once.
ReceivedSignal wait_for_signal();

}  // namespace porchlight::server
