//===- Mutator.h - Small changes of ONNX graphs -----------------*- C++ -*-===//
#ifndef LATHE_TEST_ONNX_FUZZ_MUTATOR_H
#define LATHE_TEST_ONNX_FUZZ_MUTATOR_H

#include <cstddef>
#include <cstdint>

namespace lathe::test {

/// Changes one thing of the serialized graph: an extent, an attribute, an
/// operator, an operand, the opset, a node's place. Returns the new size; 0
/// where the bytes are no graph, or the result does not fit.
size_t mutateGraph(uint8_t *data, size_t size, size_t most, unsigned seed);

} // namespace lathe::test

#endif // LATHE_TEST_ONNX_FUZZ_MUTATOR_H
