//===- Check.cpp - The YAML tree against the language ---------------------===//
#include "compiler/frontend/Checker.h"
#include "compiler/frontend/Scalars.h"
#include "compiler/frontend/Suggest.h"
#include "compiler/frontend/Yaml.h"
#include "llvm/ADT/STLExtras.h"
#include <algorithm>

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

const Setting *lathe::frontend::known(const Setting &model,
                                      ArrayRef<StringRef> path) {
  const Setting *setting = &model;
  for (StringRef name : path)
    if (!(setting = setting->find(name)))
      return nullptr;
  return setting->bad ? nullptr : setting;
}

//===- Sections and entries -----------------------------------------------===//

LogicalResult Checker::checkSection(const Node &node, Setting &to) {
  const Argument &section = *to.argument;
  const Argument *first = positionalArgument(section);
  bool isValue =
      first && (node.kind == Node::List || node.kind == Node::Scalar);
  if (node.kind != Node::Map && !isValue)
    return wrongType(source, node, section.name, "a mapping of its arguments");
  if (to.written)
    to.place = node.keyPlace;
  return checkMembers(isValue ? nameArguments(node, false, first->name) : node,
                      section.members, "argument", section.name, to);
}

/// A name has the section's defaults beside it.
LogicalResult Checker::checkColumn(const Node &node, Setting &to) {
  const Argument &column = *to.argument;
  bool isName =
      node.kind == Node::Scalar && (node.quoted || !parseNumber(node.text));
  if (node.kind != Node::Map && !isName)
    return wrongType(source, node, column.name,
                     "the name of a column, or a mapping of its arguments");
  if (node.kind == Node::Map)
    return checkSection(node, to);
  Node bare;
  bare.kind = Node::Map;
  LogicalResult result =
      checkMembers(bare, column.members, "argument", column.name, to);
  assert(succeeded(result) && "a column's arguments have defaults");
  (void)result;
  return checkValue(source, node, to);
}

LogicalResult Checker::checkEntries(const Node &node, Setting &to) {
  const Argument &argument = *to.argument;
  const Family &family = *argument.family;
  if (node.kind != Node::List)
    return wrongType(source, node, argument.name,
                     "a list, each item after a '-'");
  if (node.items.empty() && argument.fallback == required)
    return source.error(node.place, argument.name + " is empty");
  if (&family == &layers())
    return checkLayers(node, nullptr, to.members);
  LogicalResult result = success();
  to.members.reserve(node.items.size());
  for (const Node &item : node.items) {
    Setting &entry = to.members.emplace_back();
    entry.written = true;
    entry.bad = failed(checkEntry(item, family, entry));
    if (entry.bad)
      result = failure();
    if (family.once && entry.row &&
        llvm::count_if(to.members, [&](const Setting &member) {
          return member.row == entry.row;
        }) > 1)
      result = source.error(entry.place, entry.row->name + " is given twice");
  }
  return result;
}

/// The row that a mapping without a name means: several of its arguments.
static const Row *unnamedRow(const Node &node, const Family &family) {
  bool fits =
      family.unnamed && node.kind == Node::Map && node.items.size() > 1 &&
      llvm::all_of(node.items, [&](const Node &item) {
        return llvm::is_contained(namesOf(family.unnamed->arguments), item.key);
      });
  return fits ? family.unnamed : nullptr;
}

/// "Flatten", "Dense: {units: 10}" or "Dense: 10". The place is the name's.
LogicalResult Checker::checkEntry(const Node &node, const Family &family,
                                  Setting &to) {
  to.place = node.place;
  if (node.bad)
    return failure();
  bool mapping = node.kind == Node::Map && !node.items.empty();
  if (node.kind != Node::Scalar && !mapping)
    return wrongType(source, node, "a " + family.noun.str(),
                     "its name, or its name and its arguments, like " +
                         family.rows.front().example);
  if ((to.row = unnamedRow(node, family)))
    return checkArguments(node, family, to);
  StringRef name = mapping ? node.items[0].key : node.text;
  to.place = mapping ? node.items[0].keyPlace : node.place;
  const Row *row = findRow(family, name);
  if (!row)
    return unknownRow(family, name, to.place);
  if (failed(checkForm(node, family, row->name, row->example, !to.argument)))
    return failure();
  to.row = row;
  const Node bare;
  const Node &arguments = mapping ? node.items[0] : bare;
  if (arguments.bad)
    return failure();
  bool named = arguments.kind == Node::Map || arguments.kind == Node::Null;
  return named ? checkArguments(arguments, family, to)
               : checkPositions(arguments, family, to);
}

/// One name with what belongs to it.
LogicalResult Checker::checkForm(const Node &node, const Family &family,
                                 StringRef name, StringRef example,
                                 bool inList) {
  if (node.kind != Node::Map || node.items.size() < 2)
    return success();
  const Node &second = node.items[1];
  if (node.items[0].kind == Node::Null)
    return source.error(second.keyPlace, "indent the arguments of " + name +
                                             " further than its name");
  if (inList)
    return source.error(second.keyPlace, "one " + family.noun +
                                             " per item; start the next with "
                                             "a '-'");
  return source.error(second.keyPlace,
                      "the arguments of " + name +
                          " belong into its own braces, like " + example);
}

