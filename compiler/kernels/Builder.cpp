//===- Builder.cpp - From a kernel's description to a Halide pipeline ----===//

#include "compiler/kernels/Augment.h"
#include "compiler/kernels/Families.h"
#include "compiler/kernels/Naive.h"
#include "compiler/kernels/Names.h"
#include "compiler/kernels/Strategy.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <set>
#include <utility>

using namespace Halide;

namespace lathe::kernels {

const Var vc("c"), vx("x"), vy("y"), vn("b"), vg("g");

Type halideType(ElementType element) {
  const ElementTypeRow &row = kernels::describe(element);
  int bits = 8 * row.bytes;
  switch (row.kind) {
  case NumberKind::Float:
    return Float(bits);
  case NumberKind::Signed:
    return Int(bits);
  case NumberKind::Unsigned:
    return UInt(bits);
  }
  return Float(bits);
}

int64_t elementBytes(const KernelSpec &spec, const Node &node, size_t operand) {
  return bytesOf(typeOf(spec, node.operands.at(operand)).element);
}

int64_t elementsPerSample(const TensorType &type) {
  int64_t product = 1;
  for (int64_t size : type.shape)
    product *= size == dynamicBatch ? 1 : size;
  return product;
}

std::vector<Var> variablesOf(size_t rank) {
  switch (rank) {
  case 0:
    return {};
  case 1:
    return {vc};
  case 2:
    return {vc, vn};
  case 3:
    return {vc, vx, vn};
  case 4:
    return {vc, vx, vy, vn};
  case 5:
    return {vc, vx, vy, Var("z"), vn};
  case 6:
    return {vc, vx, vy, Var("z"), Var("w"), vn};
  }
  throw NotApplicable(
      fmt::format("tensors of rank {} are not supported", rank));
}

int lanesFor(int64_t size, int lanes) {
  while (lanes > 1 && lanes > size)
    lanes /= 2;
  return lanes;
}

int64_t imagesPerTask(const Machine &machine, double microsecondsPerImage) {
  double images = std::ceil(machine.taskMicroseconds /
                            std::max(microsecondsPerImage, 1e-4));
  return static_cast<int64_t>(std::clamp(images, 1.0, 65536.0));
}

void parallelBatch(Stage stage, const Var &batch, int64_t imagesPerTask) {
  if (imagesPerTask == 1) {
    stage.parallel(batch);
    return;
  }
  Var task("task"), image("image");
  stage
      .split(batch, task, image, static_cast<int>(imagesPerTask),
             TailStrategy::GuardWithIf)
      .parallel(task);
}

const TensorType &typeOf(const KernelSpec &spec, int value) {
  if (value < static_cast<int>(spec.inputs.size()))
    return spec.inputs[value];
  int number = static_cast<int>(spec.inputs.size());
  for (const Node &node : spec.nodes)
    for (const TensorType &result : node.results)
      if (number++ == value)
        return result;
  throw NotApplicable("an operand is not defined");
}

const OpFamily *findOp(const std::string &op) {
  for (const OpFamily &family : allOps())
    if (op == family.op)
      return &family;
  return nullptr;
}

std::vector<std::string> knownOps() {
  std::vector<std::string> names;
  for (const OpFamily &family : allOps())
    names.push_back(family.op);
  return names;
}

const Node &leadingNode(const KernelSpec &spec) {
  if (spec.nodes.empty())
    throw NotApplicable("the kernel has no operation");
  const Node *leading = nullptr;
  OpFamily::Role role = OpFamily::Elementwise;
  for (const Node &node : spec.nodes) {
    const OpFamily *family = findOp(node.op);
    if (!family)
      throw NotApplicable(fmt::format("unknown operation '{}'", node.op));
    if (family->role == OpFamily::Anchor && leading && role == OpFamily::Anchor)
      throw NotApplicable(fmt::format(
          "a kernel has one anchor, not both {} and {}", leading->op, node.op));
    if (!leading || family->role >= role) {
      leading = &node;
      role = family->role;
    }
  }
  return *leading;
}

Builder::Builder(const KernelSpec &original, const Schedule &schedule,
                 const Machine &planned)
    : spec(isNaive(schedule) ? original
                             : collapseElementwise(flattenColors(original))),
      chosen(schedule), machine(planned), n("n") {
  beginNamesAlike();
  const Node &leading = leadingNode(spec);
  const Strategy *strategy =
      isNaive(schedule) ? nullptr : &strategyOf(leading, schedule);
  if (schedule.parameters.count(lanesParameter))
    machine.lanes =
        static_cast<int>(parameter(lanesParameter, 1, machine.lanes));
  if (spec.inPlace.empty() ? false : spec.inPlace.size() != spec.results.size())
    throw NotApplicable("inPlace and results differ in length");
  declareInputs();
  for (const Node &node : spec.nodes) {
    for (int operand : node.operands)
      if (operand < 0 || operand >= static_cast<int>(values.size()))
        throw NotApplicable(fmt::format(
            "{}: operand {} is not defined before it", node.op, operand));
    int first = static_cast<int>(values.size());
    for (const TensorType &type : node.results)
      values.push_back({type, nullptr});
    const OpFamily &family = *findOp(node.op);
    if (strategy && &node == &leading)
      strategy->build(*this, node, first);
    else if (family.build)
      family.build(*this, node, first);
    else
      throw NotApplicable(node.op + " has no algorithm without a strategy");
  }
  defineOutputs();
  if (strategy)
    strategy->schedule(*this, leading);
  for (Func &scalar : scalars)
    scalar.compute_root().store_in(scratch);
}

void requireAlone(const Builder &b, const Node &node) {
  if (b.outputs.size() > 1 || b.resultType() != node.results.at(0))
    throw NotApplicable(node.op + " is a kernel by itself");
}

Expr forEach(const RDom &domain, const Expr &term) {
  for (int i = 0; i < domain.dimensions(); ++i)
    if (Internal::expr_uses_var(term, domain[i].name()))
      return term;
  // Always so, which the simplifier finds only after Halide has looked.
  return select(domain[0] >= 0, term, Internal::make_zero(term.type()));
}

Expr Builder::extent(int64_t size) const {
  return size == dynamicBatch ? Expr(n) : Expr(static_cast<int>(size));
}

int64_t Builder::parameter(const char *name, int64_t low, int64_t high) const {
  auto it = chosen.parameters.find(name);
  if (it == chosen.parameters.end())
    throw NotApplicable(fmt::format("strategy '{}' needs the parameter '{}'",
                                    chosen.strategy, name));
  if (it->second < low || it->second > high)
    throw NotApplicable(
        fmt::format("{}={} is outside [{}, {}]", name, it->second, low, high));
  return it->second;
}

void Builder::prefetch(Stage stage, const Node &node, size_t operand,
                       const VarOrRVar &at, int ahead) {
  auto input = static_cast<size_t>(node.operands.at(operand));
  if (input < images.size() && images[input])
    stage.prefetch(*images[input], at, at, ahead,
                   PrefetchBoundStrategy::NonFaulting);
}

void Builder::prefetchImages(Stage stage, const VarOrRVar &at,
                             const Var &spread) {
  prefetchesOver = spread.name();
  std::set<int> used;
  for (const Node &node : spec.nodes)
    used.insert(node.operands.begin(), node.operands.end());
  for (int input : used)
    if (input < static_cast<int>(images.size()) && images[input] &&
        images[input]->dimensions() == 4)
      stage.prefetch(*images[input], at, at, 1,
                     PrefetchBoundStrategy::NonFaulting);
}

int64_t Builder::imageBytes() const {
  int64_t bytes = 0;
  for (const TensorType &input : spec.inputs)
    if (input.shape.size() == 4 && input.shape[0] == dynamicBatch)
      bytes += elementsPerSample(input) * bytesOf(input.element);
  return bytes;
}

void Builder::prefetch(const Node &node, size_t operand, LoopName at,
                       LoopName from, LoopName then) {
  auto input = static_cast<size_t>(node.operands.at(operand));
  if (input < images.size() && images[input])
    readsAhead.push_back({images[input]->name(), std::move(at), std::move(from),
                          std::move(then)});
}

std::vector<Var> Builder::imageVariables() const {
  std::vector<Var> variables = variablesOf(4);
  if (groupChannels)
    variables.push_back(vg);
  return variables;
}

Expr Builder::atImage(const Func &image, const Index &index) const {
  Index at = index;
  if (groupChannels) {
    at[0] = vc;
    at.push_back(vg);
  }
  return cast<float>(image(at));
}

/// Gives a buffer the constant bounds and strides of a dense tensor, so that
/// nothing but its `host` pointer is read. The channels of an image may be cut
/// into groups, which are its last dimension then.
/// Buffers of one Tuple after the first share its bounds.
template <typename Parameter>
static void describe(Parameter &&buffer, const TensorType &type,
                     const Param<int> &n, int groupChannels = 0,
                     bool ownBounds = true) {
  Expr stride = 1;
  int rank = static_cast<int>(type.shape.size());
  for (int i = 0; i < rank; ++i) {
    int64_t size = type.shape[rank - 1 - i];
    if (size == dynamicBatch && i != rank - 1)
      throw NotApplicable("only the outermost dimension may be dynamic");
    if (size != dynamicBatch && size < 1)
      throw NotApplicable("a dimension is not positive");
    Expr extent = size == dynamicBatch ? Expr(n) : Expr(static_cast<int>(size));
    bool cut = groupChannels && i == 0;
    if (ownBounds)
      buffer.dim(i).set_bounds(0, cut ? Expr(groupChannels) : extent);
    buffer.dim(i).set_stride(stride);
    stride = Internal::simplify(stride * extent);
  }
  if (!groupChannels)
    return;
  if (ownBounds)
    buffer.dim(rank).set_bounds(0, static_cast<int>(type.shape.back()) /
                                       groupChannels);
  buffer.dim(rank).set_stride(groupChannels);
}

void Builder::declareInputs() {
  for (size_t i = 0; i < spec.inputs.size(); ++i) {
    const TensorType &type = spec.inputs[i];
    auto it = std::find(spec.inPlace.begin(), spec.inPlace.end(),
                        static_cast<int>(i));
    if (it != spec.inPlace.end()) {
      inPlace = true;
      values.push_back({type, nullptr}); // read from the output, see below
      images.emplace_back();
      continue;
    }
    ImageParam image(halideType(type.element),
                     static_cast<int>(type.shape.size()),
                     fmt::format("input{}", i));
    describe(image, type, n);
    arguments.push_back(image);
    images.emplace_back(image);
    values.push_back(
        {type, [image](const Index &index) { return image(index); }});
  }
  arguments.push_back(n);

  outputs.emplace_back("out");
  if (!inPlace)
    return;
  const OpFamily &leading = *findOp(leadingNode(spec).op);
  if (leading.role != OpFamily::Elementwise && !leading.updates)
    throw NotApplicable(fmt::format("{} does not work in place", leading.op));
  // The pure definition writes nothing; the update, defined later, reads and
  // writes the same element, which makes sharing the memory well defined.
  std::vector<Expr> nothing;
  Func out = this->out();
  for (size_t k = 0; k < spec.results.size(); ++k) {
    int input = spec.inPlace[k];
    nothing.push_back(undef(halideType(typeOf(spec, spec.results[k]).element)));
    if (input < 0)
      continue;
    bool single = spec.results.size() == 1;
    values[input].at = [out, k, single](const Index &index) {
      std::vector<Expr> where(index.begin(), index.end());
      return single ? Expr(out(where)) : Expr(out(where)[static_cast<int>(k)]);
    };
  }
  out(variablesOf(typeOf(spec, spec.results.at(0)).shape.size())) =
      Tuple(nothing);
}

void Builder::defineOutputs() {
  bool same = true;
  for (size_t i = 0; i < spec.results.size(); ++i)
    same &= resultType(i).shape == resultType().shape;
  if (spec.results.empty())
    throw NotApplicable("the kernel has no result");
  if (!same && inPlace)
    throw NotApplicable("results of different shapes cannot be in place");

  size_t count = same ? 1 : spec.results.size();
  for (size_t i = 0; i < count; ++i) {
    if (i > 0)
      outputs.emplace_back("out" + std::to_string(i));
    std::vector<Var> variables = variablesOf(resultType(i).shape.size());
    if (groupChannels) {
      if (variables.size() < 4 || resultType(i).shape.back() % groupChannels)
        throw NotApplicable("a convolution's kernel in groups writes images");
      variables.push_back(vg);
    }
    Index index(variables.begin(), variables.end());
    auto define = [&](Index index) {
      Index place = index;
      if (groupChannels) {
        index[0] = vg * groupChannels + vc;
        index.pop_back();
      }
      std::vector<Expr> elements;
      for (size_t k = i; k < (same ? spec.results.size() : i + 1); ++k)
        elements.push_back(cast(halideType(resultType(k).element),
                                values[spec.results[k]].at(index)));
      outputs[i](place) = Tuple(elements);
    };
    if (!inPlace || index.empty() ||
        resultType().shape.back() == dynamicBatch) {
      define(index);
      continue;
    }
    int columns = static_cast<int>(resultType().shape.back());
    bool anchored = findOp(leadingNode(spec).op)->role == OpFamily::Anchor;
    int lanes = anchored ? 1 : lanesFor(columns, machine.lanes);
    wholeVectors = RDom(0, columns / lanes * lanes);
    index[0] = wholeVectors;
    define(index);
    if (columns % lanes) {
      index[0] = RDom(columns / lanes * lanes, columns % lanes);
      define(index);
    }
  }
  size_t result = 0;
  for (Func &output : outputs) {
    bool first = true;
    for (OutputImageParam buffer : output.output_buffers())
      describe(buffer, resultType(result++), n, groupChannels,
               std::exchange(first, false));
  }
}

} // namespace lathe::kernels
