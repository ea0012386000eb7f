//===- CheckValue.cpp - Numbers, words and lists of them ------------------===//
#include "compiler/frontend/Check.h"
#include "compiler/frontend/Scalars.h"
#include "compiler/frontend/Suggest.h"
#include "compiler/frontend/Yaml.h"
#include "dialects/nn/Limits.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringSet.h"

using namespace lathe::frontend;
using llvm::failed;
using llvm::failure;
using llvm::LogicalResult;
using llvm::StringRef;
using llvm::success;
using llvm::Twine;

namespace {

constexpr size_t longestText = 256;

class ValueChecker {
public:
  ValueChecker(const Source &source, StringRef name, Range range)
      : source(source), name(name), range(range) {}

  LogicalResult checkInteger(const Node &node, int64_t &value) {
    std::optional<int64_t> parsed;
    if (node.kind == Node::Scalar && !node.quoted)
      parsed = parseInteger(node.text);
    if (!parsed)
      return wrongType(source, node, name, "an integer");
    value = *parsed;
    return checkRange(node, static_cast<double>(value));
  }

  LogicalResult checkNumber(const Node &node, double &value) {
    std::optional<double> parsed;
    if (node.kind == Node::Scalar && !node.quoted)
      parsed = parseNumber(node.text);
    if (!parsed)
      return wrongType(source, node, name, "a number or a fraction like 1/255");
    value = *parsed;
    return checkRange(node, value);
  }

  LogicalResult checkFlag(const Node &node, bool &value) {
    std::optional<bool> parsed;
    if (node.kind == Node::Scalar && !node.quoted)
      parsed = parseFlag(node.text);
    if (!parsed)
      return wrongType(source, node, name, "true or false");
    value = *parsed;
    return success();
  }

  LogicalResult checkName(const Node &node, std::string &value) {
    if (node.kind != Node::Scalar)
      return wrongType(source, node, name, "a name");
    value = node.text;
    if (isName(value))
      return success();
    return wrongType(source, node, name,
                     "a letter and then at most 63 letters, digits, _ and -");
  }

  LogicalResult checkChoice(const Node &node, llvm::ArrayRef<Choice> choices,
                            std::string &value) {
    if (node.kind != Node::Scalar)
      return wrongType(source, node, name, "a word");
    for (const Choice &choice : choices)
      if (choice.name == node.text ||
          llvm::is_contained(choice.aliases, node.text)) {
        value = choice.name.str();
        return success();
      }
    StringRef advice = adviceInstead(name, node.text);
    return source.error(
        node.place, "unknown " + name + " '" +
                        StringRef(node.text).take_front(40) + "'" +
                        (advice.empty() ? suggest(node.text, namesOf(choices))
                                        : ("; " + advice).str()));
  }

  LogicalResult checkText(const Node &node, std::string &text) {
    if (node.kind != Node::Scalar || node.text.empty() ||
        node.text.size() > longestText)
      return wrongType(source, node, name, "a short text");
    text = node.text;
    return success();
  }

  /// One word stands for all there are.
  LogicalResult checkPatterns(const Node &node, const Argument &argument,
                              Setting &to) {
    if (node.kind != Node::Scalar)
      return checkTexts(node, argument, to);
    if (node.text != "all")
      return wrongType(source, node, name, "all, or a list, like [a, b]");
    Setting &text = to.members.emplace_back();
    text.place = node.place;
    text.text = "*";
    return success();
  }

  /// Items become members with a text; no two are alike. A choice alone is a
  /// list of one.
  LogicalResult checkTexts(const Node &node, const Argument &argument,
                           Setting &to) {
    llvm::ArrayRef<Node> items = node.items;
    bool isChoice = argument.kind == Kind::Choices;
    if (isChoice && node.kind == Node::Scalar)
      items = node;
    else if (node.kind != Node::List)
      return wrongType(source, node, name, "a list, like [a, b]");
    llvm::StringSet<> known;
    LogicalResult result = success();
    for (const Node &item : items) {
      Setting &text = to.members.emplace_back();
      text.place = item.place;
      text.written = true;
      if (isChoice && failed(checkChoice(item, argument.choices, text.text))) {
        result = failure();
        continue;
      }
      if (!isChoice && (item.kind != Node::Scalar || item.text.empty() ||
                        item.text.size() > longestText))
        return wrongType(source, item, name, "a list of short texts");
      if (!isChoice)
        text.text = item.text;
      if (!known.insert(text.text).second)
        result =
            source.error(item.place, name + " has '" + text.text + "' twice");
    }
    if (to.members.empty() && !isChoice)
      return source.error(node.place, name + " is empty");
    return result;
  }

