//===- CheckLayers.cpp - Lists of layers and uses of blocks ---------------===//
#include "compiler/frontend/Checker.h"
#include "compiler/frontend/Suggest.h"

using namespace lathe::frontend;
using llvm::failed;
using llvm::failure;
using llvm::LogicalResult;
using llvm::StringRef;
using llvm::success;

LogicalResult Checker::checkLayers(const Node &list, const Scope *scope,
                                   std::vector<Setting> &to) {
  LogicalResult result = success();
  to.reserve(list.items.size());
  for (const Node &item : list.items) {
    Setting &layer = to.emplace_back();
    layer.written = true;
    layer.place = Place(item.place.at, scope ? scope->use : nullptr);
    if (failed(blocks.countLayer(layer.place)))
      return failure();
    const Block *block = blocks.find(item);
    if (failed(block ? checkUse(item, *block, scope, layer)
                     : checkLayer(item, scope, layer)))
      result = failure();
  }
  return result;
}

/// Of a layer with a mistake what others need: its name and inputs.
void Checker::keepNames(const Node &item, Setting &to) {
  to.bad = true;
  if (item.kind != Node::Map || item.items.empty() || !to.members.empty())
    return;
  Node known;
  known.kind = Node::Map;
  for (const Node &argument : item.items[0].items)
    if (argument.key == "name" || argument.key == "inputs")
      known.items.push_back(argument);
  (void)checkMembers(known, {layers().common}, "argument", "a layer", to);
}

LogicalResult Checker::checkLayer(const Node &item, const Scope *scope,
                                  Setting &to) {
  Node expanded;
  LogicalResult result = failure();
  if (!item.bad &&
      succeeded(blocks.expandLayer(item, scope, expanded, to.skipped))) {
    if (!to.skipped) {
      result = checkEntry(expanded, layers(), to);
    } else {
      const Node &arguments = expanded.items[0];
      to.place = arguments.keyPlace;
      to.row = findRow(layers(), arguments.key);
      result = to.row ? checkMembers(arguments, {layers().common}, "argument",
                                     to.row->name, to)
                      : unknownRow(layers(), arguments.key, to.place);
    }
  }
  if (failed(result))
    keepNames(expanded, to);
  return result;
}

LogicalResult Checker::checkUse(const Node &item, const Block &block,
                                const Scope *scope, Setting &to) {
  Node own, named;
  const Node bare;
  const Node *arguments = item.kind == Node::Map ? &item.items[0] : &bare;
  to.text = block.name;
  to.place = item.kind == Node::Map ? arguments->keyPlace : item.place;
  to.place.use = scope ? scope->use : nullptr;
  to.bad = true;
  if (block.bad || arguments->bad)
    return failure();
  if (arguments->kind == Node::Scalar || arguments->kind == Node::List) {
    llvm::SmallVector<StringRef> names;
    for (const Node &parameter : block.parameters)
      names.push_back(parameter.key);
    bool isEach = arguments->kind == Node::List && names.size() > 1;
    if (names.empty() || (isEach && arguments->items.size() > names.size()))
      return source.error(
          arguments->place,
          block.name + " has " +
              (names.empty() ? "no parameters" : "fewer parameters"));
    named = nameArguments(*arguments, isEach, names);
    arguments = &named;
  }
  if (failed(checkForm(item, layers(), block.name,
                       (block.name + ": {name: a}").str(), true)) ||
      failed(blocks.expandUse(block, *arguments, scope, own)) ||
      failed(checkMembers(own, {useArguments()}, "argument", block.name, to)))
    return failure();
  to.bad = false;
  to.skipped = !to["if"].flag;
  int64_t count = to.skipped ? 0 : to["repeat"].integer;
  to.repetitions.resize(count);
  LogicalResult result = success();
  for (int64_t index = 0; index < count; ++index) {
    Scope body;
    if (failed(blocks.open(block, *arguments, scope, to.place, index, body))) {
      to.bad = true;
      return failure();
    }
    if (failed(checkLayers(*block.layers, &body, to.repetitions[index])))
      result = failure();
  }
  return result;
}
