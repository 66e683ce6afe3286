// Lists in fields, and the fields of responses.
#include "http/message.h"

#include <gtest/gtest.h>

namespace porchlight::http {
namespace {

TEST(Request, ListsWordsOfAllFields) {
  struct ListRow {
    std::vector<HeaderField> fields;
    bool expected;
  };
  const ListRow rows[] = {
      {{{"Connection", "Upgrade"}}, true},
      {{{"Connection", "upgrade"}}, true},
      {{{"CONNECTION", "UPGRADE"}}, true},
      {{{"Connection", "keep-alive, Upgrade"}}, true},
      {{{"Connection", "Upgrade,keep-alive"}}, true},
      {{{"Connection", "keep-alive"}, {"Connection", "Upgrade"}}, true},
      {{{"Connection", "Upgrade"}, {"Connection", "keep-alive"}}, true},
      {{{"Connection", "a, b"}, {"connection", "c,\tupgrade ,d"}}, true},
      {{{"Connection", ",, ,upgrade"}}, true},
      {{}, false},
      {{{"Connection", ""}}, false},
      {{{"Connection", "keep-alive"}}, false},
      {{{"Connection", "upgraded"}}, false},
      {{{"Connection", "up grade"}}, false},
      {{{"Connection", "keep-alive Upgrade"}}, false},
      {{{"Connection", "Upgrade;x"}}, false},
      {{{"Connections", "Upgrade"}}, false},
      {{{"Upgrade", "Upgrade"}}, false},
  };
  for (const ListRow& row : rows) {
    Request request;
    request.headers = row.fields;
    EXPECT_EQ(request.lists("Connection", "upgrade"), row.expected)
        << (row.fields.empty() ? "" : row.fields.back().value);
  }
}

TEST(Response, PrefixesOneValue) {
  Response response;
  response.prefix_value("b", "!");
  EXPECT_EQ(response.lines(), "");
  response.add_lines("a: b: 1\r\nbb: 2\r\nb: 3\r\nb: 4\r\n");
  response.prefix_value("B", "!");
  response.prefix_value("b", "!");
  EXPECT_EQ(response.lines(), "a: b: 1\r\nbb: 2\r\nb: !3\r\nb: 4\r\n");
}

}  // namespace
}  // namespace porchlight::http
