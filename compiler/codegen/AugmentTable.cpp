//===- AugmentTable.cpp - What is drawn for images ------------------------===//
#include "compiler/codegen/AugmentTable.h"
#include "compiler/codegen/TableFields.h"
#include "dialects/nn/NNDialect.h"
#include "mlir/IR/BuiltinOps.h"
#include "runtime/embedded/internal.h"

using namespace lathe;

namespace {
struct Kind {
  llvm::StringLiteral name; ///< in nn.draw
  int32_t number;           ///< lathe_draw_kind
};
} // namespace

static constexpr Kind kinds[] = {
    {"uniform", LATHE_DRAW_UNIFORM},
    {"signed", LATHE_DRAW_SIGNED},
    {"chance", LATHE_DRAW_CHANCE},
    {"odds", LATHE_DRAW_ODDS},
    {"box", LATHE_DRAW_BOX},
    {"flip", LATHE_DRAW_FLIP},
    {"rotation", LATHE_DRAW_ROTATION},
    {"translation", LATHE_DRAW_TRANSLATION},
    {"zoom", LATHE_DRAW_ZOOM},
    {"shear", LATHE_DRAW_SHEAR},
    {"perspective", LATHE_DRAW_PERSPECTIVE},
    {"resized_crop", LATHE_DRAW_RESIZED_CROP},
    {"generator", LATHE_DRAW_GENERATOR},
    {"crop", LATHE_DRAW_CROP},
    {"shift", LATHE_DRAW_SHIFT},
    {"policy", LATHE_DRAW_POLICY},
    {"augmix", LATHE_DRAW_AUGMIX},
    {"noise", LATHE_DRAW_NOISE},
    {"blur", LATHE_DRAW_BLUR},
    {"elastic", LATHE_DRAW_ELASTIC},
    {"mixup", LATHE_DRAW_MIXUP},
    {"cutmix", LATHE_DRAW_CUTMIX},
};

static std::vector<Constant::Fields> describe(mlir::ModuleOp planned,
                                              bool mixing) {
  std::vector<Constant::Fields> rows;
  for (auto draw : planned.getOps<nn::DrawOp>()) {
    const Kind *kind = llvm::find_if(
        kinds, [&](const Kind &k) { return k.name == draw.getDraw(); });
    llvm::ArrayRef<double> given = draw.getNumbers();
    assert(kind != std::end(kinds) && given.size() <= LATHE_DRAW_NUMBERS &&
           "the frontend knows what can be drawn");
    if ((kind->number >= LATHE_DRAW_MIXUP) != mixing)
      continue;
    Constant::Fields numbers;
    for (size_t i = 0; i < LATHE_DRAW_NUMBERS; ++i)
      numbers.push_back({i < given.size() ? given[i] : 0.0});
    rows.push_back({{kind->number},
                    {int32_t(draw.getAt())},
                    {int64_t(draw.getStream())},
                    {numbers}});
  }
  return rows;
}

std::vector<Constant::Fields> lathe::describeDraws(mlir::ModuleOp planned) {
  return describe(planned, /*mixing=*/false);
}

std::vector<Constant::Fields> lathe::describeMixes(mlir::ModuleOp planned) {
  return describe(planned, /*mixing=*/true);
}
