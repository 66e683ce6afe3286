// The state of a server process: files only for its owner, no core dumps (they would hold tokens), as many descriptors
// as the system allows, and stop signals blocked except in wait_for_stop_signal().
#pragma once

namespace porchlight::server {

// Sets that state. Call it before any thread starts: threads inherit the signal mask.
void prepare_process();

// Ends wait_for_stop_signal(), by sending the process SIGTERM. Any thread.
void request_stop();

// Waits for SIGTERM or SIGINT, and unblocks them: a second one ends the process at once.
void wait_for_stop_signal();

}  // namespace porchlight::server
