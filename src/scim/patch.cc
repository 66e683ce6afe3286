// Reads the operations of a PATCH and applies them to a resource.
#include "scim/patch.h"

#include <absl/container/flat_hash_set.h>

#include <algorithm>
#include <functional>
#include <span>

#include "base/text.h"

namespace porchlight::scim {
namespace {

using Op = Operation::Op;

// Sets of values by content. They make adding and removing ten thousand members linear.
struct SameContent {
  bool operator()(const Value* a, const Value* b) const { return *a == *b; }
};
struct ContentHash {
  std::size_t operator()(const Value* value) const { return absl::HashOf(*value); }
};
using Contents = absl::flat_hash_set<const Value*, ContentHash, SameContent>;

// The identity of an element of a list: its sub-attribute `value`, or else the whole element.
const Value& id_of(const Value& element) {
  const Value* const value = element.map() ? find(*element.map(), "value") : nullptr;
  return value ? *value : element;
}

bool is_primary(const Value& element) {
  const Value* const primary = element.map() ? find(*element.map(), "primary") : nullptr;
  return primary && primary->flag() && *primary->flag();
}

// At most one element is primary (RFC 7643 §2.4): if a changed one is, the flag of all others is cleared.
void keep_one_primary(ValueList& elements, const std::function<bool(const Value&)>& changed) {
  if (std::ranges::none_of(elements, [&](const Value& e) { return is_primary(e) && changed(e); })) return;
  for (Value& element : elements)
    if (is_primary(element) && !changed(element)) put(*element.map(), "primary", {false});
}

// Appends the elements that are not in the list yet, each once.
void append_new(ValueList& elements, const ValueList& added) {
  Contents fresh;
  for (const Value& element : added) fresh.insert(&element);
  for (const Value& element : elements) fresh.erase(&element);
  for (const Value& element : added)
    if (const auto at = fresh.find(&element); at != fresh.end() && *at == &element)
      elements.push_back(element);
  keep_one_primary(elements, [&](const Value& element) { return fresh.contains(&element); });
}

void remove_named(ValueList& elements, const ValueList& named) {
  Contents ids;
  for (const Value& element : named) ids.insert(&id_of(element));
  std::erase_if(elements, [&](const Value& element) { return ids.contains(&id_of(element)); });
}

// The number of comparisons of a filter.
std::size_t terms_of(const Filter& filter) {
  std::size_t terms = 1;
  for (const Filter& inner : filter.inner) terms += terms_of(inner);
  return terms;
}

// The bytes of the texts in a value.
std::size_t bytes_of(const Value& value) {
  if (const std::string* const text = value.text()) return text->size();
  std::size_t bytes = 0;
  if (value.list())
    for (const Value& element : *value.list()) bytes += bytes_of(element);
  if (value.map())
    for (const NamedValue& member : *value.map()) bytes += bytes_of(member.value);
  return bytes;
}

// Sets the sub-attributes that make a new element match a filter of `eq` terms joined by `and`. Returns false if the
// filter has another form, for which no matching element can be derived.
bool made_by(const Filter& filter, const Attribute& attribute, ValueMap& element) {
  if (filter.kind == Filter::NodeType::kAnd)
    return std::ranges::all_of(filter.inner,
                               [&](const Filter& inner) { return made_by(inner, attribute, element); });
  if (filter.kind != Filter::NodeType::kCompare || filter.compare != Compare::kEq || filter.steps.size() != 1)
    return false;
  const Attribute* const part = find(attribute.parts, filter.steps.front());
  if (!part) return false;
  const auto value = fit(*part, filter.literal);
  if (!value || value->empty()) return false;
  put(element, part->name, *value);
  return true;
}

// Applies one operation to one attribute of a resource or of its extension. Single values are replaced or, if complex,
// merged; lists are changed as a whole (run_all) or element by element (run_some).
class AttributeEditor {
 public:
  AttributeEditor(const Attribute& attribute, ValueMap& holder, Op op, const Value& value, PatchWork& work)
      : attribute_(attribute), holder_(holder), op_(op), value_(value), work_(work) {}

