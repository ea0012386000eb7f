//===- ElementTypes.h - What tensors are made of ----------------*- C++ -*-===//
//
// One row for each type of element; sizes, names and accumulators come from it.
//
//===----------------------------------------------------------------------===//
#ifndef LATHE_COMPILER_KERNELS_ELEMENTTYPES_H
#define LATHE_COMPILER_KERNELS_ELEMENTTYPES_H

#include <cstdint>
#include <optional>

namespace lathe::kernels {

enum class ElementType { F32, F64, I32, I64, U8 };

enum class NumberKind { Float, Signed, Unsigned };

struct ElementTypeRow {
  ElementType type;
  const char *name; ///< as signatures and MLIR have it: "f32"
  NumberKind kind;
  int bytes;
};

const ElementTypeRow &describe(ElementType type);
std::optional<ElementType> findElementType(NumberKind kind, int bits);

inline int64_t bytesOf(ElementType type) { return describe(type).bytes; }
inline bool isFloat(ElementType type) {
  return describe(type).kind == NumberKind::Float;
}

/// What sums of products and of pixels are added up in, and what transforms
/// make: 32 bits, whatever the operands' type.
inline constexpr int64_t accumulatorBytes = 4;

} // namespace lathe::kernels

#endif // LATHE_COMPILER_KERNELS_ELEMENTTYPES_H
