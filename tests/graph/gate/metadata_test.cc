// Tests of $metadata and the service document (spec protocol §9; spec presence §1).
#include <gtest/gtest.h>

#include <functional>
#include <map>
#include <set>
#include <vector>

#include "graph/gate/routes.h"
#include "support/graph/test_server.h"

namespace porchlight::graph {
namespace {

// An XML element of the document.
struct Element {
  std::string name;
  std::map<std::string, std::string> attributes;
  std::vector<Element> children;

  // The value of an attribute; "" if it is absent.
  std::string at(const std::string& attribute) const {
    const auto found = attributes.find(attribute);
    return found == attributes.end() ? "" : found->second;
  }
  // The children with this element name.
  std::vector<const Element*> all(const std::string& kind) const {
    std::vector<const Element*> found;
    for (const Element& child : children)
      if (child.name == kind) found.push_back(&child);
    return found;
  }
  // The child with this element name and this value of Name. Throws if there is no such child.
  const Element& one(const std::string& kind, const std::string& named) const {
    for (const Element* child : all(kind))
      if (child->at("Name") == named) return *child;
    throw std::runtime_error("no " + kind + " " + named);
  }
};

// Reads the subset of XML that $metadata uses: elements and attributes in double quotes, without text, comments and
// entities. Throws if the document is not well-formed.
class XmlReader {
 public:
  explicit XmlReader(std::string_view text) : text_(text) {}
  Element document() {
    expect("<?xml version=\"1.0\" encoding=\"utf-8\"?>");
    Element root = element();
    skip_spaces();
    if (at_ != text_.size()) throw std::runtime_error("text behind the root");
    return root;
  }

 private:
  Element element() {
    expect("<");
    Element element{name(), {}, {}};
    while (true) {
      skip_spaces();
      if (take("/>")) return element;
      if (take(">")) break;
      const std::string attribute = name();
      expect("=\"");
      const std::size_t end = text_.find('"', at_);
      const std::string value(text_.substr(at_, end - at_));
      if (value.find_first_of("<&") != std::string::npos) throw std::runtime_error("bad value " + value);
      if (!element.attributes.emplace(attribute, value).second)
        throw std::runtime_error("twice: " + attribute);
      at_ = end + 1;
    }
    while (skip_spaces(), !text_.substr(at_).starts_with("</")) element.children.push_back(this->element());
    expect("</" + element.name + ">");
    return element;
  }
  std::string name() {
    const std::size_t end = text_.find_first_of(" =/>", at_);
    const std::string found(text_.substr(at_, end - at_));
    at_ = end;
    if (found.empty()) throw std::runtime_error("no name at " + std::to_string(at_));
    return found;
  }
  void skip_spaces() { at_ = std::min(text_.find_first_not_of(" \n", at_), text_.size()); }
  bool take(std::string_view what) {
    if (!text_.substr(at_).starts_with(what)) return false;
    at_ += what.size();
    return true;
  }
  void expect(const std::string& what) {
    skip_spaces();
    if (!take(what)) throw std::runtime_error("no " + what + " at " + std::to_string(at_));
  }