  ScimResult<void> run(const std::optional<Filter>& where, std::string_view part) {
    if ((where || !part.empty()) && attribute_.kind != AttributeKind::kComplex)
      return invalid_path("The path goes into an attribute that has no parts.");
    const Attribute* const inner = part.empty() ? nullptr : find(attribute_.parts, part);
    if (!part.empty() && !inner) return {};  // not in the schema: ignored
    if (attribute_.many) return run_many(where, inner);
    if (where) return invalid_path("The path filters what is no list.");
    return inner ? run_part(*inner) : run_one();
  }

 private:
  ScimResult<void> run_one() {
    if (op_ == Op::kRemove) {
      unset(holder_, attribute_.name);
      return {};
    }
    auto value = fit(attribute_, value_);
    if (!value) return std::unexpected(value.error());
    Value* const existing = find(holder_, attribute_.name);
    if (value->empty()) {
      unset(holder_, attribute_.name);
    } else if (existing && existing->map()) {
      for (NamedValue& member : *value->map()) put(*existing->map(), member.name, std::move(member.value));
    } else {
      put(holder_, attribute_.name, *std::move(value));
    }
    return {};
  }

  ScimResult<void> run_part(const Attribute& inner) {
    Value* existing = find(holder_, attribute_.name);
    if (!existing) existing = &put(holder_, attribute_.name, {ValueMap{}});
    auto done = set_part(inner, *existing->map());
    if (existing->map()->empty()) unset(holder_, attribute_.name);
    return done;
  }

  ScimResult<void> set_part(const Attribute& inner, ValueMap& element) {
    auto value = op_ == Op::kRemove ? Value{} : fit(inner, value_);
    if (!value) return std::unexpected(value.error());
    if (value->empty()) {
      unset(element, inner.name);
    } else {
      put(element, inner.name, *std::move(value));
    }
    return {};
  }

  ScimResult<void> run_many(const std::optional<Filter>& where, const Attribute* inner) {
    Value* existing = find(holder_, attribute_.name);
    if (!existing) existing = &put(holder_, attribute_.name, {ValueList{}});
    ValueList& elements = *existing->list();
    const std::size_t tests = where ? terms_of(*where) : 1;
    if (auto counted = work_.add(PatchWork::kPerElement * tests * elements.size()); !counted) return counted;
    auto done = where || inner ? run_some(elements, where, inner) : run_all(elements);
    std::erase_if(elements, [](const Value& element) { return element.map()->empty(); });
    if (elements.empty()) unset(holder_, attribute_.name);
    return done;
  }

  // The list as a whole: replace sets it, add appends what is missing, remove deletes the named elements or all.
  ScimResult<void> run_all(ValueList& elements) {
    if (op_ == Op::kRemove && value_.empty()) {
      elements.clear();
      return {};
    }
    const auto value = fit(attribute_, value_);
    if (!value) return std::unexpected(value.error());
    const ValueList given = value->empty() ? ValueList{} : *value->list();
    if (auto counted = work_.add(PatchWork::kPerElement * given.size()); !counted) return counted;
    if (op_ == Op::kRemove) {
      remove_named(elements, given);
      return {};
    }
    if (op_ == Op::kReplace) elements.clear();
    append_new(elements, given);
    return {};
  }

