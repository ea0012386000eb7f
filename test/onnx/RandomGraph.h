//===- RandomGraph.h - Graphs of elementwise and moving operators -*- C++
//-*-===//
#ifndef LATHE_TEST_ONNX_RANDOMGRAPH_H
#define LATHE_TEST_ONNX_RANDOMGRAPH_H

#include "test/onnx/GraphBuilder.h"
#include "test/onnx/NaiveOps.h"
#include <random>

namespace lathe::test {

/// A graph that is drawn from a seed: operators that compute elements, move
/// them or reduce them, on values of ranks 0 to 4 and of all types. All that it
/// computes is exact in float32, whatever the order of sums.
class RandomGraph {
public:
  struct Named {
    std::string name;
    naive::Value value;
  };

  /// Batched: all values have the first dimension of the inputs, of which the
  /// graph says `N`; else there are ranks of 0, and tensors without elements.
  RandomGraph(uint32_t seed, bool batched, int nodes);

  GraphBuilder graph;
  std::vector<Named> inputs, outputs;
  /// "Cast [2,3]int64": each node, to find out which one was wrong.
  std::string describe() const;

private:
  using Value = naive::Value;

  int64_t below(int64_t bound);
  bool chance(int percent) { return below(100) < percent; }
  naive::Type drawType();
  naive::Shape drawShape();
  Value draw(naive::Type type, const naive::Shape &shape);
  /// One of the values so far; of some types only where these are given.
  const Named &pick(std::initializer_list<naive::Type> types = {});
  /// An axis, not the batch's.
  int64_t pickAxis(const Value &x);
  bool hasAxis(const Value &x) const { return x.rank() > (batched ? 1 : 0); }

  std::string constant(const Value &value);
  std::string list(const std::vector<int64_t> &numbers);
  ::onnx::NodeProto &add(const std::string &kind,
                         const std::vector<std::string> &inputs, Value result);
  /// A second operand that broadcasts, of this type.
  Named partner(const Value &x);

  // Each appends a node, or throws std::invalid_argument.
  void addCast();
  void addUnary();
  void addArithmetic();
  void addComparison();
  void addLogic();
  void addWhere();
  void addReshape();
  void addSqueeze();
  void addUnsqueeze();
  void addTranspose();
  void addExpand();
  void addSlice();
  void addGather();
  void addConcat();
  void addPad();
  void addReduce();
  void addArg();
  void addNode();

  std::mt19937 random;
  bool batched;
  std::vector<Named> pool;
  std::vector<bool> isRead;
  int constants = 0;
};

} // namespace lathe::test

#endif // LATHE_TEST_ONNX_RANDOMGRAPH_H
