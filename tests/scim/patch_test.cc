// A table of PATCH operations, and random ones compared with a simple model.
#include "scim/patch.h"

#include <gtest/gtest.h>

#include <map>
#include <random>
#include <set>

#include <fmt/format.h>

#include "scim/test_server.h"

namespace porchlight::scim {
namespace {

using testing::json;

constexpr const char* kBefore = R"({
  "userName": "ana@contoso.com", "displayName": "Ana", "active": true,
  "name": {"givenName": "Ana", "familyName": "Lindqvist"},
  "emails": [{"value": "a@contoso.com", "type": "work", "primary": true}, {"value": "a@example.org", "type": "home"}]
})";

std::string printed(const ValueMap& map) {
  std::string text;
  append_json(text, map);
  return text;
}

ScimResult<ValueMap> patched(std::string_view before, std::string_view operations,
                             const ResourceType& resource_type = kUserType) {
  ValueMap resource = *json(before).map();
  const auto read = read_patch(*json(fmt::format(R"({{"Operations":{}}})", operations)).map());
  if (!read) return std::unexpected(read.error());
  PatchWork work;
  if (auto done = apply(resource_type, resource, *read, work); !done) return std::unexpected(done.error());
  return resource;
}

struct PatchRow {
  const char* operation;
  const char* path;    // of the attribute to check
  const char* wanted;  // its JSON; empty: missing
};

class Patches : public ::testing::TestWithParam<PatchRow> {};

TEST_P(Patches, Change) {
  const auto after = patched(kBefore, fmt::format("[{}]", GetParam().operation));
  ASSERT_TRUE(after) << after.error().detail;
  const Value* const value = find(*after, GetParam().path);
  std::string text;
  if (value) append_json(text, *value);
  EXPECT_EQ(text, GetParam().wanted);
}

constexpr const char* kEnterprise = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";
constexpr const char* kEmails =
    R"([{"value":"a@contoso.com","type":"work","primary":true},{"value":"a@example.org","type":"home"}])";

