//===- NNOps.td - All operations of the nn dialect, a family per file -----===//
#ifndef LATHE_NN_OPS
#define LATHE_NN_OPS

include "dialects/nn/Elements.td"
include "dialects/nn/Module.td"
include "dialects/nn/Conv.td"
include "dialects/nn/Dense.td"
include "dialects/nn/Elementwise.td"
include "dialects/nn/Activations.td"
include "dialects/nn/Arithmetic.td"
include "dialects/nn/Functions.td"
include "dialects/nn/Augment.td"
include "dialects/nn/Indexing.td"
include "dialects/nn/Shaping.td"
include "dialects/nn/Norm.td"
include "dialects/nn/Attention.td"
include "dialects/nn/Pictures.td"
include "dialects/nn/Pooling.td"
include "dialects/nn/Loss.td"
include "dialects/nn/Optimizers.td"

#endif // LATHE_NN_OPS
