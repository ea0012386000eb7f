//===- Blocks.cpp - Blocks of layers with parameters ----------------------===//
#include "compiler/frontend/Blocks.h"
#include "compiler/frontend/Expression.h"
#include "compiler/frontend/Language.h"
#include "compiler/frontend/Scalars.h"
#include "compiler/frontend/Suggest.h"
#include "llvm/ADT/STLExtras.h"

using namespace lathe::frontend;
using llvm::failed;
using llvm::failure;
using llvm::LogicalResult;
using llvm::StringRef;
using llvm::success;

// What a small file may expand to.
static constexpr unsigned maxLayers = 10'000;
static constexpr unsigned maxDepth = 16;
static constexpr size_t maxCopied = size_t(64) << 20;

static constexpr StringRef indexName = "index", firstName = "first";

/// The name of a layer, a block or a block's parameter.
static StringRef nameOf(const Node &item) {
  bool mapping = item.kind == Node::Map && !item.items.empty();
  return mapping ? StringRef(item.items[0].key) : StringRef(item.text);
}

static const Node *findItem(const Node &map, StringRef key) {
  for (const Node &item : map.items)
    if (item.key == key)
      return &item;
  return nullptr;
}

static bool isExpression(const Node &node) {
  return node.kind == Node::Scalar && !node.quoted &&
         StringRef(node.text).contains('$');
}

static bool isRequired(const Node &node) {
  return node.kind == Node::Scalar && !node.quoted && node.text == required;
}

//===- Definitions --------------------------------------------------------===//

LogicalResult Blocks::define(const Node &section, const Node &model) {
  if (section.kind != Node::Map || section.items.empty())
    return source.error(section.place,
                        "blocks must be a mapping of their names");
  LogicalResult result = success();
  blocks.reserve(section.items.size());
  for (const Node &node : section.items) {
    numbers[node.key] = blocks.size();
    Block &block = blocks.emplace_back();
    block.name = node.key;
    block.place = node.keyPlace;
    block.bad = node.bad || failed(defineBlock(node, block));
    if (block.bad)
      result = failure();
  }

  std::vector<bool> used(blocks.size());
  auto markUsed = [&](const Node &list) {
    for (const Node &item : list.items)
      if (const Block *block = find(item))
        used[block - blocks.data()] = true;
  };
  if (const Node *list = findItem(model, "layers"))
    markUsed(*list);
  for (const Block &block : blocks)
    if (block.layers)
      markUsed(*block.layers);
  for (auto [index, block] : llvm::enumerate(blocks))
    if (!used[index] && !block.bad)
      result = source.error(block.place, "no layer uses the block '" +
                                             block.name + "'; remove it");
  return result;
}

LogicalResult Blocks::defineBlock(const Node &node, Block &block) {
  if (!isName(block.name))
    return source.error(node.keyPlace,
                        "the name of a block must be a letter and then at most "
                        "63 letters, digits, _ and -");
  if (findRow(layers(), block.name))
    return source.error(node.keyPlace,
                        "'" + block.name + "' is a layer; choose another name");
  if (node.kind != Node::Map)
    return source.error(node.place, "a block must be a mapping of its "
                                    "parameters and layers");
  for (const Node &item : node.items)
    if (item.key != "parameters" && item.key != "layers")
      return source.error(
          item.keyPlace,
          "unknown argument '" + StringRef(item.key).take_front(40) +
              "' of a block" + suggest(item.key, {"parameters", "layers"}));
  block.layers = findItem(node, "layers");
  if (!block.layers || block.layers->kind != Node::List)
    return source.error(block.layers ? block.layers->place : node.keyPlace,
                        "the block '" + block.name +
                            "' needs a list of layers");
  if (block.layers->items.empty())
    return source.error(block.layers->place, "layers is empty");
  if (const Node *parameters = findItem(node, "parameters")) {
    if (parameters->kind != Node::Map)
      return source.error(parameters->place,
                          "parameters must be a mapping of names to defaults, "
                          "like {filters: required, strides: 1}");
    block.parameters = parameters->items;
  }
  return checkParameters(block);
}

