//===- Strategy.h - A way to compute an operation ---------------*- C++ -*-===//
//
// A strategy answers for itself: which kernels it computes, with which
// parameters it starts, how it builds and schedules them, and what its register
// tile costs. Ops.cpp lists each operation's strategies in order of preference;
// that table is all that needs to know a new one.
//
//===----------------------------------------------------------------------===//
#ifndef LATHE_COMPILER_KERNELS_STRATEGY_H
#define LATHE_COMPILER_KERNELS_STRATEGY_H

#include "compiler/kernels/Builder.h"

namespace lathe::kernels {

/// Strategies have no state. The functions that one makes for a kernel are in
/// the Builder: `keep` and `kept`.
class Strategy {
public:
  /// `purpose` completes "is a strategy ...".
  explicit constexpr Strategy(const char *name, const char *purpose = "")
      : name(name), purpose(purpose) {}
  virtual ~Strategy() = default;
  Strategy(const Strategy &) = delete;
  Strategy &operator=(const Strategy &) = delete;

  /// As schedules have it; unique among the strategies of an operation.
  const char *const name;
  const char *const purpose;

  /// The parameters of a kernel that has not been tuned; nothing where the
  /// strategy does not apply.
  virtual std::optional<Parameters> defaults(const KernelSpec &spec,
                                             const Node &node,
                                             const Machine &machine) const = 0;

  /// Whether a kernel that it applies to is better off with it than with those
  /// behind it in the table.
  virtual bool preferred(const KernelSpec &, const Node &,
                         const Machine &) const {
    return true;
  }

  /// Builds the node's results; by default, the operation's own algorithm.
  virtual void build(Builder &builder, const Node &node, int firstResult) const;

  /// Schedules the whole kernel; throws NotApplicable.
  virtual void schedule(Builder &builder, const Node &node) const = 0;

  /// See `scheduleCost`.
  virtual double cost(const KernelSpec &, const Schedule &, const Machine &,
                      int64_t /*samples*/) const {
    return 1;
  }

  /// How much faster it is than multiplying and adding all that the operation's
  /// definition does, where the arithmetic is the limit.
  virtual double speedup() const { return 1; }
};

/// A strategy made of two functions, for operations that have only one.
class OnlyStrategy final : public Strategy {
public:
  using Defaults = Parameters (*)(const KernelSpec &, const Node &,
                                  const Machine &);
  using Apply = void (*)(Builder &, const Node &);

  constexpr OnlyStrategy(const char *name, Defaults start, Apply apply)
      : Strategy(name), start(start), apply(apply) {}

  std::optional<Parameters> defaults(const KernelSpec &spec, const Node &node,
                                     const Machine &machine) const override {
    return start(spec, node, machine);
  }
  void schedule(Builder &builder, const Node &node) const override {
    apply(builder, node);
  }

private:
  Defaults start;
  Apply apply;
};

/// The strategy that untuned kernels of this leading node have; throws
/// NotApplicable where none applies.
const Strategy &preferredStrategy(const KernelSpec &spec, const Node &node,
                                  const Machine &machine);

/// The strategy that the schedule names; throws NotApplicable, with the names
/// that there are.
const Strategy &strategyOf(const Node &node, const Schedule &schedule);

/// A schedule's parameter, at least 1; 1 where it has none of that name.
int64_t parameterOf(const Schedule &schedule, const char *name);

/// Cycles for each vector of multiply-adds in a tile of `vectors` x `steps`
/// accumulators, of which each step loads one vector and one element of either
/// operand: multiply-adds, loads, and chains of additions as in chooseTile(),
/// and what does not fit the registers.
double registerTileCost(const Machine &machine, int64_t vectors, int64_t steps);

/// The same of a tile of an image, `columns` x `rows` of the kernel's result,
/// with what tiles compute beyond the result.
double imageTileCost(const KernelSpec &spec, const Schedule &schedule,
                     const Machine &machine);

/// What whole tiles compute of an extent, for each that is asked for.
double excess(int64_t extent, int64_t tile);

} // namespace lathe::kernels

#endif // LATHE_COMPILER_KERNELS_STRATEGY_H