constexpr PatchRow kPatchRows[] = {
    // Single values
    {R"({"op":"replace","path":"displayName","value":"B"})", "displayName", R"("B")"},
    {R"({"op":"REPLACE","path":"displayname","value":"B"})", "displayName", R"("B")"},
    {R"({"op":"add","path":"title","value":"Host"})", "title", R"("Host")"},
    {R"({"op":"add","path":"title","value":["Host"]})", "title", R"("Host")"},
    {R"({"op":"add","path":"title","value":[{"value":"Host"}]})", "title", R"("Host")"},
    {R"({"op":"replace","path":"displayName","value":null})", "displayName", ""},
    {R"({"op":"replace","path":"displayName","value":""})", "displayName", ""},
    {R"({"op":"remove","path":"displayName"})", "displayName", ""},
    {R"({"op":"remove","path":"title"})", "title", ""},
    {R"({"op":"remove","path":"urn:ietf:params:scim:schemas:core:2.0:User:displayName"})", "displayName", ""},
    {R"({"op":"replace","path":"active","value":"False"})", "active", "false"},
    {R"({"op":"replace","path":"active","value":"TRUE"})", "active", "true"},
    // Sub-attributes
    {R"({"op":"replace","path":"name.givenName","value":"Anna"})", "name",
     R"({"givenName":"Anna","familyName":"Lindqvist"})"},
    {R"({"op":"replace","path":"name","value":{"formatted":"A L"}})", "name",
     R"({"givenName":"Ana","familyName":"Lindqvist","formatted":"A L"})"},
    {R"({"op":"remove","path":"name.givenName"})", "name", R"({"familyName":"Lindqvist"})"},
    {R"({"op":"remove","path":"name"})", "name", ""},
    {R"({"op":"add","path":"name.honorificPrefix","value":"Dr"})", "name",
     R"({"givenName":"Ana","familyName":"Lindqvist"})"},
    // Lists
    {R"({"op":"add","path":"emails","value":[{"value":"b@x.com","type":"other"}]})", "emails",
     R"([{"value":"a@contoso.com","type":"work","primary":true},{"value":"a@example.org","type":"home"},)"
     R"({"value":"b@x.com","type":"other"}])"},
    {R"({"op":"add","path":"emails","value":{"value":"a@example.org","type":"home"}})", "emails", kEmails},
    {R"({"op":"add","path":"emails","value":[{"value":"b@x.com","primary":"True"}]})", "emails",
     R"([{"value":"a@contoso.com","type":"work","primary":false},{"value":"a@example.org","type":"home"},)"
     R"({"value":"b@x.com","primary":true}])"},
    {R"({"op":"replace","path":"emails","value":[{"value":"b@x.com"}]})", "emails",
     R"([{"value":"b@x.com"}])"},
    {R"({"op":"replace","path":"emails","value":[]})", "emails", ""},
    {R"({"op":"remove","path":"emails"})", "emails", ""},
    {R"({"op":"remove","path":"emails","value":[{"value":"a@contoso.com"}]})", "emails",
     R"([{"value":"a@example.org","type":"home"}])"},
    {R"({"op":"remove","path":"emails[type eq \"home\"]"})", "emails",
     R"([{"value":"a@contoso.com","type":"work","primary":true}])"},
    {R"({"op":"remove","path":"emails[type eq \"none\"]"})", "emails", kEmails},
    {R"({"op":"remove","path":"emails[type eq \"home\"].type"})", "emails",
     R"([{"value":"a@contoso.com","type":"work","primary":true},{"value":"a@example.org"}])"},
    {R"({"op":"replace","path":"emails[type eq \"home\"].value","value":"c@x.com"})", "emails",
     R"([{"value":"a@contoso.com","type":"work","primary":true},{"value":"c@x.com","type":"home"}])"},
    {R"({"op":"replace","path":"emails[type eq \"home\"].primary","value":true})", "emails",
     R"([{"value":"a@contoso.com","type":"work","primary":false},{"value":"a@example.org","type":"home","primary":true}])"},
    {R"({"op":"replace","path":"emails[type eq \"home\"]","value":{"value":"c@x.com","display":"C"}})",
     "emails",
     R"([{"value":"a@contoso.com","type":"work","primary":true},{"value":"c@x.com","type":"home","display":"C"}])"},
    {R"({"op":"add","path":"emails[type eq \"other\" and primary eq false].value","value":"o@x.com"})",
     "emails",
     R"([{"value":"a@contoso.com","type":"work","primary":true},{"value":"a@example.org","type":"home"},)"
     R"({"type":"other","primary":false,"value":"o@x.com"}])"},
    {R"({"op":"replace","path":"emails.display","value":"D"})", "emails",
     R"([{"value":"a@contoso.com","type":"work","primary":true,"display":"D"},)"
     R"({"value":"a@example.org","type":"home","display":"D"}])"},
    {R"({"op":"add","path":"phoneNumbers.value","value":"1"})", "phoneNumbers", R"([{"value":"1"}])"},
    // The extension
    {R"({"op":"add","path":"urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:department","value":"S"})",
     kEnterprise, R"({"department":"S"})"},
    {R"({"op":"add","path":"urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:manager","value":"m"})",
     kEnterprise, R"({"manager":{"value":"m"}})"},
    {R"({"op":"add","path":"urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:manager.value","value":"m"})",
     kEnterprise, R"({"manager":{"value":"m"}})"},
    {R"({"op":"add","path":"urn:ietf:params:scim:schemas:extension:enterprise:2.0:User","value":{"division":"D"}})",
     kEnterprise, R"({"division":"D"})"},
    {R"({"op":"remove","path":"urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:department"})",
     kEnterprise, ""},
    {R"({"op":"add","value":{"urn:ietf:params:scim:schemas:extension:enterprise:2.0:User":{"division":"D","x":1}}})",
     kEnterprise, R"({"division":"D"})"},
    {R"({"op":"add","value":{"urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:costCenter":"7"}})",
     kEnterprise, R"({"costCenter":"7"})"},
    // Without a path
    {R"({"op":"replace","value":{"displayName":"B","title":"T"}})", "title", R"("T")"},
    {R"({"op":"add","value":{"name.givenName":"Anna"}})", "name",
     R"({"givenName":"Anna","familyName":"Lindqvist"})"},
    {R"({"op":"replace","value":{"emails[type eq \"work\"].value":"n@x.com"}})", "emails",
     R"([{"value":"n@x.com","type":"work","primary":true},{"value":"a@example.org","type":"home"}])"},
    {R"({"op":"replace","value":{"id":"x","meta":{},"schemas":[],"groups":[],"displayName":"B"}})",
     "displayName", R"("B")"},
    // Attributes that are not in the schema
    {R"({"op":"add","path":"roles","value":[{"value":"r"}]})", "roles", ""},
    {R"({"op":"add","path":"roles[primary eq \"True\"].value","value":"r"})", "roles", ""},
    {R"({"op":"add","path":"password","value":"secret"})", "password", ""},
    {R"({"op":"add","path":"urn:elsewhere:2.0:User:shoe","value":44})", "urn:elsewhere:2.0:User", ""},
};
INSTANTIATE_TEST_SUITE_P(Table, Patches, ::testing::ValuesIn(kPatchRows));

