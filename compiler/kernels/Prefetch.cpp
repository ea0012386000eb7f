//===- Prefetch.cpp - Memory that is asked for early ---------------------===//

#include "compiler/kernels/Prefetch.h"

#include <map>
#include <set>
#include <vector>

using namespace Halide;
using namespace Halide::Internal;

namespace lathe::kernels {

namespace {
bool isPrefetchLoop(const For *loop) {
  return loop->name.find("prefetch_split") != std::string::npos;
}

class MendPrefetch : public IRMutator {
  using IRMutator::visit;
  Stmt visit(const For *op) override {
    if (!isPrefetchLoop(op))
      return IRMutator::visit(op);
    std::string outer = loop;
    loop = op->name;
    Stmt result = IRMutator::visit(op);
    loop = outer;
    return result;
  }
  Expr visit(const Call *op) override {
    if (loop.empty() || !op->is_intrinsic(Call::prefetch))
      return IRMutator::visit(op);
    std::vector<Expr> args = op->args;
    args[1] = simplify(substitute(loop, 0, args[1]) +
                       Variable::make(Int(32), loop) * args[3]);
    return Call::make(op->type, op->name, args, op->call_type);
  }
  std::string loop;
};

/// A statement that does nothing but prefetch, under conditions and with names
/// of its own.
bool onlyPrefetches(const Stmt &statement) {
  if (const auto *loop = statement.as<For>())
    return isPrefetchLoop(loop);
  if (const auto *let = statement.as<LetStmt>())
    return onlyPrefetches(let->body);
  if (const auto *block = statement.as<Block>())
    return onlyPrefetches(block->first) && onlyPrefetches(block->rest);
  if (const auto *branch = statement.as<IfThenElse>())
    return onlyPrefetches(branch->then_case) && !branch->else_case.defined();
  return false;
}

/// The part of the outermost prefetch loops that falls to step `step` of
/// `steps`.
class TakeShare : public IRMutator {
public:
  TakeShare(const Expr &step, const Expr &steps) : step(step), steps(steps) {}

private:
  using IRMutator::visit;
  Stmt visit(const For *op) override {
    Expr share = (op->extent + steps - 1) / steps;
    Expr begin = min(step * share, op->extent);
    Expr end = min(begin + share, op->extent);
    return For::make(op->name, op->min + begin, max(end - begin, 0),
                     op->for_type, op->device_api, op->body);
  }
  Expr step, steps;
};

/// Puts shares of `prefetches` into the loops over `variable`.
class PutShares : public IRMutator {
public:
  PutShares(const Stmt &prefetches, const std::string &variable)
      : suffix("." + variable), prefetches(prefetches) {}

private:
  using IRMutator::visit;
  Stmt visit(const For *op) override {
    if (isPrefetchLoop(op))
      return op;
    bool isTarget = op->name.size() > suffix.size() &&
                    op->name.compare(op->name.size() - suffix.size(),
                                     suffix.size(), suffix) == 0;
    Expr outerStep = step, outerSteps = steps;
    step = step * op->extent + (Variable::make(Int(32), op->name) - op->min);
    steps = steps * op->extent;
    Stmt result;
    if (isTarget) {
      result = For::make(
          op->name, op->min, op->extent, op->for_type, op->device_api,
          Block::make(TakeShare(step, steps).mutate(prefetches), op->body));
    } else {
      result = IRMutator::visit(op);
    }
    step = outerStep, steps = outerSteps;
    return result;
  }

  std::string suffix;
  Stmt prefetches;
  Expr step = 0, steps = 1;
};

/// The elements of outputs that a statement stores, as far as bounds tell.
class StoredElements : public IRVisitor {
public:
  struct Output {
    Type element;
    Interval range;
  };
  std::map<std::string, Output> outputs;

private:
  using IRVisitor::visit;
  void visit(const Allocate *op) override {
    local.insert(op->name);
    IRVisitor::visit(op);
  }
  void visit(const For *op) override {
    Interval begin = bounds_of_expr_in_scope(op->min, scope),
             extent = bounds_of_expr_in_scope(op->extent, scope);
    Interval all = Interval::everything();
    if (begin.is_bounded() && extent.has_upper_bound())
      all = {begin.min, begin.max + extent.max - 1};
    ScopedBinding<Interval> binding(scope, op->name, all);
    IRVisitor::visit(op);
  }
  void visit(const LetStmt *op) override {
    ScopedBinding<Interval> binding(scope, op->name,
                                    bounds_of_expr_in_scope(op->value, scope));
    op->body.accept(this);
  }
  void visit(const Store *op) override {
    if (local.count(op->name))
      return;
    Interval range = bounds_of_expr_in_scope(op->index, scope);
    auto [place, isNew] = outputs.try_emplace(
        op->name, Output{op->value.type().element_of(), range});
    if (!isNew)
      place->second.range.include(range);
  }

  Scope<Interval> scope;
  std::set<std::string> local;
};

class SpreadPrefetch : public IRMutator {
public:
  explicit SpreadPrefetch(const std::string &variable) : variable(variable) {}

private:
  using IRMutator::visit;
  Stmt visit(const Block *op) override {
    if (!onlyPrefetches(op->first))
      return IRMutator::visit(op);
    Stmt rest = mutate(op->rest);
    Stmt prefetches = Block::make(op->first, prefetchStored(rest));
    return PutShares(prefetches, variable).mutate(rest);
  }
  Stmt visit(const For *op) override {
    // Iterations beyond the batch, where nothing is computed.
    if (onlyPrefetches(op->body) && !isPrefetchLoop(op))
      return Evaluate::make(0);
    std::string outer = loop;
    loop = op->name;
    Stmt result = IRMutator::visit(op);
    loop = outer;
    return result;
  }

  /// A store that misses waits for its line as a load does.
  Stmt prefetchStored(const Stmt &iteration) const {
    StoredElements stored;
    if (!loop.empty())
      iteration.accept(&stored);
    Stmt all = Evaluate::make(0);
    for (const auto &[name, output] : stored.outputs) {
      if (!output.range.is_bounded())
        continue;
      int line = 64 / output.element.bytes();
      Expr next = Variable::make(Int(32), loop) + 1;
      Expr first = substitute(loop, next, output.range.min),
           last = substitute(loop, next, output.range.max);
      std::string number = "prefetch_split_" + name + ".0";
      Expr index = first + Variable::make(Int(32), number) * line;
      Stmt body = Evaluate::make(Call::make(
          output.element, Call::prefetch,
          {Variable::make(Handle(), name), index, 1, line}, Call::Intrinsic));
      Stmt lines = For::make(number, 0, simplify((last - first) / line + 1),
                             ForType::Serial, DeviceAPI::None, body);
      all = Block::make(all, lines);
    }
    return all;
  }

  std::string variable, loop;
};
} // namespace

Stmt mendPrefetches(const Stmt &body) { return MendPrefetch().mutate(body); }

Stmt spreadPrefetches(const Stmt &body, const std::string &variable) {
  return SpreadPrefetch(variable).mutate(body);
}

} // namespace lathe::kernels
