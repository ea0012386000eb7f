//===- Check.cpp - The YAML tree against the language ---------------------===//
#include "compiler/frontend/Check.h"
#include "compiler/frontend/Blocks.h"
#include "compiler/frontend/Suggest.h"
#include "compiler/frontend/Yaml.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/ErrorHandling.h"

using namespace lathe::frontend;
using llvm::ArrayRef;
using llvm::failed;
using llvm::failure;
using llvm::LogicalResult;
using llvm::StringRef;
using llvm::success;
using llvm::Twine;

const Setting *Setting::find(StringRef name) const {
  for (const Setting &member : members)
    if (member.argument && member.argument->name == name)
      return &member;
  return nullptr;
}

const Setting &Setting::operator[](StringRef name) const {
  const Setting *member = find(name);
  assert(member && "the table has no such argument");
  return *member;
}

namespace {

/// Sections, entries and defaults. Stops at the first mistake.
class Checker {
public:
  Checker(const Source &source, const Node &model)
      : source(source), model(model), blocks(source) {}

  /// The `noun`s of `owner` that stand in `map`: each is known, and those that
  /// are required are there. `to.place` is the owner's place.
  LogicalResult checkMembers(const Node &map,
                             ArrayRef<ArrayRef<Argument>> tables,
                             StringRef noun, StringRef owner, Setting &to) {
    llvm::SmallVector<StringRef> names;
    for (ArrayRef<Argument> table : tables)
      llvm::append_range(names, namesOf(table));
    for (const Node &item : map.items)
      if (!llvm::is_contained(names, item.key))
        return source.error(item.keyPlace,
                            "unknown " + noun + " '" +
                                StringRef(item.key).take_front(40) + "' of " +
                                owner + suggest(item.key, names));
    for (ArrayRef<Argument> table : tables) {
      for (const Argument &argument : table) {
        Setting &member = to.members.emplace_back();
        member.argument = &argument;
        member.place = to.place;
        auto written = llvm::find_if(map.items, [&](const Node &item) {
          return item.key == argument.name;
        });
        if (written != map.items.end())
          member.place = written->place;
        member.written =
            written != map.items.end() && written->kind != Node::Null;
        if (member.written) {
          if (failed(check(*written, member)))
            return failure();
        } else if (argument.fallback == required) {
          return source.error(member.place, owner + " needs the " + noun +
                                                " '" + argument.name + "'");
        } else if (failed(checkFallback(member))) {
          return failure();
        }
      }
    }
    return success();
  }

private:
  LogicalResult check(const Node &node, Setting &to) {
    switch (to.argument->kind) {
    case Kind::Section:
      return checkSection(node, to);
    case Kind::Entries:
      return checkEntries(node, to);
    case Kind::Entry:
      return checkEntry(node, *to.argument->family, to);
    case Kind::Rate:
      return checkRate(node, to);
    case Kind::Blocks:
      return blocks.define(node, model);
    default:
      return checkValue(source, node, to);
    }
  }

  /// A default value is read like a written one; only its place is its owner's.
  LogicalResult checkFallback(Setting &to) {
    Node node;
    node.place = to.place;
    if (to.argument->kind == Kind::Section) {
      node.kind = Node::Map;
      return check(node, to);
    }
    if (to.argument->fallback == none)
      return success();
    node.kind = Node::Scalar;
    node.text = to.argument->fallback.str();
    return check(node, to);
  }

  LogicalResult checkSection(const Node &node, Setting &to) {
    const Argument &section = *to.argument;
    if (node.kind != Node::Map)
      return wrongType(source, node, section.name,
                       "a mapping of its arguments");
    if (to.written)
      to.place = node.keyPlace;
    return checkMembers(node, section.members, "argument", section.name, to);
  }

  LogicalResult checkEntries(const Node &node, Setting &to) {
    const Argument &argument = *to.argument;
    const Family &family = *argument.family;
    if (node.kind != Node::List)
      return wrongType(source, node, argument.name,
                       "a list, each item after a '-'");
    if (node.items.empty() && argument.fallback == required)
      return source.error(node.place, argument.name + " is empty");
    if (&family == &layers())
      return checkLayers(node, nullptr, to.members);
    to.members.reserve(node.items.size());
    for (const Node &item : node.items) {
      Setting &entry = to.members.emplace_back();
      entry.written = true;
      if (failed(checkEntry(item, family, entry)))
        return failure();
      if (family.once && llvm::count_if(to.members, [&](const Setting &member) {
                           return member.row == entry.row;
                         }) > 1)
        return source.error(entry.place, entry.row->name + " is given twice");
    }
    return success();
  }

  /// "Flatten", or "Dense: {units: 10}". The place is the name's.
  LogicalResult checkEntry(const Node &node, const Family &family,
                           Setting &to) {
    bool mapping = node.kind == Node::Map && !node.items.empty();
    if (node.kind != Node::Scalar && !mapping)
      return wrongType(source, node, "a " + family.noun.str(),
                       "its name, or its name and its arguments, like " +
                           family.rows.front().example);
    StringRef name = mapping ? node.items[0].key : node.text;
    to.place = mapping ? node.items[0].keyPlace : node.place;
    to.row = findRow(family, name);
    if (!to.row)
      return unknownRow(family, name, to.place);
    if (failed(checkForm(node, family, to.row->name, to.row->example)))
      return failure();
    const Node bare;
    return checkArguments(mapping ? node.items[0] : bare, family, to);
  }

