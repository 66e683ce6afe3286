// The administration API as the Graph handlers see it: a row of the table names a command, and the server runs it.
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "identity/caller.h"

namespace porchlight::graph {

// An administrative command as a route of the API. Words of the lists are "name" or "name=argument", where `name` is
// that of the API and `argument` that of admin/commands.h; "name=argument[]" makes a list of one text.
struct AdminRoute {
  std::string_view command;
  std::string_view id = {};       // the argument that is the {id}
  std::string_view item = {};     // the argument that is the {item}
  std::string_view members = {};  // what the body may have
  std::string_view options = {};  // what the query may have, besides `tenant`
  int status = 200;               // of success; 204: without the result
  bool of_tenant = true;          // without `tenant` in the query it is about the caller's tenant
};

// A command that waits for its turn.
struct AdminRequest {
  identity::Caller caller;
  std::string command;  // JSON, as admin/admin.h has it
  std::string address;  // the client's
};

// The result of a command as JSON, or an error: 400, 403, 404, 409, 429 or 503, with a sentence.
struct AdminAnswer {
  int status = 200;
  std::string text;
};

// Runs commands. Outlives the handlers.
class Administration {
 public:
  virtual ~Administration() = default;
  // Calls `done` once, from any thread; within the call if too many commands wait. Any thread.
  virtual void submit(AdminRequest request, std::move_only_function<void(AdminAnswer)> done) = 0;
};

}  // namespace porchlight::graph
