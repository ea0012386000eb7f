//===- CheckMembers.cpp - Mappings against tables of arguments ------------===//
#include "compiler/frontend/Checker.h"
#include "compiler/frontend/Suggest.h"

using namespace lathe::frontend;
using llvm::ArrayRef;
using llvm::failed;
using llvm::failure;
using llvm::LogicalResult;
using llvm::StringRef;
using llvm::success;

/// "; it is an argument of the optimizer, as in ..." for one that stands a
/// level too high.
static std::string adviceInside(const Node &map, ArrayRef<Argument> table,
                                StringRef name) {
  for (const Argument &argument : table) {
    if (!argument.family || argument.family == &layers())
      continue;
    const Family &family = *argument.family;
    auto has = [&](const Row &row) {
      // A list of rows, as the layers that RandomChoice takes, is not meant.
      return llvm::any_of(row.arguments,
                          [&](const Argument &argument) {
                            return argument.name == name &&
                                   argument.kind != Kind::Entries;
                          }) ||
             llvm::is_contained(namesOf(family.common), name);
    };
    const Row *row = nullptr;
    for (const Node &item : map.items)
      if (item.key == argument.name && item.kind == Node::Scalar)
        row = findRow(family, item.text);
    if (!row || !has(*row))
      row = llvm::find_if(family.rows, has);
    if (row != family.rows.end())
      return ("; it is an argument of " + family.noun + "s: write " +
              argument.name + ": {" +
              (family.byIdentifier ? row->identifier : row->name) + ": {" +
              name + ": ...}}")
          .str();
  }
  return "";
}

/// Which keys of a mapping are unknown. What they may stand for is not missing:
/// `excused` has the names, and an empty one for a key that is like none.
LogicalResult Checker::checkKeys(const Node &map,
                                 ArrayRef<ArrayRef<Argument>> tables,
                                 StringRef noun, StringRef owner,
                                 llvm::SmallVectorImpl<StringRef> &excused) {
  LogicalResult result = success();
  llvm::SmallVector<StringRef> names;
  for (ArrayRef<Argument> table : tables)
    llvm::append_range(names, namesOf(table));
  for (const Node &item : map.items) {
    if (llvm::is_contained(names, item.key))
      continue;
    std::string advice = adviceInstead(noun, item.key).str();
    if (!advice.empty())
      advice = "; " + advice;
    for (ArrayRef<Argument> table : tables)
      if (advice.empty() && closest(item.key, names).empty())
        advice = adviceInside(map, table, item.key);
    if (advice.empty()) {
      excused.push_back(closest(item.key, names));
      advice = suggest(item.key, names);
    }
    result =
        source.error(item.keyPlace, "unknown " + noun + " '" +
                                        StringRef(item.key).take_front(40) +
                                        "' of " + owner + advice);
  }
  return result;
}

LogicalResult Checker::checkMembers(const Node &map,
                                    ArrayRef<ArrayRef<Argument>> tables,
                                    StringRef noun, StringRef owner,
                                    Setting &to) {
  llvm::SmallVector<StringRef> excused;
  LogicalResult result = checkKeys(map, tables, noun, owner, excused);
  llvm::SmallVector<const Argument *> missing;
  for (ArrayRef<Argument> table : tables) {
    for (const Argument &argument : table) {
      Setting member;
      member.argument = &argument;
      member.place = to.place;
      auto written = llvm::find_if(map.items, [&](const Node &item) {
        return item.key == argument.name;
      });
      if (written != map.items.end())
        member.place = written->place;
      member.written = written != map.items.end() &&
                       (written->kind != Node::Null || written->bad);
      if (!member.written && argument.fallback == required) {
        member.bad = true;
        missing.push_back(&argument);
      } else if (failed(member.written ? check(*written, member)
                                       : checkFallback(member, to.members))) {
        result = failure();
      }
      to.members.push_back(std::move(member));
    }
  }
  for (const Argument *argument : missing) {
    result = failure();
    auto excuse = llvm::find(excused, argument->name);
    if (excuse == excused.end())
      excuse = llvm::find(excused, StringRef());
    if (excuse != excused.end())
      excused.erase(excuse);
    else
      (void)source.error(to[argument->name].place, owner + " needs the " +
                                                       noun + " '" +
                                                       argument->name + "'");
  }
  return result;
}

LogicalResult Checker::check(const Node &node, Setting &to) {
  LogicalResult result = node.bad ? failure() : checkKind(node, to);
  to.bad = failed(result);
  return result;
}

LogicalResult Checker::checkKind(const Node &node, Setting &to) {
  switch (to.argument->kind) {
  case Kind::Section:
    return checkSection(node, to);
  case Kind::Column:
    return checkColumn(node, to);
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
LogicalResult Checker::checkFallback(Setting &to,
                                     const std::vector<Setting> &before) {
  const Argument &argument = *to.argument;
  if (!argument.follows.empty()) {
    auto other = llvm::find_if(before, [&](const Setting &member) {
      return member.argument->name == argument.follows;
    });
    Place place = to.place;
    to = *other;
    to.argument = &argument;
    to.place = place;
    to.written = false;
    return success();
  }
  Node node;
  node.place = to.place;
  if (argument.kind == Kind::Section || argument.kind == Kind::Column) {
    node.kind = Node::Map;
    return check(node, to);
  }
  if (argument.fallback == none)
    return success();
  StringRef text = argument.fallback;
  auto scalar = [](StringRef word, Node &item) {
    item.kind = Node::Scalar;
    item.text = word.trim().str();
  };
  if (!text.consume_front("[")) {
    scalar(text, node);
    return check(node, to);
  }
  node.kind = Node::List;
  llvm::SmallVector<StringRef> words;
  text.drop_back().split(words, ',');
  for (StringRef word : words)
    scalar(word, node.items.emplace_back());
  return check(node, to);
}