struct BadPatch {
  const char* operations;
  const char* type;
};
class BadPatches : public ::testing::TestWithParam<BadPatch> {};

TEST_P(BadPatches, AreRefused) {
  const auto after = patched(kBefore, GetParam().operations);
  ASSERT_FALSE(after) << printed(*after);
  EXPECT_EQ(after.error().status, 400);
  EXPECT_EQ(after.error().type, GetParam().type);
}

constexpr BadPatch kBadPatches[] = {
    {"[]", "invalidSyntax"},
    {"{}", "invalidSyntax"},
    {"null", "invalidSyntax"},
    {"[1]", "invalidSyntax"},
    {R"([{}])", "invalidSyntax"},
    {R"([{"op":"move","path":"title","value":"x"}])", "invalidSyntax"},
    {R"([{"op":1,"path":"title","value":"x"}])", "invalidSyntax"},
    {R"([{"op":"remove"}])", "noTarget"},
    {R"([{"op":"add","path":"title"}])", "invalidValue"},
    {R"([{"op":"add","value":"x"}])", "invalidValue"},
    {R"([{"op":"add","path":5,"value":"x"}])", "invalidPath"},
    {R"([{"op":"add","path":"","value":"x"}])", "invalidPath"},
    {R"([{"op":"add","path":"title[","value":"x"}])", "invalidPath"},
    {R"([{"op":"add","path":"title.part","value":"x"}])", "invalidPath"},
    {R"([{"op":"add","path":"title[value eq \"x\"]","value":"x"}])", "invalidPath"},
    {R"([{"op":"add","path":"name[givenName eq \"x\"].familyName","value":"x"}])", "invalidPath"},
    {R"([{"op":"add","path":"emails.value.type","value":"x"}])", "invalidPath"},
    {R"([{"op":"add","path":"emails.value[type eq \"x\"]","value":"x"}])", "invalidPath"},
    {R"([{"op":"add","path":"id","value":"x"}])", "mutability"},
    {R"([{"op":"replace","path":"meta.created","value":"x"}])", "mutability"},
    {R"([{"op":"add","path":"title","value":5}])", "invalidValue"},
    {R"([{"op":"add","path":"title","value":["a","b"]}])", "invalidValue"},
    {R"([{"op":"add","path":"active","value":"perhaps"}])", "invalidValue"},
    {R"([{"op":"add","path":"name","value":"Ana"}])", "invalidValue"},
    {R"([{"op":"add","path":"emails","value":[5]}])", "invalidValue"},
    {R"([{"op":"add","path":"emails[type eq \"work\"]","value":[{"value":"a"},{"value":"b"}]}])",
     "invalidValue"},
    {R"([{"op":"replace","path":"emails[type co \"none\"].value","value":"x"}])", "noTarget"},
    {R"([{"op":"replace","path":"emails[type eq \"none\" or type eq \"x\"].value","value":"x"}])",
     "noTarget"},
    {R"([{"op":"add","path":"urn:ietf:params:scim:schemas:extension:enterprise:2.0:User","value":"x"}])",
     "invalidValue"},
};
INSTANTIATE_TEST_SUITE_P(Table, BadPatches, ::testing::ValuesIn(kBadPatches));

TEST(PatchLimits, Operations) {
  std::string list = R"({"op":"add","path":"title","value":"x"})";
  for (std::size_t i = 1; i < kOperationsMax; ++i) list += R"(,{"op":"add","path":"title","value":"x"})";
  EXPECT_TRUE(patched(kBefore, fmt::format("[{}]", list)));
  list += R"(,{"op":"add","path":"title","value":"x"})";
  EXPECT_FALSE(patched(kBefore, fmt::format("[{}]", list)));
}