/// A number, or an entry.
LogicalResult Checker::checkRate(const Node &node, Setting &to) {
  const Family &family = *to.argument->family;
  bool isEntry = node.kind == Node::Map ||
                 (node.kind == Node::Scalar && findRow(family, node.text));
  if (isEntry)
    return checkEntry(node, family, to);
  return checkValue(source, node, to);
}

LogicalResult Checker::checkArguments(const Node &map, const Family &family,
                                      Setting &to) {
  return checkMembers(map, {to.row->arguments, family.common}, "argument",
                      to.row->name, to);
}

LogicalResult Checker::unknownRow(const Family &family, StringRef name,
                                  Place place) {
  if (const Row *row = findRow(family, name.split('(').first))
    return source.error(place, "write the arguments of " + row->name +
                                   " as in " + row->example);
  if (&family == &layers() && findRow(augmentations(), name))
    return source.error(place, name + " changes the pictures that are trained "
                                      "on: it belongs before the other layers, "
                                      "or into the section augment");
  if (&family != &augmentations() && family.noun == augmentations().noun &&
      findRow(augmentations(), name))
    return source.error(place, name + " changes pictures one by one and cannot "
                                      "be chosen for a batch; RandomChoice "
                                      "takes MixUp and CutMix");
  StringRef advice = adviceInstead(family.noun, name.split('(').first);
  if (!advice.empty())
    return source.error(place, "unknown " + family.noun + " '" +
                                   name.take_front(40) + "'; " + advice);
  llvm::SmallVector<StringRef> names = namesOf(family.rows);
  if (family.byIdentifier)
    for (const Row &row : family.rows)
      for (StringRef other : namesOfRow(family, row))
        if (other.edit_distance(name) < std::min<size_t>(4, other.size()))
          names.push_back(other);
  if (&family == &layers())
    llvm::append_range(names, blocks.names());
  return source.error(place, "unknown " + family.noun + " '" +
                                 name.take_front(40) + "'" +
                                 suggest(name, names));
}

//===- The door -----------------------------------------------------------===//

llvm::SmallVector<StringRef> lathe::frontend::namesOfRow(const Family &family,
                                                         const Row &row) {
  llvm::SmallVector<StringRef> names{row.name};
  if (family.byIdentifier && row.identifier != row.name)
    names.push_back(row.identifier);
  for (const Alias &alias : family.aliases)
    if (alias.identifier == row.identifier)
      names.push_back(alias.name);
  return names;
}

const Row *lathe::frontend::findRow(const Family &family, StringRef name) {
  for (const Row &row : family.rows)
    for (StringRef other : namesOfRow(family, row))
      if (other == name ||
          (family.byIdentifier && other.equals_insensitive(name)))
        return &row;
  return nullptr;
}

/// Of what begins the names of functions in C.
static void replaceDashes(Setting &model) {
  for (Setting &section : model.members)
    if (section.argument->name == "name")
      std::replace(section.text.begin(), section.text.end(), '-', '_');
}

LogicalResult lathe::frontend::checkGraphRecipe(const Source &source,
                                                const Node &tree,
                                                Setting &recipe) {
  recipe.place = tree.place;
  if (tree.kind != Node::Map)
    return source.error(tree.place, "a recipe is a mapping of its sections, "
                                    "like compile: {optimizer: adam}");
  LogicalResult result = Checker(source, tree)
                             .checkMembers(tree, recipeSections(), "section",
                                           "the recipe", recipe);
  replaceDashes(recipe);
  return result;
}

/// Keras's augmentations stand at the beginning of the layers: they go to the
/// section `augment`, before what is there.
static Node moveAugmentations(Node tree) {
  auto find = [&](StringRef key) {
    return llvm::find_if(tree.items,
                         [&](const Node &item) { return item.key == key; });
  };
  auto layers = find("layers");
  if (layers == tree.items.end() || layers->kind != Node::List)
    return tree;
  auto isAugmentation = [](const Node &item) {
    bool mapping = item.kind == Node::Map && !item.items.empty();
    StringRef name = mapping ? item.items[0].key : item.text;
    // Noise is a layer, too.
    return findRow(augmentations(), name) && !findRow(lathe::frontend::layers(), name);
  };
  auto first = layers->items.begin();
  auto last = llvm::find_if_not(layers->items, isAugmentation);
  if (first == last)
    return tree;
  std::vector<Node> moved(first, last);
  layers->items.erase(first, last);
  if (auto augment = find("augment");
      augment != tree.items.end() && augment->kind == Node::List) {
    augment->items.insert(augment->items.begin(), moved.begin(), moved.end());
    return tree;
  }
  Node augment;
  augment.kind = Node::List;
  augment.place = moved.front().place;
  augment.key = "augment";
  augment.keyPlace = moved.front().place;
  augment.items = std::move(moved);
  tree.items.push_back(std::move(augment));
  return tree;
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
  Node moved = moveAugmentations(tree);
  LogicalResult result =
      Checker(source, moved)
          .checkMembers(moved, modelSections(), "section", "the model", model);
  replaceDashes(model);
  return result;
}
