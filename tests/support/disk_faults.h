// Faults of the disk below a data folder, at the level of system calls.
//
// disk_faults.cc is a library for LD_PRELOAD. It replaces the calls that open and change files; those for paths below
// one folder fail, or wait, while the test says so in a DiskFaults that both processes map from a file. A sanitizer's
// runtime replaces the same calls, so only programs without one can be run with it.
#pragma once

#include <atomic>
#include <cstdint>

namespace porchlight {

// Environment of the program under test: the file with the DiskFaults, and the absolute path of the folder.
inline constexpr const char* kFaultsFileVariable = "PORCHLIGHT_FAULTS_FILE";
inline constexpr const char* kFaultsBelowVariable = "PORCHLIGHT_FAULTS_BELOW";

// Kinds of calls, as bits.
enum DiskCall : std::uint32_t {
  kWriteCall = 1,        // write, pwrite, writev; half of the bytes of the first buffer are written
  kSyncCall = 2,         // fsync, fdatasync, sync_file_range
  kOpenToWriteCall = 4,  // open and fopen with the right to write
  kOpenToReadCall = 8,   // open and fopen without it, of folders as well
  kRenameCall = 16,      // rename, renameat2, link
  kTruncateCall = 32,    // truncate, ftruncate
  kMakeFolderCall = 64,  // mkdir
  kRemoveCall = 128,     // unlink, unlinkat, remove, rmdir
  kAllocateCall = 256,   // fallocate, posix_fallocate
  kBindCall = 512,       // bind of a socket in the file system
  kAllChanges = 1023 & ~kOpenToReadCall,
};

// The parts of a data folder, as bits: its entries by name.
enum DiskPart : std::uint32_t {
  kLogPart = 1,
  kHistoryPart = 2,
  kSnapshotsPart = 4,
  kSubscriptionsPart = 8,
  kAuthorityPart = 16,
  kScimPart = 32,
  kRevocationsPart = 64,
  kOtherPart = 128,
  kAllParts = 255,
};

// Which calls fail. A call fails if its kind is in `calls`, its path in `parts`, and `left` is not 0.
struct FaultRule {
  std::atomic<std::uint32_t> calls = 0;
  std::atomic<std::uint32_t> parts = 0;
  std::atomic<int> error = 0;             // errno
  std::atomic<std::int64_t> left = 0;     // calls that will fail; negative: all
  std::atomic<std::uint64_t> failed = 0;  // calls that failed so far
};

// Zero bytes are a disk without faults.
struct DiskFaults {
  FaultRule rules[2];
  // These calls in these parts wait until the bits are cleared.
  std::atomic<std::uint32_t> held_calls = 0;
  std::atomic<std::uint32_t> held_parts = 0;
  std::atomic<std::uint32_t> waiting = 0;  // calls that wait now
};

}  // namespace porchlight