TEST(PatchLimits, Texts) {
  const auto title = [](std::size_t bytes) {
    return patched(kBefore,
                   fmt::format(R"([{{"op":"add","path":"title","value":"{}"}}])", std::string(bytes, 'x')));
  };
  EXPECT_TRUE(title(kTextBytesMax));
  EXPECT_FALSE(title(kTextBytesMax + 1));
}

// --- random patches compared with a model: strings by name, and a set of members

struct Model {
  std::map<std::string, std::string> texts;
  std::set<std::string> members;
};

class RandomPatch {
 public:
  explicit RandomPatch(unsigned seed) : random_(seed) {}

  // A random operation as JSON, applied to the model.
  std::string next(Model& model) {
    switch (pick(7)) {
      case 0:
        return set_text(model);
      case 1:
        return remove_text(model);
      case 2:
        return set_map(model);
      case 3:
        return add_members(model);
      case 4:
        return remove_members(model);
      case 5:
        return remove_by_filter(model);
      default:
        return replace_members(model);
    }
  }

 private:
  std::size_t pick(std::size_t below) { return random_() % below; }
  std::string cased(std::string text) {
    for (char& c : text)
      if (pick(2)) c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
    return text;
  }
  std::string op() { return cased(pick(2) ? "add" : "replace"); }
  std::string name() { return std::array{"displayName", "externalId"}[pick(2)]; }
  std::string text() { return fmt::format("t{}", pick(5)); }
  std::string member() { return fmt::format("m{}", pick(8)); }

  std::string set_text(Model& model) {
    const std::string attribute = name(), value = text();
    model.texts[attribute] = value;
    return fmt::format(R"({{"op":"{}","path":"{}","value":"{}"}})", op(), cased(attribute), value);
  }
  std::string remove_text(Model& model) {
    const std::string attribute = name();
    model.texts.erase(attribute);
    return fmt::format(R"({{"op":"{}","path":"{}"}})", cased("remove"), attribute);
  }
  std::string set_map(Model& model) {
    const std::string a = text(), b = text();
    model.texts["displayName"] = a;
    model.texts["externalId"] = b;
    return fmt::format(R"({{"op":"{}","value":{{"displayName":"{}","externalId":"{}","id":"no"}}}})", op(), a,
                       b);
  }
  std::string list(std::set<std::string>& named) {
    for (std::size_t i = pick(4); i > 0; --i) named.insert(member());
    std::string text;
    for (const auto& each : named)
      text += fmt::format(R"({}{{"value":"{}","display":"x"}})", text.empty() ? "" : ",", each);
    return text;
  }
  std::string add_members(Model& model) {
    std::set<std::string> named;
    const std::string text = list(named);
    model.members.insert(named.begin(), named.end());
    return fmt::format(R"({{"op":"{}","path":"members","value":[{}]}})", cased("add"), text);
  }
  std::string replace_members(Model& model) {
    model.members.clear();
    const std::string text = list(model.members);
    return fmt::format(R"({{"op":"{}","path":"members","value":[{}]}})", cased("replace"), text);
  }
  std::string remove_members(Model& model) {
    std::set<std::string> named;
    const std::string text = list(named);
    for (const auto& each : named) model.members.erase(each);
    return fmt::format(R"({{"op":"remove","path":"members","value":[{}]}})", text);
  }
  std::string remove_by_filter(Model& model) {
    const std::string a = member(), b = member();
    model.members.erase(a);
    model.members.erase(b);
    return fmt::format(R"({{"op":"remove","path":"members[value eq \"{}\" or value eq \"{}\"]"}})", a, b);
  }

  std::mt19937 random_;
};

TEST(PatchProperty, AgreesWithTheModel) {
  for (unsigned seed = 0; seed < 300; ++seed) {
    RandomPatch random(seed);
    Model model;
    ValueMap resource;
    std::string story;
    for (int step = 0; step < 30; ++step) {
      const std::string operation = random.next(model);
      story += fmt::format("{}\n", operation);
      const auto read = read_patch(*json(fmt::format(R"({{"Operations":[{}]}})", operation)).map());
      ASSERT_TRUE(read) << story;
      PatchWork work;
      ASSERT_TRUE(apply(kGroupType, resource, *read, work)) << story;
      std::set<std::string> members;
      const Value* const list = find(resource, "members");
      for (const Value& each : list ? *list->list() : ValueList{}) {
        EXPECT_TRUE(members.emplace(text_of(*each.map(), "value")).second) << story;
        EXPECT_EQ(each.map()->size(), 1U) << story;
      }
      ASSERT_EQ(members, model.members) << story;
      std::map<std::string, std::string> texts;
      for (const NamedValue& each : resource)
        if (each.value.text()) texts[each.name] = *each.value.text();
      ASSERT_EQ(texts, model.texts) << story;
    }
  }
}

