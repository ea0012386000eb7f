//===- ExpectNaN.cpp - Kernels that may meet NaN --------------------------===//
#include "compiler/codegen/ExpectNaN.h"
#include "llvm/IR/IRBuilder.h"
#include "llvm/IR/InstIterator.h"
#include "llvm/IR/IntrinsicInst.h"
#include "llvm/IR/PatternMatch.h"

using namespace llvm;
using namespace llvm::PatternMatch;

/// Maxima stay free to lose NaN, and take one instruction: where a kernel must
/// keep it, it does not use them.
static void dropAssumptions(Instruction &instruction) {
  if (auto *call = dyn_cast<IntrinsicInst>(&instruction))
    if (call->getIntrinsicID() == Intrinsic::maxnum ||
        call->getIntrinsicID() == Intrinsic::minnum)
      return;
  if (isa<FPMathOperator>(instruction)) {
    instruction.setHasNoNaNs(false);
    instruction.setHasNoInfs(false);
  }
}

/// (bits(x) & 0x7fffffff) > bits(infinity) => x is NaN
static Value *compareFloat(Instruction &instruction) {
  Value *x;
  CmpPredicate predicate;
  const APInt *bound;
  if (!match(&instruction,
             m_ICmp(predicate,
                    m_And(m_BitCast(m_Value(x)), m_SpecificInt(INT32_MAX)),
                    m_APInt(bound))) ||
      !x->getType()->isFPOrFPVectorTy() ||
      !x->getType()->getScalarType()->isFloatTy())
    return nullptr;
  constexpr uint64_t infinity = 0x7f800000;
  bool above = ICmpInst::isGT(predicate) && *bound == infinity,
       below = ICmpInst::isLT(predicate) && *bound == infinity + 1;
  if (!above && !below)
    return nullptr;
  return IRBuilder<>(&instruction)
      .CreateFCmp(above ? CmpInst::FCMP_UNO : CmpInst::FCMP_ORD, x, x);
}

/// x is NaN | y is NaN => x, y are unordered
static Value *compareTwo(Instruction &instruction) {
  auto nan = [](Value *&x) {
    return m_SpecificFCmp(CmpInst::FCMP_UNO, m_Value(x), m_Deferred(x));
  };
  Value *x, *y, *others = nullptr;
  if (!match(&instruction, m_c_Or(m_Value(others), nan(y))))
    return nullptr;
  IRBuilder<> builder(&instruction);
  if (match(others, nan(x)))
    return builder.CreateFCmpUNO(x, y);
  if (match(others, m_c_Or(m_Value(others), nan(x))))
    return builder.CreateOr(others, builder.CreateFCmpUNO(x, y));
  return nullptr;
}

/// A tree of `x, y are unordered` by its opposite, null for another tree.
static Value *ordered(Value *condition, IRBuilder<> &builder) {
  Value *x, *y;
  if (match(condition,
            m_SpecificFCmp(CmpInst::FCMP_UNO, m_Value(x), m_Value(y))))
    return builder.CreateFCmpORD(x, y);
  if (!match(condition, m_Or(m_Value(x), m_Value(y))))
    return nullptr;
  Value *first = ordered(x, builder), *second = ordered(y, builder);
  return first && second ? builder.CreateAnd(first, second) : nullptr;
}

/// unordered | unordered ? a : b => ordered & ordered ? b : a: the conjunction
/// and the choice of b are masks of the instructions beside them.
static Value *selectOrdered(Instruction &instruction) {
  Value *condition, *a, *b;
  if (!match(&instruction,
             m_Select(m_Value(condition), m_Value(a), m_Value(b))) ||
      !match(condition, m_Or(m_Value(), m_Value())))
    return nullptr;
  IRBuilder<> builder(&instruction);
  Value *numbers = ordered(condition, builder);
  return numbers ? builder.CreateSelect(numbers, b, a) : nullptr;
}

void lathe::expectNaN(Function &function) {
  auto replace = [&](Value *(*replacement)(Instruction &)) {
    for (Instruction &instruction :
         make_early_inc_range(instructions(function)))
      if (Value *value = replacement(instruction)) {
        instruction.replaceAllUsesWith(value);
        instruction.eraseFromParent();
      }
  };
  for (Instruction &instruction : instructions(function))
    dropAssumptions(instruction);
  replace(compareFloat);
  replace(compareTwo);
  replace(selectOrdered);
}
