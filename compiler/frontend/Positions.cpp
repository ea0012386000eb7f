//===- Positions.cpp - Arguments without their names ----------------------===//
#include "compiler/frontend/Checker.h"
#include "compiler/frontend/Suggest.h"
#include "llvm/ADT/StringExtras.h"

using namespace lathe::frontend;
using llvm::failed;
using llvm::failure;
using llvm::LogicalResult;
using llvm::StringRef;
using llvm::succeeded;
using llvm::success;
using llvm::Twine;

llvm::SmallVector<const Argument *>
lathe::frontend::positionalArguments(const Family &family, const Row &row) {
  llvm::SmallVector<const Argument *> arguments;
  bool merges = row.leastInputs > 1;
  for (const Argument &argument : merges ? family.common : row.arguments) {
    if (argument.byName)
      break;
    if (!merges || argument.kind == Kind::Layers)
      arguments.push_back(&argument);
  }
  return arguments;
}

const Argument *lathe::frontend::positionalArgument(const Argument &section) {
  const Argument &first = section.members.front();
  bool isOnly = section.members.size() == 1 || first.leads ||
                (first.fallback == required &&
                 llvm::none_of(section.members.drop_front(),
                               [](const Argument &argument) {
                                 return argument.fallback == required;
                               }));
  return isOnly && !first.byName ? &first : nullptr;
}

bool lathe::frontend::takesList(Kind kind) {
  switch (kind) {
  case Kind::Choices:
  case Kind::Texts:
  case Kind::Patterns:
  case Kind::Layers:
  case Kind::Pair:
  case Kind::Sides:
  case Kind::Border:
  case Kind::Padding:
  case Kind::PerChannel:
  case Kind::Interval:
  case Kind::Extents:
  case Kind::Integers:
  case Kind::Numbers:
  case Kind::Entries:
    return true;
  default:
    return false;
  }
}

Node lathe::frontend::nameArguments(const Node &value, bool isEach,
                                    llvm::ArrayRef<StringRef> names) {
  Node map;
  map.kind = Node::Map;
  map.place = value.place;
  map.key = value.key;
  map.keyPlace = value.keyPlace;
  llvm::ArrayRef<Node> values =
      isEach ? llvm::ArrayRef(value.items) : llvm::ArrayRef(value);
  for (auto [name, item] : llvm::zip(names, values)) {
    Node &argument = map.items.emplace_back(item);
    argument.key = name.str();
    argument.keyPlace = item.place;
  }
  return map;
}

/// Whether two readings of the same text mean the same.
static bool areAlike(const Setting &a, const Setting &b) {
  return a.row == b.row && a.integer == b.integer && a.number == b.number &&
         a.flag == b.flag && a.text == b.text && a.extents == b.extents &&
         a.numbers == b.numbers && a.members.size() == b.members.size() &&
         llvm::all_of(llvm::zip(a.members, b.members), [](const auto &pair) {
           return areAlike(std::get<0>(pair), std::get<1>(pair));
         });
}

/// Takes the mappings from the end of a list, `[32, 3, activation: relu]`: they
/// are named arguments, unless they are entries that stand there by position.
static std::vector<Node> takeNamed(Node &list,
                                   llvm::ArrayRef<const Argument *> arguments) {
  std::vector<Node> named;
  while (list.kind == Node::List && !list.items.empty() &&
         list.items.back().kind == Node::Map) {
    const Node &item = list.items.back();
    size_t position = list.items.size() - 1;
    const Family *family =
        position < arguments.size() ? arguments[position]->family : nullptr;
    if (family && !item.items.empty() && findRow(*family, item.items[0].key))
      break;
    named.insert(named.begin(), item.items.begin(), item.items.end());
    list.items.pop_back();
  }
  return named;
}

/// Named arguments behind those by position; none twice.
static LogicalResult append(const Source &source, Node &map,
                            const std::vector<Node> &named) {
  for (const Node &argument : named) {
    for (const Node &other : map.items)
      if (other.key == argument.key)
        return source.error(argument.keyPlace,
                            "'" + argument.key + "' is given twice");
    map.items.push_back(argument);
  }
  return success();
}

/// `Conv2D: [32, 3, activation: relu]`, `Dropout: 0.2`. A list may be one value
/// or several: where it can be both, both have to mean the same.
LogicalResult Checker::checkPositions(const Node &node, const Family &family,
                                      Setting &to) {
  const Row &row = *to.row;
  llvm::SmallVector<StringRef> names;
  llvm::SmallVector<const Argument *> arguments =
      positionalArguments(family, row);
  for (const Argument *argument : arguments)
    names.push_back(argument->name);
  if (names.empty())
    return source.error(node.place, row.name + " takes " +
                                        (row.arguments.empty() ? "no" : "its") +
                                        " arguments by name, like " +
                                        row.example);
  Node value = node;
  std::vector<Node> named = takeNamed(value, arguments);
  size_t count = value.items.size();
  bool isList = value.kind == Node::List;
  bool mayBeOne = !isList || (takesList(arguments.front()->kind) &&
                              (count || named.empty()));
  bool mayBeEach = isList && (names.size() > 1 || !named.empty()) &&
                   count <= names.size() && count + named.size();
  if (!mayBeOne && !mayBeEach)
    return source.error(
        value.place,
        row.name + " takes " + (names.size() > 1 ? "one to " : "") +
            Twine(names.size()) + " argument" + (names.size() > 1 ? "s" : "") +
            " by position: " + llvm::join(names, ", "));
  Node one = nameArguments(value, false, names);
  Node each = nameArguments(value, true, names);
  if (failed(append(source, mayBeEach ? each : one, named)))
    return failure();
  if (!mayBeOne || !mayBeEach)
    return checkArguments(mayBeOne ? one : each, family, to);

  size_t before = source.mistakeCount();
  Setting asOne = to, asEach = to;
  bool isOne = succeeded(append(source, one, named)) &&
               succeeded(checkArguments(one, family, asOne));
  source.forgetMistakes(before);
  bool isEach = succeeded(checkArguments(each, family, asEach));
  if (isOne)
    source.forgetMistakes(before);
  if (isOne && isEach && !areAlike(asOne, asEach))
    return source.error(
        value.place,
        "this list may be " + names.front() + ", or " +
            llvm::join(llvm::ArrayRef(names).take_front(count), ", ") +
            "; name them, as in " + row.name + ": {" + names.front() +
            ": ..., " + names[1] + ": ...}");
  to = isOne ? std::move(asOne) : std::move(asEach);
  return success(isOne || isEach);
}