  /// One name or a list of names. A layer may be read twice.
  LogicalResult checkLayers(const Node &node, Setting &to) {
    llvm::ArrayRef<Node> items(node);
    if (node.kind == Node::List)
      items = node.items;
    if (items.empty())
      return source.error(node.place, name + " is empty");
    LogicalResult result = success();
    for (const Node &item : items) {
      Setting &layer = to.members.emplace_back();
      layer.place = item.place;
      layer.written = true;
      if (failed(checkName(item, layer.text)))
        result = failure();
    }
    return result;
  }

  /// What numbers may stand there.
  static StringRef forms(const Setting &to) {
    bool isPadding = to.argument->kind == Kind::Padding;
    return describeKind(isPadding ? Kind::Border : to.argument->kind);
  }

  LogicalResult checkPair(const Node &node, Setting &to) {
    if (node.kind == Node::List && node.items.size() != 2)
      return source.error(node.place, name + " must be " + forms(to) +
                                          ", but this list has " +
                                          Twine(node.items.size()) + " items");
    if (node.kind != Node::List) {
      to.extents.resize(2);
      return failed(checkInteger(node, to.extents[0]))
                 ? failure()
                 : (to.extents[1] = to.extents[0], success());
    }
    for (const Node &item : node.items)
      if (failed(checkInteger(item, to.extents.emplace_back())))
        return failure();
    return success();
  }

  /// 1, [1, 2] or [[0, 1], [2, 3]] to [top, bottom, left, right].
  LogicalResult checkBorder(const Node &node, Setting &to) {
    if (node.kind == Node::List && !node.items.empty() &&
        node.items.front().kind == Node::List) {
      if (node.items.size() != 2)
        return wrongType(source, node, name, forms(to));
      for (const Node &sides : node.items) {
        if (sides.kind != Node::List || sides.items.size() != 2)
          return wrongType(source, sides, name,
                           "[[top, bottom], [left, right]]");
        for (const Node &side : sides.items)
          if (failed(checkInteger(side, to.extents.emplace_back())))
            return failure();
      }
      return success();
    }
    if (failed(checkPair(node, to)))
      return failure();
    int64_t height = to.extents[0], width = to.extents[1];
    to.extents = {height, height, width, width};
    return success();
  }

  LogicalResult checkPadding(const Node &node, Setting &to) {
    bool isWord = node.kind == Node::Scalar && !parseInteger(node.text);
    return isWord ? checkChoice(node, to.argument->choices, to.text)
                  : checkBorder(node, to);
  }

  LogicalResult checkPerChannel(const Node &node, Setting &to) {
    return node.kind == Node::List
               ? checkNumbers(node, to)
               : checkNumber(node, to.numbers.emplace_back());
  }

  /// A number, or two that do not fall.
  LogicalResult checkInterval(const Node &node, Setting &to) {
    if (node.kind != Node::List)
      return checkNumber(node, to.numbers.emplace_back());
    if (node.items.size() != 2)
      return wrongType(source, node, name, "a number or [from, to]");
    for (const Node &item : node.items)
      if (failed(checkNumber(item, to.numbers.emplace_back())))
        return failure();
    if (to.numbers[0] > to.numbers[1])
      return source.error(node.place,
                          name + " goes from " + node.items[0].text + " to " +
                              node.items[1].text + "; write the smaller first");
    return success();
  }

  /// 1 to 3 extents, together at most nn::maxElements. Where the range allows
  /// it, one may be -1.
  LogicalResult checkExtents(const Node &node, Setting &to) {
    if (node.kind != Node::List || node.items.empty() || node.items.size() > 3)
      return source.error(node.place,
                          name + " must be a list of 1 to 3 integers, like "
                                 "[28, 28, 1]");
    int64_t elements = 1;
    for (const Node &item : node.items) {
      int64_t &extent = to.extents.emplace_back();
      if (failed(checkInteger(item, extent)))
        return failure();
      if (extent == 0)
        return source.error(item.place, name + " has an extent of 0");
      elements *= std::max<int64_t>(extent, 1);
    }
    if (llvm::count(to.extents, -1) > 1)
      return source.error(node.place, name + " has more than one -1");
    if (elements > lathe::nn::maxElements)
      return source.error(node.place,
                          name + " has " + lathe::nn::tooManyElements);
    return success();
  }

  LogicalResult checkIntegers(const Node &node, Setting &to) {
    if (node.kind != Node::List || node.items.empty())
      return wrongType(source, node, name, "a list of integers, like [1, 2]");
    for (const Node &item : node.items)
      if (failed(checkInteger(item, to.extents.emplace_back())))
        return failure();
    return success();
  }