LogicalResult Blocks::checkParameters(const Block &block) {
  llvm::StringMap<bool> used;
  LogicalResult result = success();
  for (auto [number, parameter] : llvm::enumerate(block.parameters)) {
    StringRef name = parameter.key;
    if (!isIdentifier(name))
      result = source.error(parameter.keyPlace,
                            "the name of a parameter must be a letter and then "
                            "at most 63 letters, digits and _");
    else if (name == indexName || name == firstName ||
             llvm::is_contained(namesOf(useArguments()), name))
      result = source.error(parameter.keyPlace,
                            "'" + name +
                                "' means something else where a block "
                                "is used; choose another name");
    // A default may name the parameters before it.
    if (failed(checkNames(block, parameter, block.parameters.take_front(number),
                          used)))
      result = failure();
  }
  if (failed(checkNames(block, *block.layers, block.parameters, used)) ||
      failed(result))
    return failure(); // who knows what uses them
  for (const Node &parameter : block.parameters)
    if (!used.contains(parameter.key))
      result = source.error(parameter.keyPlace,
                            "no layer of the block '" + block.name +
                                "' uses the parameter '" + parameter.key +
                                "'; remove it");
  return result;
}

LogicalResult Blocks::checkNames(const Block &block, const Node &node,
                                 llvm::ArrayRef<Node> parameters,
                                 llvm::StringMap<bool> &used) {
  llvm::SmallVector<StringRef> known{indexName};
  for (const Node &parameter : parameters)
    known.push_back(parameter.key);
  LogicalResult result = success();
  auto visit = [&](auto &self, const Node &at) -> void {
    if (isExpression(at))
      visitNames(at.text, [&](StringRef name) {
        used[name] = true;
        if (!llvm::is_contained(known, name))
          result = source.error(
              at.place, "the block '" + block.name + "' has no parameter '" +
                            name.take_front(40) + "'" +
                            suggest(name, llvm::ArrayRef(known)));
      });
    for (const Node &item : at.items)
      self(self, item);
  };
  visit(visit, node);
  return result;
}

const Block *Blocks::find(const Node &item) const {
  auto found = numbers.find(nameOf(item));
  return found == numbers.end() ? nullptr : &blocks[found->second];
}

//===- Expansion ----------------------------------------------------------===//

LogicalResult Blocks::countLayer(Place place) {
  if (++layerCount <= maxLayers)
    return success();
  if (layerCount == maxLayers + 1)
    (void)source.error(place, "the network has more than " +
                                  llvm::Twine(maxLayers) + " layers");
  return failure();
}

LogicalResult Blocks::copy(const Node &from, const Scope *scope, Node &to) {
  copied += sizeof(Node) / 2 + from.text.size();
  if (scope && copied > maxCopied) {
    if (!tooLarge)
      (void)source.error(from.place, "the blocks expand to too much text");
    tooLarge = true;
    return failure();
  }
  to.kind = from.kind;
  to.text = from.text;
  to.quoted = from.quoted;
  to.bad = from.bad;
  to.key = from.key;
  to.place = from.place;
  to.keyPlace = from.keyPlace;
  if (scope && scope->use) {
    to.place.use = scope->use;
    to.keyPlace.use = scope->use;
  }
  return success();
}

LogicalResult Blocks::expand(const Node &from, const Scope *scope, Node &to) {
  if (failed(copy(from, scope, to)))
    return failure();
  if (!scope || !isExpression(from)) {
    to.items.reserve(from.items.size());
    for (const Node &item : from.items)
      if (failed(expand(item, scope, to.items.emplace_back())))
        return failure();
    return success();
  }

  auto find = [&](StringRef name) -> const Node * {
    llvm::SmallVector<StringRef> known;
    for (const Scope *at = scope; at; at = at->base) {
      auto found = at->values.find(name);
      if (found != at->values.end())
        return &found->second;
      llvm::append_range(known, at->values.keys());
    }
    (void)source.error(to.place, "nothing is called '$" + name.take_front(40) +
                                     "' here" + suggest(name, known));
    return nullptr;
  };
  // A name alone may stand for anything, a list for example.
  StringRef text = StringRef(from.text).trim(), name = text;
  if (name.consume_front("$") && isIdentifier(name)) {
    const Node *value = find(name);
    if (!value)
      return failure();
    to.kind = value->kind;
    to.text = value->text;
    to.quoted = value->quoted;
    to.bad = value->bad;
    to.items.reserve(value->items.size());
    copied += value->text.size();
    for (const Node &item : value->items)
      if (failed(expand(item, nullptr, to.items.emplace_back())))
        return failure();
    return success();
  }
  llvm::FailureOr<std::string> result =
      evaluate(source, to.place, text, [&](StringRef name) {
        const Node *value = find(name);
        if (value && value->kind != Node::Scalar) {
          (void)source.error(to.place, "'$" + name + "' is no number");
          value = nullptr;
        }
        return value ? &value->text : nullptr;
      });
  if (failed(result))
    return failure();
  to.text = *result;
  return success();
}