  // Changes the elements that match. If none does, add and replace create one: identity providers set
  // `emails[type eq "work"].value` on users without a work address.
  ScimResult<void> run_some(ValueList& elements, const std::optional<Filter>& where, const Attribute* inner) {
    const auto meant = [&](const Value& element) { return !where || matches(*where, *element.map()); };
    if (op_ == Op::kRemove && !inner) {
      std::erase_if(elements, meant);
      return {};
    }
    std::vector<Value*> chosen;
    for (Value& element : elements)
      if (meant(element)) chosen.push_back(&element);
    if (chosen.empty() && op_ != Op::kRemove) {
      ValueMap made;
      if (where && !made_by(*where, attribute_, made)) return no_target("Nothing matches the path.");
      chosen.push_back(&elements.emplace_back(std::move(made)));
    }
    const std::size_t copied = bytes_of(value_);
    for (Value* const element : chosen) {
      if (auto counted = work_.add(copied); !counted) return counted;
      if (auto done = inner ? set_part(*inner, *element->map()) : merge(*element->map()); !done) return done;
    }
    keep_one_primary(elements, [&](const Value& element) {
      return std::ranges::binary_search(chosen, &element);  // in the order of the list
    });
    return {};
  }

  // Sets the sub-attributes that the value has; others stay.
  ScimResult<void> merge(ValueMap& element) {
    auto value = fit(attribute_, value_);
    if (!value) return std::unexpected(value.error());
    const ValueList given = value->empty() ? ValueList{} : *value->list();
    if (given.size() > 1) return invalid_value("One element cannot become several.");
    for (const Value& one : given)
      for (const NamedValue& member : *one.map()) put(element, member.name, member.value);
    return {};
  }

