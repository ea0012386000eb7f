//===- Builder.h - From a description to a pipeline -------------*- C++ -*-===//
//
// Shared by the op families. A tensor inside a kernel is an index function: it
// gives the Halide expression of one element. Elementwise operations compose
// these functions, so that a chain costs nothing until it is written out; an
// anchor (a convolution, a reduction) is a Halide Func with its own storage.
//
// Halide's dimensions are ours reversed: dimension 0 varies fastest.
//
//===----------------------------------------------------------------------===//
#ifndef LATHE_COMPILER_KERNELS_BUILDER_H
#define LATHE_COMPILER_KERNELS_BUILDER_H

#include "compiler/kernels/Kernel.h"

#include <Halide.h>

#include <any>
#include <functional>
#include <memory>
#include <optional>
#include <stdexcept>

namespace lathe::kernels {

/// A schedule that does not apply to its kernel, or a kernel that no strategy
/// builds. Never leaves the room: the door turns it into an error text.
struct NotApplicable : std::runtime_error {
  using std::runtime_error::runtime_error;
};

using Index = std::vector<Halide::Expr>;

/// A tensor inside a kernel. `at` takes one index per dimension, fastest first,
/// and may be called with indices outside the tensor only where the operation
/// that owns it says so.
struct Value {
  TensorType type;
  std::function<Halide::Expr(const Index &)> at;

  size_t rank() const { return type.shape.size(); }
  /// Size of Halide's dimension `i`; the dynamic batch gives -1.
  int64_t size(size_t i) const { return type.shape[rank() - 1 - i]; }
};

class Builder;
class RowReduction;

class Strategy;

/// An operation: its algorithm, and the ways to compute it.
struct OpFamily {
  const char *op;
  /// Anchors own the loop nest; attached operations (elementwise, pooling) are
  /// computed inside an anchor's nest, or alone.
  enum Role { Elementwise, Attached, Anchor } role;
  /// Null where each strategy has its own.
  void (*build)(Builder &builder, const Node &node, int firstResult);
  /// In order of preference: a kernel that has not been tuned has the first
  /// that applies and is preferred to those behind it.
  std::vector<const Strategy *> strategies;
  /// Anchors: whether results may be written over inputs, see
  /// `Builder::inPlace`. Elementwise kernels always may.
  bool updates = false;
};

/// The row of an operation, or null.
const OpFamily *findOp(const std::string &op);
const std::vector<OpFamily> &allOps();

/// An equal kernel with fewer dimensions, where all operations are elementwise
/// or sum everything: long rows vectorise best. Other kernels stay as they are.
KernelSpec collapseElementwise(const KernelSpec &spec);

/// The node whose family schedules the kernel: the anchor, else an attached
/// operation, else the last elementwise one.
const Node &leadingNode(const KernelSpec &spec);

/// Whether the kernel computes an operand on the way in, from its inputs.
inline bool isComputed(const KernelSpec &spec, const Node &node,
                       size_t operand) {
  return node.operands.at(operand) >= static_cast<int>(spec.inputs.size());
}

/// A loop of Halide's lowered form: of a function's definition, by the name of
/// its variable.
struct LoopName {
  std::string function, variable;
};

/// Asks for what the loop `at` reads of a buffer in the next iteration of the
/// loop `from` around it (or of itself), and behind the last of these in the
/// first of the next iteration of `then`, around both.
struct ReadAhead {
  std::string buffer; ///< an input or, with all its values, an output
  LoopName at, from, then;
};
Halide::Internal::Stmt readAhead(Halide::Internal::Stmt statement,
                                 const std::vector<ReadAhead> &all);

class Builder {
public:
  /// Builds the algorithm and applies the schedule; throws NotApplicable, or
  /// what Halide throws.
  Builder(const KernelSpec &spec, const Schedule &schedule,
          const Machine &machine);

  Halide::Module
  lower(const std::string &name, const Halide::Target &target,
        Halide::LinkageType linkage = Halide::LinkageType::External);

  const KernelSpec spec;
  const Schedule &chosen;
  Machine machine;
  Halide::Param<int> n;

  std::vector<Value> values;
  /// The anchor's storage, where it has one: accumulators that the schedule
  /// places inside the output's tile.
  Halide::Func anchor;
  /// Functions that the family's schedule places all alike.
  std::vector<Halide::Func> helpers;
  /// A struct of those that it places one by one.
  template <typename Functions>
  void keep(Functions functions) {
    named = std::move(functions);
  }
  template <typename Functions>
  Functions &kept() {
    return std::any_cast<Functions &>(named);
  }
  /// Rows of values that come from tables. Computed one by one: vectors of them
  /// would be taken apart and put together for each.
  std::vector<Halide::Func> lookups;
  /// Statistics that the schedule places in the loop over rows.
  std::vector<std::shared_ptr<RowReduction>> rowReductions;
  /// Values that a whole kernel shares, of rank 0: computed once, before it.
  std::vector<Halide::Func> scalars;
  Halide::RDom domain;