  std::string_view text_;
  std::size_t at_ = 0;
};

// The Schema element of the server's $metadata.
Element schema(TestServer& server) {
  const Element root = XmlReader(server.get("/v1.0/$metadata", "").body).document();
  EXPECT_EQ(root.name, "edmx:Edmx");
  EXPECT_EQ(root.at("Version"), "4.0");
  return *root.all("edmx:DataServices").at(0)->all("Schema").at(0);
}

TEST(Metadata, IsXmlAndNeedsNoToken) {
  TestServer server;
  for (const std::string path : {"/v1.0/$metadata", "/beta/$metadata", "/v1.0/%24METADATA"}) {
    for (const std::string accept : {"application/xml", "application/json", "*/*"}) {
      const Answer answer = server.send("GET", path, "", {"Accept: " + accept});
      EXPECT_EQ(answer.status, 200) << path << accept;
      EXPECT_EQ(answer.header("content-type"), "application/xml");
      EXPECT_EQ(answer.header("odata-version"), "4.0");
    }
  }
  EXPECT_EQ(server.send("POST", "/v1.0/$metadata", "", {"Content-Length: 0"}).status, 405);
}

TEST(Metadata, ListsTypesAndEntitySets) {
  TestServer server;
  const Element all = schema(server);
  EXPECT_EQ(all.at("Namespace"), "microsoft.graph");
  EXPECT_EQ(all.at("Alias"), "graph");
  std::multiset<std::string> types;
  for (const Element& child : all.children)
    if (child.name.ends_with("Type")) types.insert(child.at("Name"));
  EXPECT_EQ(types, (std::multiset<std::string>{"bodyType",
                                               "cloudCommunications",
                                               "dateTimeTimeZone",
                                               "dayOfWeek",
                                               "entity",
                                               "group",
                                               "itemBody",
                                               "maxWorkLocationDetails",
                                               "outOfOfficeSettings",
                                               "patternedRecurrence",
                                               "presence",
                                               "presenceStatusMessage",
                                               "recurrencePattern",
                                               "recurrencePatternType",
                                               "recurrenceRange",
                                               "recurrenceRangeType",
                                               "subscription",
                                               "timeOffDetails",
                                               "user",
                                               "userSettings",
                                               "userWorkLocation",
                                               "weekIndex",
                                               "workHoursAndLocationsSetting",
                                               "workLocationSource",
                                               "workLocationType",
                                               "workLocationUpdateScope",
                                               "workPlanOccurrence",
                                               "workPlanRecurrence"}));
  const Element& container = all.one("EntityContainer", "GraphService");
  EXPECT_EQ(container.one("EntitySet", "users").at("EntityType"), "microsoft.graph.user");
  EXPECT_EQ(container.one("EntitySet", "groups").at("EntityType"), "microsoft.graph.group");
  EXPECT_EQ(container.one("Singleton", "me").at("Type"), "microsoft.graph.user");
  EXPECT_EQ(container.one("Singleton", "communications").at("Type"), "microsoft.graph.cloudCommunications");
}

// Each type that an attribute names is built in or defined in the document.
TEST(Metadata, EveryTypeIsDefined) {
  TestServer server;
  const Element all = schema(server);
  std::set<std::string> known = {"Edm.String", "Edm.Boolean", "Edm.Duration",
                                 "Edm.Int32",  "Edm.Date",    "Edm.DateTimeOffset"};
  for (const Element& child : all.children)
    if (child.name.ends_with("Type")) known.insert("microsoft.graph." + child.at("Name"));
  const std::function<void(const Element&)> check = [&](const Element& element) {
    for (const char* attribute : {"Type", "BaseType", "EntityType"}) {
      std::string type = element.at(attribute);
      if (type.starts_with("Collection(")) type = type.substr(11, type.size() - 12);
      EXPECT_TRUE(type.empty() || known.contains(type)) << type;
    }
    for (const Element& child : element.children) check(child);
  };
  check(all);
}

TEST(Metadata, PresenceHasThePropertiesOfAnswers) {
  TestServer server;
  const Element all = schema(server);
  const Answer answer = server.get("/v1.0/me/presence", server.user(kAna, {"Presence.Read"}));
  const Element& presence = all.one("EntityType", "presence");
  EXPECT_EQ(presence.at("BaseType"), "microsoft.graph.entity");
  EXPECT_EQ(all.one("EntityType", "entity").one("Property", "id").at("Nullable"), "false");
  ASSERT_EQ(presence.all("Property").size(), 6u);
  for (const Element* property : presence.all("Property")) {
    EXPECT_NE(answer.at("/" + property->at("Name")), "(absent)") << property->at("Name");
    EXPECT_EQ(property->at("Nullable"), "") << "all are nullable";
  }
  for (const char* required : {"source", "workLocationType"})
    EXPECT_EQ(all.one("ComplexType", "userWorkLocation").one("Property", required).at("Nullable"), "false");
  EXPECT_EQ(all.one("ComplexType", "dateTimeTimeZone").one("Property", "dateTime").at("Nullable"), "false");
}

// The actions and their parameters (spec protocol §9, last table); "!" marks a parameter that is not nullable.
TEST(Metadata, ActionsAreAsDocumented) {
  TestServer server;
  const Element all = schema(server);
  const std::map<std::string, std::vector<std::string>> expected = {
      {"setPresence",
       {"microsoft.graph.presence", "sessionId Edm.String", "availability Edm.String!",
        "activity Edm.String!", "expirationDuration Edm.Duration"}},
      {"clearPresence", {"microsoft.graph.presence", "sessionId Edm.String"}},
      {"setUserPreferredPresence",
       {"microsoft.graph.presence", "availability Edm.String!", "activity Edm.String!",
        "expirationDuration Edm.Duration"}},
      {"clearUserPreferredPresence", {"microsoft.graph.presence"}},
      {"setStatusMessage",
       {"microsoft.graph.presence", "statusMessage microsoft.graph.presenceStatusMessage"}},
      {"setManualLocation",
       {"microsoft.graph.presence", "workLocationType microsoft.graph.workLocationType!",
        "placeId Edm.String"}},
      {"setAutomaticLocation",
       {"microsoft.graph.presence", "workLocationType microsoft.graph.workLocationType!",
        "placeId Edm.String"}},
      {"clearAutomaticLocation", {"microsoft.graph.presence"}},
      {"clearLocation", {"microsoft.graph.presence"}},
      {"getPresencesByUserId", {"microsoft.graph.cloudCommunications", "ids Collection(Edm.String)!"}},
      {"reauthorize", {"microsoft.graph.subscription"}},
      {"setCurrentLocation",
       {"Collection(microsoft.graph.workPlanOccurrence)",
        "updateScope microsoft.graph.workLocationUpdateScope!",
        "workLocationType microsoft.graph.workLocationType!", "placeId Edm.String"}},
  };
  EXPECT_EQ(all.all("Action").size(), expected.size());
  for (const auto& [name, parameters] : expected) {
    const Element& action = all.one("Action", name);
    EXPECT_EQ(action.at("IsBound"), "true") << name;
    std::vector<std::string> found;
    for (const Element* parameter : action.all("Parameter")) {
      const std::string type = parameter->at("Type") + (parameter->at("Nullable") == "false" ? "!" : "");
      found.push_back(found.empty() ? type : parameter->at("Name") + " " + type);
    }
    EXPECT_EQ(found, parameters) << name;
  }
  EXPECT_EQ(all.one("Action", "getPresencesByUserId").all("ReturnType").at(0)->at("Type"),
            "Collection(microsoft.graph.presence)");
}

TEST(Metadata, DescribesEveryActionOfTheRouteTable) {
  TestServer server;
  const Element all = schema(server);
  std::set<std::string> routed, described;
  for (const Route& route : routes())
    for (const std::string_view segment : route.pattern)
      for (const std::string_view kind : {"action:", "function:", "arguments:"})
        if (segment.starts_with(kind)) routed.emplace(segment.substr(kind.size()));
  for (const char* kind : {"Action", "Function"})
    for (const Element* bound : all.all(kind)) described.insert(bound->at("Name"));
  EXPECT_EQ(routed, described);
}

TEST(ServiceDocument, ListsEntitySetsAndSingletons) {
  TestServer server;
  for (const std::string path : {"/v1.0/", "/v1.0"}) {
    const Answer answer = server.get(path, "");
    ASSERT_EQ(answer.status, 200) << path << answer.body;
    EXPECT_TRUE(answer.at("/@odata.context").ends_with("/v1.0/$metadata"));
    EXPECT_TRUE(answer.at("/@odata.context").starts_with("http://127.0.0.1:"));
  }
  const Answer answer = server.get("/beta/", server.reader());
  const Element container = schema(server).one("EntityContainer", "GraphService");
  std::set<std::string> listed, described;
  for (int i = 0; i < 4; ++i) {
    const std::string at = "/value/" + std::to_string(i);
    listed.insert(answer.at(at + "/kind") + " " + answer.at(at + "/name"));
    EXPECT_EQ(answer.at(at + "/url"), answer.at(at + "/name"));
  }
  EXPECT_EQ(answer.at("/value/4"), "(absent)");
  // What a GET does not resolve is described and not listed.
  server.enable_subscriptions();
  const std::string anyone =
      server.user(kAna, {"Presence.Read.All", "User.Read", "User.Read.All", "Group.Read.All"});
  for (const Element& child : container.children) {
    const Answer found = server.get("/beta/" + child.at("Name"), anyone);
    if (found.status == 200) described.insert(child.name + " " + child.at("Name"));
  }
  EXPECT_EQ(listed, described);
  const Answer bare = server.send("GET", "/v1.0/", "", {"Accept: application/json;odata.metadata=none"});
  EXPECT_TRUE(bare.body.starts_with(R"({"value":[)")) << bare.body;
}

}  // namespace
}  // namespace porchlight::graph