  const Attribute& attribute_;
  ValueMap& holder_;
  const Op op_;
  const Value& value_;
  PatchWork& work_;
};

ScimResult<void> apply_members(const ResourceType& resource_type, ValueMap& resource, Op op,
                               const ValueMap& members, std::string_view prefix, PatchWork& work);

// `outright`: the path is the operation's path and not the name of a member of its value. Only then a read-only
// attribute is an error: whole resources that are sent back contain id and meta.
ScimResult<void> apply_at(const ResourceType& resource_type, ValueMap& resource, Op op, const PatchPath& path,
                          const Value& value, bool outright, PatchWork& work) {
  std::span<const std::string> steps = path.steps;
  const bool extended =
      resource_type.extension && equals_ignore_case(steps.front(), resource_type.extension->urn);
  if (extended && steps.size() == 1) {
    if (op == Op::kRemove) {
      unset(resource, resource_type.extension->urn);
      return {};
    }
    if (!value.map()) return invalid_value("The extension must be an object.");
    return apply_members(resource_type, resource, op, *value.map(), resource_type.extension->urn, work);
  }
  if (extended) steps = steps.subspan(1);
  const Attribute* const attribute =
      find(extended ? resource_type.extension->attributes : resource_type.schema.attributes, steps.front());
  if (!attribute) {
    if (outright && !extended && is_read_only(steps.front()))
      return mutability("The attribute is read-only.");
    return {};
  }
  if (steps.size() > 2 || (steps.size() == 2 && (path.where || !path.part.empty())))
    return invalid_path("The path has too many parts.");
  ValueMap* holder = &resource;
  if (extended) {
    Value* const existing = find(resource, resource_type.extension->urn);
    holder = existing ? existing->map() : put(resource, resource_type.extension->urn, {ValueMap{}}).map();
  }
  auto done = AttributeEditor(*attribute, *holder, op, value, work)
                  .run(path.where, steps.size() == 2 ? steps[1] : path.part);
  if (extended && holder->empty()) unset(resource, resource_type.extension->urn);
  return done;
}

// A value without a path: the name of each member is a path.
ScimResult<void> apply_members(const ResourceType& resource_type, ValueMap& resource, Op op,
                               const ValueMap& members, std::string_view prefix, PatchWork& work) {
  for (const NamedValue& member : members) {
    auto path = parse_path(member.name);
    if (!path) return std::unexpected(path.error());
    if (!prefix.empty()) path->steps.emplace(path->steps.begin(), prefix);
    if (auto done = apply_at(resource_type, resource, op, *path, member.value, false, work); !done)
      return done;
  }
  return {};
}

// Whether two operations in succession add to, or remove from, the same list as a whole, so that they are one operation
// with the elements of both. Identity providers send one for each member of a group. Lists whose elements can be
// primary are left out: of two additions, the second decides.
bool is_continued_by(const ResourceType& resource_type, const Operation& first, const Operation& second) {
  if (first.op != second.op || first.op == Op::kReplace || !first.path || !second.path) return false;
  for (const Operation* operation : {&first, &second})
    if (operation->path->where || !operation->path->part.empty() || operation->value.empty()) return false;
  if (first.path->steps != second.path->steps || first.path->steps.size() != 1) return false;
  const Attribute* const attribute = find(resource_type.schema.attributes, first.path->steps.front());
  return attribute && attribute->many && !find(attribute->parts, "primary");
}

// Appends the elements of another value; a value that is no list is one element.
void join(Value& value, const Value& other) {
  if (!value.list()) value = {ValueList{std::move(value)}};
  if (other.list())
    value.list()->insert(value.list()->end(), other.list()->begin(), other.list()->end());
  else
    value.list()->push_back(other);
}

// `op` in any letter case: Entra ID sends "Replace". A remove needs a path; add and replace need a value.
ScimResult<Operation> read_operation(const Value& value) {
  if (!value.map()) return invalid_syntax("An operation must be an object.");
  const ValueMap& members = *value.map();
  constexpr std::pair<std::string_view, Op> kOps[] = {
      {"add", Op::kAdd}, {"replace", Op::kReplace}, {"remove", Op::kRemove}};
  const std::string_view name = text_of(members, "op");
  const auto op =
      std::ranges::find_if(kOps, [name](const auto& o) { return equals_ignore_case(o.first, name); });
  if (op == std::end(kOps)) return invalid_syntax("An operation's op must be add, replace or remove.");
  Operation operation{op->second, std::nullopt, {}};
  if (const Value* const path = find(members, "path"); path && !path->empty()) {
    if (!path->text()) return invalid_path("A path must be a text.");
    auto parsed = parse_path(*path->text());
    if (!parsed) return std::unexpected(parsed.error());
    operation.path = *std::move(parsed);
  }
  const Value* const given = find(members, "value");
  if (given) operation.value = *given;
  if (operation.op == Op::kRemove && !operation.path) return no_target("What to remove is not said.");
  if (operation.op != Op::kRemove && !given) return invalid_value("An operation has no value.");
  if (!operation.path && !operation.value.map())
    return invalid_value("A value without a path must be an object.");
  return operation;
}

}  // namespace

ScimResult<std::vector<Operation>> read_patch(const ValueMap& body) {
  const Value* const listed = find(body, "Operations");
  if (!listed || !listed->list() || listed->list()->empty())
    return invalid_syntax("Operations must be a list of at least one.");
  if (listed->list()->size() > kOperationsMax) return invalid_value("There are too many operations.");
  std::vector<Operation> operations;
  for (const Value& each : *listed->list()) {
    auto operation = read_operation(each);
    if (!operation) return std::unexpected(operation.error());
    operations.push_back(*std::move(operation));
  }
  return operations;
}

ScimResult<void> PatchWork::add(std::size_t work) {
  sum_ += work;
  if (sum_ > kMax) return invalid_value("The operations are too much work. Send them in several requests.");
  return {};
}

ScimResult<void> apply(const ResourceType& resource_type, ValueMap& resource,
                       std::span<const Operation> operations, PatchWork& work) {
  for (std::size_t i = 0; i < operations.size();) {
    Operation operation = operations[i];
    for (++i; i < operations.size() && is_continued_by(resource_type, operation, operations[i]); ++i)
      join(operation.value, operations[i].value);
    auto done =
        operation.path
            ? apply_at(resource_type, resource, operation.op, *operation.path, operation.value, true, work)
            : apply_members(resource_type, resource, operation.op, *operation.value.map(), {}, work);
    if (!done) return done;
  }
  return {};
}

}  // namespace porchlight::scim