  /// All results of equal shape are one Func with a Tuple value; a kernel with
  /// results of different shapes has one Func for each.
  std::vector<Halide::Func> outputs;
  Halide::Func &out() { return outputs.front(); }
  /// Where the output is defined in place, its work is in updates: update 0
  /// does whole vectors along `wholeVectors`, update 1 the elements that
  /// remain. An update may not compute an element twice, as shifted tiles
  /// would. An anchor has no second update, as its storage is inside the first:
  /// its vectors divide the row.
  bool inPlace = false;
  Halide::RDom wholeVectors;

  /// Where it is not 0, the kernel is a convolution in groups of so many
  /// channels of its result, and its output has one more dimension, the groups:
  /// element (vc, vx, vy, vn, vg) is channel vg * groupChannels + vc.
  int groupChannels = 0;
  /// The dimensions of an image, in groups or not.
  std::vector<Halide::Var> imageVariables() const;
  /// `image` at an index of the output, whose channel is that of the loops.
  Halide::Expr atImage(const Halide::Func &image, const Index &index) const;

  const Value &operand(const Node &node, size_t i) const {
    return values.at(node.operands.at(i));
  }
  /// The extent of a size as it stands in a type.
  Halide::Expr extent(int64_t size) const;
  /// Shape of the (first) result, fastest dimension first.
  const TensorType &resultType(size_t i = 0) const {
    return values.at(spec.results.at(i)).type;
  }
  int64_t parameter(const char *name, int64_t low, int64_t high) const;
  /// Of a parameter that older schedules do not have.
  int64_t parameterOr(int64_t otherwise, const char *name, int64_t low,
                      int64_t high) const {
    return chosen.parameters.count(name) ? parameter(name, low, high)
                                         : otherwise;
  }

  /// Lets the loop `at` ask the memory for what a later iteration, the next one
  /// or `ahead` of them, reads of an operand; nothing where that is computed in
  /// this kernel.
  void prefetch(Halide::Stage stage, const Node &node, size_t operand,
                const Halide::VarOrRVar &at, int ahead = 1);
  /// The same from a loop further out, and beyond its end; see `ReadAhead`.
  void prefetch(const Node &node, size_t operand, LoopName at, LoopName from,
                LoopName then);
  /// For all images that the kernel reads or writes; each step of the loop over
  /// `spread` inside asks for its share (see spreadPrefetches).
  void prefetchImages(Halide::Stage stage, const Halide::VarOrRVar &at,
                      const Halide::Var &spread);
  /// Bytes that one sample has of all images that the kernel reads.
  int64_t imageBytes() const;
  /// What `prefetch` cannot give to Halide.
  std::vector<ReadAhead> readsAhead;

private:
  void declareInputs();
  void defineOutputs();

  std::vector<std::optional<Halide::ImageParam>> images; ///< by input
  std::any named;
  std::string prefetchesOver;
  std::vector<Halide::Argument> arguments;
};

/// A term that is summed over all of a domain. Halide takes a definition that
/// names no variable of its domain, as that of a value which is the same
/// everywhere, for one without a domain, and adds it once.
Halide::Expr forEach(const Halide::RDom &domain, const Halide::Expr &term);

/// Throws std::logic_error where a function of the kernel has an update of
/// itself without a domain: `forEach` is missing, or the update belongs into
/// the definition before it.
void verifyUpdates(const Builder &builder);

// Attributes, with the defaults of the `nn` dialect.
int64_t intAttribute(const Node &node, const char *name, int64_t otherwise);
double floatAttribute(const Node &node, const char *name, double otherwise);
std::vector<int64_t> listAttribute(const Node &node, const char *name,
                                   std::vector<int64_t> otherwise);
std::string textAttribute(const Node &node, const char *name,
                          const std::string &otherwise);
/// Dimensions of a tensor of this rank, in the order of its shape; negative
/// ones count from the end. Empty without the attribute.
std::vector<size_t> axesAttribute(const Node &node, const char *name,
                                  size_t rank);

/// Names of the tensor dimensions, shared by builders and schedules.
extern const Halide::Var vc, vx, vy, vn, vg;
/// The variables of a tensor of this rank, fastest first; the last one is `vn`
/// where the rank is above one.
std::vector<Halide::Var> variablesOf(size_t rank);

/// Largest power of two that is at most `lanes` and at most `size`.
int lanesFor(int64_t size, int lanes);

/// Where everything inside a kernel lives: on the stack of its task. Halide's
/// `Stack` goes to the heap above 16 KB; `Register` never does, and demands a
/// constant size.
inline constexpr Halide::MemoryType scratch = Halide::MemoryType::Register;

/// Cuts the outermost (batch) dimension of the output into tasks of
/// `task_images` images, each in parallel.
void parallelBatch(Halide::Stage stage, const Halide::Var &batch,
                   int64_t imagesPerTask);

/// Images per task for a kernel that needs so many microseconds for each.
int64_t imagesPerTask(const Machine &machine, double microsecondsPerImage);

Halide::Type halideType(ElementType element);
/// Bytes of one element of an operand.
int64_t elementBytes(const KernelSpec &spec, const Node &node, size_t operand);
/// Elements of one sample (without the dynamic batch).
int64_t elementsPerSample(const TensorType &type);
inline int64_t bytesPerSample(const TensorType &type) {
  return elementsPerSample(type) * bytesOf(type.element);
}

} // namespace lathe::kernels

#endif // LATHE_COMPILER_KERNELS_BUILDER_H