  /// A name alone or with a mapping of its arguments.
  LogicalResult checkForm(const Node &node, const Family &family,
                          StringRef name, StringRef example) {
    if (node.kind != Node::Map)
      return success();
    const Node &arguments = node.items[0];
    if (node.items.size() > 1)
      return source.error(
          node.items[1].keyPlace,
          arguments.kind == Node::Null
              ? "indent the arguments of " + name + " further than its name"
              : "one " + family.noun + " per item; start the next with a '-'");
    if (arguments.kind != Node::Map && arguments.kind != Node::Null)
      return source.error(arguments.place, name +
                                               " takes its arguments by name, "
                                               "like " +
                                               example);
    return success();
  }

  /// A number, or an entry.
  LogicalResult checkRate(const Node &node, Setting &to) {
    const Family &family = *to.argument->family;
    bool isEntry = node.kind == Node::Map ||
                   (node.kind == Node::Scalar && findRow(family, node.text));
    if (isEntry)
      return checkEntry(node, family, to);
    return checkValue(source, node, to);
  }

  LogicalResult checkArguments(const Node &map, const Family &family,
                               Setting &to) {
    return checkMembers(map, {to.row->arguments, family.common}, "argument",
                        to.row->name, to);
  }

  //===- Layers and blocks ------------------------------------------------===//

  LogicalResult checkLayers(const Node &list, const Scope *scope,
                            std::vector<Setting> &to) {
    to.reserve(list.items.size());
    for (const Node &item : list.items) {
      Setting &layer = to.emplace_back();
      layer.written = true;
      Place place(item.place.at, scope ? scope->use : nullptr);
      if (failed(blocks.countLayer(place)))
        return failure();
      const Block *block = blocks.find(item);
      if (failed(block ? checkUse(item, *block, scope, layer)
                       : checkLayer(item, scope, layer)))
        return failure();
    }
    return success();
  }

  LogicalResult checkLayer(const Node &item, const Scope *scope, Setting &to) {
    Node expanded;
    if (failed(blocks.expandLayer(item, scope, expanded, to.skipped)))
      return failure();
    if (!to.skipped)
      return checkEntry(expanded, layers(), to);
    const Node &arguments = expanded.items[0];
    to.place = arguments.keyPlace;
    to.row = findRow(layers(), arguments.key);
    return to.row ? checkMembers(arguments, {layers().common}, "argument",
                                 to.row->name, to)
                  : unknownRow(layers(), arguments.key, to.place);
  }

  LogicalResult checkUse(const Node &item, const Block &block,
                         const Scope *scope, Setting &to) {
    Node own;
    const Node bare;
    const Node &arguments = item.kind == Node::Map ? item.items[0] : bare;
    to.text = block.name;
    to.place = item.kind == Node::Map ? arguments.keyPlace : item.place;
    to.place.use = scope ? scope->use : nullptr;
    if (failed(checkForm(item, layers(), block.name,
                         (block.name + ": {name: a}").str())) ||
        failed(blocks.expandUse(block, arguments, scope, own)) ||
        failed(checkMembers(own, {useArguments()}, "argument", block.name, to)))
      return failure();
    to.skipped = !to["if"].flag;
    int64_t count = to.skipped ? 0 : to["repeat"].integer;
    to.repetitions.resize(count);
    for (int64_t index = 0; index < count; ++index) {
      Scope body;
      if (failed(blocks.open(block, arguments, scope, to.place, index, body)) ||
          failed(checkLayers(*block.layers, &body, to.repetitions[index])))
        return failure();
    }
    return success();
  }

  LogicalResult unknownRow(const Family &family, StringRef name, Place place) {
    if (const Row *row = findRow(family, name.split('(').first))
      return source.error(place, "write the arguments of " + row->name +
                                     " as in " + row->example);
    llvm::SmallVector<StringRef> names = namesOf(family.rows);
    if (family.byIdentifier)
      for (const Row &row : family.rows)
        if (row.identifier.edit_distance(name) < 4)
          names.push_back(row.identifier);
    if (&family == &layers())
      llvm::append_range(names, blocks.names());
    return source.error(place, "unknown " + family.noun + " '" +
                                   name.take_front(40) + "'" +
                                   suggest(name, names));
  }

  const Source &source;
  const Node &model;
  Blocks blocks;
};

} // namespace

const Row *lathe::frontend::findRow(const Family &family, StringRef name) {
  for (const Row &row : family.rows)
    if (row.name == name ||
        (family.byIdentifier && (row.name.equals_insensitive(name) ||
                                 row.identifier.equals_insensitive(name))))
      return &row;
  return nullptr;
}

LogicalResult lathe::frontend::checkGraphRecipe(const Source &source,
                                                const Node &tree,
                                                Setting &recipe) {
  recipe.place = tree.place;
  if (tree.kind != Node::Map)
    return source.error(tree.place, "a recipe is a mapping of its sections, "
                                    "like compile: {optimizer: adam}");
  return Checker(source, tree)
      .checkMembers(tree, recipeSections(), "section", "the recipe", recipe);
}

LogicalResult lathe::frontend::checkModel(const Source &source,
                                          const Node &tree, Setting &model) {
  model.place = tree.place;
  if (tree.kind == Node::Null)
    return source.error(tree.place, "the file is empty; a model description "
                                    "begins with its name");
  if (tree.kind != Node::Map)
    return source.error(tree.place,
                        "a model description is a mapping; it begins "
                        "with its name, like name: mnist");
  return Checker(source, tree)
      .checkMembers(tree, modelSections(), "section", "the model", model);
}
