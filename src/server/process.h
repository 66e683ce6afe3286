// What a server process is before it serves: closed to others, without core dumps, with all the descriptors
// it may have, and deaf to signals but where it listens for them.
#pragma once

namespace porchlight::server {

// Call before any thread is started: threads inherit what it sets.
void prepare_process();

// Sends the process the signal that it waits for. Any thread.
void request_stop();

// Waits for SIGTERM or SIGINT. Afterwards another of them ends the process at once.
void wait_for_stop_signal();

}  // namespace porchlight::server