/// The flag that `if` holds; what is no flag is reported when it is checked.
static bool isSkipped(const Node &condition) {
  return condition.kind == Node::Scalar && !condition.quoted &&
         parseFlag(condition.text) == false;
}

LogicalResult Blocks::expandLayer(const Node &item, const Scope *scope,
                                  Node &to, bool &skipped) {
  const Node *arguments = item.kind == Node::Map && item.items.size() == 1
                              ? &item.items[0]
                              : nullptr;
  const Node *condition = arguments ? findItem(*arguments, "if") : nullptr;
  Node evaluated;
  if (condition) {
    if (failed(expand(*condition, scope, evaluated)))
      return failure();
    skipped = isSkipped(evaluated);
  }
  if (!skipped)
    return expand(item, scope, to);
  Node &inner = to.items.emplace_back();
  if (failed(copy(item, scope, to)) || failed(copy(*arguments, scope, inner)))
    return failure();
  for (StringRef key : {"name", "inputs"})
    if (const Node *argument = findItem(*arguments, key))
      if (failed(expand(*argument, scope, inner.items.emplace_back())))
        return failure();
  return success();
}

LogicalResult Blocks::expandUse(const Block &block, const Node &arguments,
                                const Scope *outer, Node &to) {
  llvm::SmallVector<StringRef> own = namesOf(useArguments()), known;
  for (const Node &parameter : block.parameters)
    known.push_back(parameter.key);
  llvm::append_range(known, own);
  known.push_back(firstName);
  if (failed(copy(arguments, outer, to)))
    return failure();
  for (const Node &argument : arguments.items) {
    if (!llvm::is_contained(known, argument.key)) {
      Place place = argument.keyPlace;
      place.use = outer ? outer->use : nullptr;
      return source.error(
          place, "unknown argument '" + StringRef(argument.key).take_front(40) +
                     "' of " + block.name + suggest(argument.key, known));
    }
    if (llvm::is_contained(own, argument.key) &&
        failed(expand(argument, outer, to.items.emplace_back())))
      return failure();
  }
  return success();
}

LogicalResult Blocks::open(const Block &block, const Node &arguments,
                           const Scope *outer, Place place, int64_t index,
                           Scope &to) {
  for (const Scope *scope = outer; scope; scope = scope->outer)
    if (scope->block == &block)
      return source.error(place, "the block '" + block.name + "' uses itself");
  to.block = &block;
  to.outer = outer;
  to.use = source.addUse(place);
  to.depth = outer ? outer->depth + 1 : 1;
  if (to.depth > maxDepth)
    return source.error(place, "blocks are nested too deeply");

  // The arguments see the outer parameters, and the number of the repetition.
  Node number;
  number.kind = Node::Scalar;
  number.text = std::to_string(index);
  Scope caller;
  if (outer) {
    caller.use = outer->use;
    caller.base = outer;
  }
  if (!outer || findItem(arguments, "repeat"))
    caller.values[indexName] = number;
  to.values[indexName] = number;

  const Node *first = findItem(arguments, firstName);
  if (first && first->kind != Node::Map)
    return source.error(first->place, "first must be a mapping of arguments");
  if (first)
    for (const Node &item : first->items)
      if (!llvm::any_of(block.parameters, [&](const Node &parameter) {
            return parameter.key == item.key;
          })) {
        llvm::SmallVector<StringRef> names;
        for (const Node &parameter : block.parameters)
          names.push_back(parameter.key);
        return source.error(item.keyPlace,
                            "unknown argument '" +
                                StringRef(item.key).take_front(40) + "' of " +
                                block.name + suggest(item.key, names));
      }
  for (const Node &parameter : block.parameters) {
    const Node *given = findItem(arguments, parameter.key);
    if (first && index == 0)
      if (const Node *other = findItem(*first, parameter.key))
        given = other;
    if (!given && isRequired(parameter))
      return source.error(place, block.name + " needs the argument '" +
                                     parameter.key + "'");
    Node value;
    if (failed(given ? expand(*given, &caller, value)
                     : expand(parameter, &to, value)))
      return failure();
    to.values[parameter.key] = std::move(value);
  }
  return success();
}
