//===- Expression.cpp - Arithmetic in the body of a block -----------------===//
#include "compiler/frontend/Expression.h"
#include "compiler/frontend/Scalars.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/MathExtras.h"
#include <cmath>
#include <cstdio>
#include <optional>
#include <variant>

using namespace lathe::frontend;
using llvm::StringRef;
using llvm::Twine;

namespace {

/// An integer, a number, a flag or a word.
using Value = std::variant<int64_t, double, bool, std::string>;

bool isNameLetter(char c) { return llvm::isAlnum(c) || c == '_'; }

Value parseValue(StringRef text) {
  if (std::optional<int64_t> integer = parseInteger(text))
    return *integer;
  if (std::optional<double> number = parseNumber(text))
    return *number;
  if (std::optional<bool> flag = parseFlag(text))
    return *flag;
  return text.str();
}

/// The shortest text that gives the same number.
std::string printNumber(double number) {
  char text[32];
  for (int digits = 6; digits <= 17; ++digits) {
    std::snprintf(text, sizeof text, "%.*g", digits, number);
    if (std::strtod(text, nullptr) == number)
      break;
  }
  return text;
}

std::string print(const Value &value) {
  if (auto *integer = std::get_if<int64_t>(&value))
    return std::to_string(*integer);
  if (auto *number = std::get_if<double>(&value))
    return printNumber(*number);
  if (auto *flag = std::get_if<bool>(&value))
    return *flag ? "true" : "false";
  return std::get<std::string>(value);
}

std::optional<double> asNumber(const Value &value) {
  if (auto *integer = std::get_if<int64_t>(&value))
    return static_cast<double>(*integer);
  if (auto *number = std::get_if<double>(&value))
    return *number;
  return std::nullopt;
}

/// Recursive descent; every level gives nothing after an error.
class Evaluator {
public:
  Evaluator(const Source &source, Place place, StringRef text, Lookup lookup)
      : source(source), place(place), text(text), rest(text), lookup(lookup) {}

  std::optional<Value> run() {
    std::optional<Value> value = readOr();
    skipSpace();
    if (value && !rest.empty())
      return error("is no expression: '" + rest.take_front(40) +
                   "' is not expected there");
    return value;
  }

private:
  using Result = std::optional<Value>;

  Result error(const Twine &what) {
    (void)source.error(place, "'" + text.take_front(80) + "' " + what);
    return std::nullopt;
  }

  void skipSpace() { rest = rest.ltrim(); }

  bool consume(StringRef token) {
    skipSpace();
    return rest.consume_front(token);
  }

  bool consumeWord(StringRef word) {
    skipSpace();
    if (!rest.starts_with(word) ||
        (rest.size() > word.size() && isNameLetter(rest[word.size()])))
      return false;
    rest = rest.drop_front(word.size());
    return true;
  }

  Result readOr() {
    Result left = readAnd();
    while (left && consumeWord("or"))
      left = combine(*left, readAnd(), [](bool a, bool b) { return a || b; });
    return left;
  }

  Result readAnd() {
    Result left = readNot();
    while (left && consumeWord("and"))
      left = combine(*left, readNot(), [](bool a, bool b) { return a && b; });
    return left;
  }

  template <typename Function>
  Result combine(const Value &left, const Result &right, Function function) {
    if (!right)
      return std::nullopt;
    const bool *a = std::get_if<bool>(&left), *b = std::get_if<bool>(&*right);
    if (!a || !b)
      return error("combines what is neither true nor false");
    return function(*a, *b);
  }

  Result readNot() {
    if (!consumeWord("not"))
      return readComparison();
    Depth depth(*this);
    if (!depth.isFine)
      return tooDeep();
    Result value = readNot();
    if (!value)
      return value;
    const bool *flag = std::get_if<bool>(&*value);
    return flag ? Result(!*flag) : error("negates what is no true or false");
  }

  Result readComparison() {
    Result left = readSum();
    if (!left)
      return left;
    for (StringRef token : {"==", "!=", "<=", ">=", "<", ">"})
      if (consume(token)) {
        Result right = readSum();
        return right ? compare(*left, token, *right) : right;
      }
    return left;
  }

  Result compare(const Value &left, StringRef token, const Value &right) {
    bool equality = token == "==" || token == "!=";
    std::optional<double> a = asNumber(left), b = asNumber(right);
    if (equality && !(a && b)) {
      if (left.index() != right.index())
        return error("compares values of different kinds");
      return (left == right) == (token == "==");
    }
    if (!a || !b)
      return error("compares what are no numbers");
    int order = *a < *b ? -1 : *a > *b;
    if (equality)
      return (order == 0) == (token == "==");
    bool orEqual = token.ends_with("=") && order == 0;
    return orEqual || order == (token[0] == '<' ? -1 : 1);
  }

  Result readSum() {
    Result left = readProduct();
    while (left) {
      if (consume("+"))
        left = compute(*left, '+', readProduct());
      else if (consume("-"))
        left = compute(*left, '-', readProduct());
      else
        break;
    }
    return left;
  }

