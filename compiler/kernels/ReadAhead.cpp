//===- ReadAhead.cpp - Prefetches of a loop's next iteration --------------===//
//
// Halide's own prefetches know neither the loops of another function nor what
// an output held before. Here the loop that computes asks, in each iteration,
// for what the code inside it reads once a loop further out has gone on:
//
//   for c_tile                          for c_tile
//     for r                      =>       for r
//       ... w[(r*32 + c_tile)*16] ...       prefetch(w, (r*32 + c_tile + 1)*16)
//                                           ... w[(r*32 + c_tile)*16] ...
//
// Behind the last tile comes the first of the loop around them.
//
//===----------------------------------------------------------------------===//

#include "compiler/kernels/Builder.h"

#include <algorithm>
#include <set>

using namespace Halide;
using namespace Halide::Internal;

namespace lathe::kernels {

namespace {
using Lets = std::vector<std::pair<std::string, Expr>>;

bool isLoop(const std::string &name, const LoopName &loop) {
  std::string end = "." + loop.variable;
  return starts_with(name, loop.function + ".s") && ends_with(name, end);
}

/// Where a statement reads a buffer, as far as that is known before it runs.
class Reads : public IRGraphVisitor {
public:
  Reads(const std::string &buffer, Lets lets)
      : buffer(buffer), lets(std::move(lets)) {}

  struct Place {
    std::string buffer;
    Type type;
    Expr index;
  };
  std::vector<Place> places;

private:
  using IRGraphVisitor::visit;
  void visit(const LetStmt *op) override {
    lets.emplace_back(op->name, op->value);
    IRGraphVisitor::visit(op);
  }
  void visit(const For *op) override {
    inner.insert(op->name);
    IRGraphVisitor::visit(op);
  }
  void visit(const Load *op) override {
    IRGraphVisitor::visit(op);
    if (op->name != buffer && !starts_with(op->name, buffer + "."))
      return;
    const Ramp *ramp = op->index.as<Ramp>();
    Expr index = ramp ? ramp->base : op->index;
    for (auto let = lets.rbegin(); let != lets.rend(); ++let)
      index = substitute(let->first, let->second, index);
    bool known =
        index.type().is_scalar() &&
        std::none_of(inner.begin(), inner.end(), [&](const std::string &loop) {
          return expr_uses_var(index, loop);
        });
    auto same = [&](const Place &place) {
      return place.buffer == op->name && equal(place.index, index);
    };
    if (known && std::none_of(places.begin(), places.end(), same))
      places.push_back({op->name, op->type.element_of(), index});
  }

  const std::string &buffer;
  Lets lets;
  std::set<std::string> inner;
};

class Inserter : public IRMutator {
public:
  explicit Inserter(const ReadAhead &wanted) : wanted(wanted) {}

private:
  using IRMutator::visit;
  Stmt visit(const LetStmt *op) override {
    lets.emplace_back(op->name, op->value);
    Stmt result = IRMutator::visit(op);
    lets.pop_back();
    return result;
  }
  Stmt visit(const For *op) override {
    const For *outerFrom = from, *outerThen = then;
    if (isLoop(op->name, wanted.then))
      then = op;
    if (isLoop(op->name, wanted.from))
      from = op;
    Stmt result = from && then && isLoop(op->name, wanted.at)
                      ? withPrefetches(op)
                      : IRMutator::visit(op);
    from = outerFrom;
    then = outerThen;
    return result;
  }

  Stmt withPrefetches(const For *op) {
    Reads reads(wanted.buffer, lets);
    op->body.accept(&reads);
    std::vector<Stmt> body;
    for (const Reads::Place &place : reads.places)
      if (expr_uses_var(place.index, from->name))
        body.push_back(Evaluate::make(Call::make(
            place.type, Call::prefetch,
            {Variable::make(Handle(), place.buffer), next(place.index), 1, 1},
            Call::Intrinsic)));
    body.push_back(op->body);
    return For::make(op->name, op->min, op->extent, op->for_type,
                     op->device_api, Block::make(body));
  }

  /// Of the next tile, or the first of the next row of tiles.
  Expr next(const Expr &index) const {
    Expr tile = Variable::make(Int(32), from->name),
         row = Variable::make(Int(32), then->name);
    Expr further = substitute(from->name, tile + 1, index);
    Expr first = substitute(then->name, row + 1,
                            substitute(from->name, from->min, index));
    return simplify(
        select(tile + 1 < from->min + from->extent, further, first));
  }

  const ReadAhead &wanted;
  Lets lets;
  const For *from = nullptr, *then = nullptr;
};
} // namespace

Stmt readAhead(Stmt statement, const std::vector<ReadAhead> &all) {
  for (const ReadAhead &wanted : all)
    statement = Inserter(wanted).mutate(statement);
  return statement;
}

} // namespace lathe::kernels
