//===- ElementTypes.cpp - What tensors are made of ------------------------===//

#include "compiler/kernels/ElementTypes.h"

#include <cassert>

namespace lathe::kernels {

static constexpr ElementTypeRow rows[] = {
    {ElementType::F32, "f32", NumberKind::Float, 4},
    {ElementType::F64, "f64", NumberKind::Float, 8},
    {ElementType::I32, "i32", NumberKind::Signed, 4},
    {ElementType::I64, "i64", NumberKind::Signed, 8},
    {ElementType::U8, "u8", NumberKind::Unsigned, 1},
};

const ElementTypeRow &describe(ElementType type) {
  for (const ElementTypeRow &row : rows)
    if (row.type == type)
      return row;
  assert(false && "every element type has a row");
  return rows[0];
}

std::optional<ElementType> findElementType(NumberKind kind, int bits) {
  for (const ElementTypeRow &row : rows)
    if (row.kind == kind && row.bytes * 8 == bits)
      return row.type;
  return std::nullopt;
}

} // namespace lathe::kernels
