// The parts of a running server, for what only reads them: the page of metrics and the commands of administrators.
#pragma once

#include <string_view>
#include <vector>

#include "base/time.h"
#include "graph/call/services.h"
#include "graph/gate/gate_counters.h"
#include "http/loop_counters.h"
#include "node/data_folder.h"
#include "node/node.h"

namespace porchlight::server {

class AdminHandler;
class AuthorityHandler;
class BackupKeeper;
class MetricsHandler;
class Notifier;
class Reloader;
class RequestLog;
class ScimHandler;
class TestPosts;
struct Readiness;

// What the loops of the server count.
using LoopSources = std::vector<const http::LoopCounters*>;
using GateSources = std::vector<const graph::GateCounters*>;

// Valid while requests are served. Each part says on which threads it may be used.
struct LiveServer {
  std::string_view version;  // of the program
  Time started;              // by the machine's clock
  node::Node& node;
  const node::DataFolder& folder;
  const graph::Services& services;
  const Readiness& readiness;
  const Notifier& notifier;
  const AuthorityHandler* authority;  // null if it is off
  const ScimHandler& scim;
  const AdminHandler& admin;
  const MetricsHandler& metrics;
  RequestLog& requests;
  BackupKeeper& backups;
  TestPosts& test_posts;
  const Reloader& reloader;
  LoopSources loops = {};
  GateSources gates = {};
};

}  // namespace porchlight::server
