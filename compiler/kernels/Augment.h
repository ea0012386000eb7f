//===- Augment.h - Images that are warped and recoloured --------*- C++ -*-===//
#ifndef LATHE_COMPILER_KERNELS_AUGMENT_H
#define LATHE_COMPILER_KERNELS_AUGMENT_H

#include "compiler/kernels/Builder.h"

namespace lathe::kernels {

void buildWarp(Builder &builder, const Node &node, int firstResult);
void buildAdjust(Builder &builder, const Node &node, int firstResult);
void buildMix(Builder &builder, const Node &node, int firstResult);
void buildBlend(Builder &builder, const Node &node, int firstResult);
void buildBlur(Builder &builder, const Node &node, int firstResult);
void buildNoise(Builder &builder, const Node &node, int firstResult);

/// An equal kernel whose images have one channel in as many more columns, where
/// it adjusts each value by itself: long rows vectorise best. The node then has
/// this attribute, the channels of a pixel.
inline constexpr const char *channelsAttribute = "channels";
KernelSpec flattenColors(const KernelSpec &spec);

/// Strategy "images": an image is a task, and all that is needed of it before
/// its pixels can be computed is on that task's stack.
Parameters imagesParameters(const KernelSpec &spec, const Node &node,
                            const Machine &machine);
void scheduleImages(Builder &builder, const Node &node);
/// Whose pixels come from others, and whose rows from sums of others.
void scheduleWarp(Builder &builder, const Node &node);
void scheduleBlur(Builder &builder, const Node &node);

/// Refuses a kernel whose result is not images alone.
void requireOneImage(const Builder &builder);
/// Lanes of the parameter `columns`.
int imageLanes(const Builder &builder);

/// The number `at + i` that was drawn for an image.
Halide::Expr drawn(const Value &draws, const Node &node, const Halide::Expr &i,
                   const Halide::Expr &image);

} // namespace lathe::kernels

#endif // LATHE_COMPILER_KERNELS_AUGMENT_H
