//===- RandomNetwork.h - Networks with weights in many orders -----*- C++
//-*-===//
#ifndef LATHE_TEST_ONNX_RANDOMNETWORK_H
#define LATHE_TEST_ONNX_RANDOMNETWORK_H

#include "test/onnx/GraphBuilder.h"

namespace lathe::test {

/// From images, channels first, to three scores. Kernels and matrices are
/// square where they may be, so that their shape does not tell their order. The
/// same seed gives the same graph. What is `trained` has gradients everywhere.
GraphBuilder randomNetwork(unsigned seed, bool trained);

} // namespace lathe::test

#endif // LATHE_TEST_ONNX_RANDOMNETWORK_H