  Result readProduct() {
    Result left = readUnary();
    while (left) {
      if (consume("*"))
        left = compute(*left, '*', readUnary());
      else if (consume("//"))
        left = compute(*left, 'f', readUnary());
      else if (consume("/"))
        left = compute(*left, '/', readUnary());
      else if (consume("%"))
        left = compute(*left, '%', readUnary());
      else
        break;
    }
    return left;
  }

  /// `operation` is the operator; f is the floor division //.
  Result compute(const Value &left, char operation, const Result &right) {
    if (!right)
      return std::nullopt;
    std::optional<double> a = asNumber(left), b = asNumber(*right);
    if (!a || !b)
      return error("computes with what is no number");
    bool divides = operation == '/' || operation == 'f' || operation == '%';
    if (divides && *b == 0)
      return error("divides by zero");
    auto *i = std::get_if<int64_t>(&left), *j = std::get_if<int64_t>(&*right);
    if (i && j) {
      int64_t result = 0;
      bool overflow = false;
      switch (operation) {
      case '+':
        overflow = llvm::AddOverflow(*i, *j, result);
        break;
      case '-':
        overflow = llvm::SubOverflow(*i, *j, result);
        break;
      case '*':
        overflow = llvm::MulOverflow(*i, *j, result);
        break;
      default:
        overflow = *j == -1 && *i == std::numeric_limits<int64_t>::min();
        if (overflow)
          break;
        if (operation == '/' && *i % *j)
          return *a / *b;
        result = operation == '%' ? *i - *j * floorQuotient(*i, *j)
                                  : floorQuotient(*i, *j);
      }
      return overflow ? error("is too large") : Result(result);
    }
    double result = operation == '+'   ? *a + *b
                    : operation == '-' ? *a - *b
                    : operation == '*' ? *a * *b
                    : operation == '/' ? *a / *b
                    : operation == 'f' ? std::floor(*a / *b)
                                       : *a - *b * std::floor(*a / *b);
    return std::isfinite(result) ? Result(result) : error("is too large");
  }

  static int64_t floorQuotient(int64_t a, int64_t b) {
    return a / b - (a % b && (a < 0) != (b < 0));
  }

  Result readUnary() {
    Depth depth(*this);
    if (!depth.isFine)
      return tooDeep();
    if (consume("-"))
      return compute(int64_t(0), '-', readUnary());
    if (consume("(")) {
      Result value = readOr();
      if (value && !consume(")"))
        return error("is no expression: a ) is missing");
      return value;
    }
    return readAtom();
  }

  Result readAtom() {
    skipSpace();
    if (rest.consume_front("$")) {
      StringRef name = rest.take_while(isNameLetter);
      rest = rest.drop_front(name.size());
      const std::string *value = lookup(name);
      return value ? Result(parseValue(*value)) : std::nullopt;
    }
    StringRef word =
        rest.take_while([](char c) { return isNameLetter(c) || c == '.'; });
    // An exponent may have a sign.
    bool isNumber = !word.empty() && (llvm::isDigit(word[0]) || word[0] == '.');
    if (isNumber && word.ends_with_insensitive("e") &&
        rest.size() > word.size() + 1 &&
        StringRef("+-").contains(rest[word.size()])) {
      StringRef digits =
          rest.drop_front(word.size() + 1).take_while([](char c) {
            return llvm::isDigit(c);
          });
      word = rest.take_front(word.size() + 1 + digits.size());
    }
    if (word.empty())
      return rest.empty() ? error("is no expression: a value is missing at "
                                  "its end")
                          : error("is no expression: '" + rest.take_front(40) +
                                  "' is not expected there");
    rest = rest.drop_front(word.size());
    Value value = parseValue(word);
    if (isNumber && std::holds_alternative<std::string>(value))
      return error("is no expression: '" + word.take_front(40) +
                   "' is no number");
    return value;
  }

  /// Bounds the recursion.
  struct Depth {
    explicit Depth(Evaluator &evaluator)
        : level(evaluator.level), isFine(++level <= 64) {}
    ~Depth() { --level; }
    unsigned &level;
    bool isFine;
  };

  Result tooDeep() { return error("is nested too deeply"); }

  const Source &source;
  Place place;
  StringRef text, rest;
  Lookup lookup;
  unsigned level = 0;
};

} // namespace

llvm::FailureOr<std::string> lathe::frontend::evaluate(const Source &source,
                                                       Place place,
                                                       StringRef text,
                                                       Lookup lookup) {
  std::optional<Value> value = Evaluator(source, place, text, lookup).run();
  if (!value)
    return llvm::failure();
  return print(*value);
}

void lathe::frontend::visitNames(StringRef text,
                                 llvm::function_ref<void(StringRef)> visit) {
  for (size_t at = text.find('$'); at != StringRef::npos;
       at = text.find('$', at + 1))
    visit(text.drop_front(at + 1).take_while(isNameLetter));
}