// A request's operations have the effect of one request for each.
TEST(PatchProperty, OperationsOfOneRequestAreAppliedInOrder) {
  for (unsigned seed = 0; seed < 300; ++seed) {
    RandomPatch random(seed);
    Model model;
    ValueMap one_by_one;
    std::string all;
    for (int step = 0; step < 30; ++step) {
      const std::string operation = random.next(model);
      all += fmt::format("{}{}", all.empty() ? "" : ",", operation);
      const auto read = read_patch(*json(fmt::format(R"({{"Operations":[{}]}})", operation)).map());
      PatchWork work;
      ASSERT_TRUE(apply(kGroupType, one_by_one, *read, work)) << operation;
    }
    const auto at_once = patched("{}", fmt::format("[{}]", all), kGroupType);
    ASSERT_TRUE(at_once) << all;
    ASSERT_EQ(*at_once, one_by_one) << all;
  }
}

std::string member_list(int from, int count) {
  std::string list;
  for (int i = from; i < from + count; ++i)
    list += fmt::format(R"({}{{"value":"{}"}})", i > from ? "," : "", i);
  return fmt::format("[{}]", list);
}

// The work of one operation for each of `count` members, on a group of as many.
std::size_t work_of_single_changes(std::string_view op, int count) {
  ValueMap group;
  put(group, "members", json(member_list(0, count)));
  std::string operations;
  for (int i = 0; i < count; ++i)
    operations += fmt::format(R"({}{{"op":"{}","path":"members","value":{}}})", i > 0 ? "," : "", op,
                              member_list(op == "add" ? count + i : i, 1));
  const auto read = read_patch(*json(fmt::format(R"({{"Operations":[{}]}})", operations)).map());
  PatchWork work;
  EXPECT_TRUE(apply(kGroupType, group, *read, work));
  return work.sum();
}

TEST(PatchWork, GrowsAsTheInput) {
  for (const char* op : {"add", "remove"}) {
    const std::size_t once = work_of_single_changes(op, 500);
    EXPECT_GT(once, 500 * PatchWork::kPerElement) << op;
    EXPECT_LE(static_cast<double>(work_of_single_changes(op, 1000)), 2.2 * static_cast<double>(once)) << op;
  }
}

TEST(PatchWork, IsLimited) {
  PatchWork work;
  EXPECT_TRUE(work.add(PatchWork::kMax));
  EXPECT_FALSE(work.add(1));
}

TEST(PatchWork, OfManyOperationsThatEachReadAListIsRefused) {
  const std::string group = fmt::format(R"({{"members":{}}})", member_list(0, 10'000));
  const auto remove_each = [](int operations) {
    std::string list;
    for (int i = 0; i < operations; ++i)
      list += fmt::format(R"({}{{"op":"remove","path":"members[value eq \"{}\"]"}})", i > 0 ? "," : "", i);
    return fmt::format("[{}]", list);
  };
  EXPECT_TRUE(patched(group, remove_each(100), kGroupType));
  const auto refused = patched(group, remove_each(1000), kGroupType);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error(),
            invalid_value("The operations are too much work. Send them in several requests.").error());
}

TEST(PatchWork, OfATextThatIsSetInManyElementsIsRefused) {
  std::string emails;
  for (int i = 0; i < 10'000; ++i) emails += fmt::format(R"({}{{"value":"{}"}})", i > 0 ? "," : "", i);
  const std::string before = fmt::format(R"({{"userName":"ana","emails":[{}]}})", emails);
  const auto set = [&](std::size_t bytes) {
    return patched(before, fmt::format(R"([{{"op":"replace","path":"emails.display","value":"{}"}}])",
                                       std::string(bytes, 'x')));
  };
  EXPECT_TRUE(set(100));
  EXPECT_FALSE(set(kTextBytesMax));
}

}  // namespace
}  // namespace porchlight::scim