  LogicalResult checkNumbers(const Node &node, Setting &to) {
    if (node.kind != Node::List || node.items.empty())
      return wrongType(source, node, name, "a list of numbers, like [1, 0.5]");
    for (const Node &item : node.items)
      if (failed(checkNumber(item, to.numbers.emplace_back())))
        return failure();
    return success();
  }

  /// A fraction, {first: N} or {last: N}. The kind goes to the text.
  LogicalResult checkSplit(const Node &node, Setting &to) {
    if (node.kind == Node::Scalar) {
      to.text = "fraction";
      ValueChecker fraction(source, name, {0, 1, true, true});
      return fraction.checkNumber(node, to.number);
    }
    bool counted =
        node.kind == Node::Map && node.items.size() == 1 &&
        (node.items[0].key == "first" || node.items[0].key == "last");
    if (!counted)
      return source.error(
          node.place, name + " must be a fraction, {first: N} or {last: N}");
    to.text = node.items[0].key;
    int64_t images = 0;
    if (failed(checkInteger(node.items[0], images)))
      return failure();
    to.number = static_cast<double>(images);
    return success();
  }

  /// {class: weight}. Classes go to the extents, their weights to the numbers.
  LogicalResult checkWeights(const Node &node, Setting &to) {
    if (node.kind == Node::Scalar && !to.argument->choices.empty())
      return checkChoice(node, to.argument->choices, to.text);
    if (node.kind != Node::Map || node.items.empty())
      return wrongType(source, node, name,
                       "a mapping of class numbers to weights, like {0: 1, "
                       "3: 5}");
    std::string classOf = "a class of " + name.str();
    ValueChecker classes(source, classOf, {0, maxClasses - 1});
    LogicalResult result = success();
    for (const Node &item : node.items) {
      Node key;
      key.kind = Node::Scalar;
      key.place = item.keyPlace;
      key.text = item.key;
      int64_t number = 0;
      if (failed(checkNumber(item, to.numbers.emplace_back())))
        result = failure();
      if (failed(classes.checkInteger(key, number)))
        result = failure();
      else if (llvm::is_contained(to.extents, number))
        result = source.error(item.keyPlace,
                              name + " has class " + Twine(number) + " twice");
      to.extents.push_back(number);
    }
    return result;
  }

private:
  LogicalResult checkRange(const Node &node, double value) {
    bool inside =
        (range.openLeast ? value > range.least : value >= range.least) &&
        (range.openMost ? value < range.most : value <= range.most);
    if (inside)
      return success();
    std::string wanted = describeRange(range);
    return source.error(node.place,
                        name + " must be " +
                            (wanted.empty() ? "a 32-bit float" : wanted) +
                            ", but is " + node.text);
  }

  const Source &source;
  StringRef name;
  Range range;
};

} // namespace

/// Whether a mistake in the value has been reported already.
static bool isBad(const Node &node) {
  return node.bad || llvm::any_of(node.items, isBad);
}

LogicalResult lathe::frontend::checkValue(const Source &source,
                                          const Node &node, Setting &to) {
  const Argument &argument = *to.argument;
  if (isBad(node))
    return failure();
  ValueChecker checker(source, argument.name, argument.range);
  switch (argument.kind) {
  case Kind::Integer:
    return checker.checkInteger(node, to.integer);
  case Kind::Integers:
    return checker.checkIntegers(node, to);
  case Kind::PerChannel:
    return checker.checkPerChannel(node, to);
  case Kind::Interval:
    return checker.checkInterval(node, to);
  case Kind::Rate:
  case Kind::Number:
    return checker.checkNumber(node, to.number);
  case Kind::Flag:
    return checker.checkFlag(node, to.flag);
  case Kind::Choice:
    return checker.checkChoice(node, argument.choices, to.text);
  case Kind::Choices:
  case Kind::Texts:
    return checker.checkTexts(node, argument, to);
  case Kind::Column:
  case Kind::Text:
    return checker.checkText(node, to.text);
  case Kind::Patterns:
    return checker.checkPatterns(node, argument, to);
  case Kind::Name:
    return checker.checkName(node, to.text);
  case Kind::Layers:
    return checker.checkLayers(node, to);
  case Kind::Pair:
  case Kind::Sides:
    return checker.checkPair(node, to);
  case Kind::Border:
    return checker.checkBorder(node, to);
  case Kind::Padding:
    return checker.checkPadding(node, to);
  case Kind::Numbers:
    return checker.checkNumbers(node, to);
  case Kind::Extents:
    return checker.checkExtents(node, to);
  case Kind::Split:
    return checker.checkSplit(node, to);
  case Kind::Weights:
    return checker.checkWeights(node, to);
  case Kind::Entry:
  case Kind::Entries:
  case Kind::Section:
  case Kind::Blocks:
    break;
  }
  llvm_unreachable("this type has arguments inside");
}
