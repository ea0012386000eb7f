//===- ExecDialect.cpp - Registration and assembly of the exec dialect ----===//
#include "dialects/exec/ExecDialect.h"
#include "mlir/IR/Builders.h"
#include "mlir/IR/DialectImplementation.h"
#include "mlir/Interfaces/FunctionImplementation.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;
using namespace lathe::exec;

#include "dialects/exec/ExecDialect.cpp.inc"
#include "dialects/exec/ExecEnums.cpp.inc"

#define GET_ATTRDEF_CLASSES
#include "dialects/exec/ExecAttrs.cpp.inc"

#define GET_OP_CLASSES
#include "dialects/exec/ExecOps.cpp.inc"

void ExecDialect::initialize() {
  addOperations<
#define GET_OP_LIST
#include "dialects/exec/ExecOps.cpp.inc"
      >();
  addAttributes<
#define GET_ATTRDEF_LIST
#include "dialects/exec/ExecAttrs.cpp.inc"
      >();
}

//===- #exec.schedule<direct {columns = 14}> ------------------------------===//

Attribute ScheduleAttr::parse(AsmParser &parser, Type) {
  std::string strategy;
  NamedAttrList parameters;
  if (parser.parseLess() || parser.parseKeywordOrString(&strategy) ||
      parser.parseOptionalAttrDict(parameters) || parser.parseGreater())
    return {};
  return get(parser.getContext(), strategy,
             parameters.getDictionary(parser.getContext()));
}

void ScheduleAttr::print(AsmPrinter &printer) const {
  printer << "<";
  printer.printKeywordOrString(getStrategy());
  if (!getParameters().empty()) {
    printer << " {";
    llvm::interleaveComma(getParameters(), printer, [&](NamedAttribute named) {
      printer << named.getName().getValue() << " = ";
      printer.printAttributeWithoutType(named.getValue());
    });
    printer << "}";
  }
  printer << ">";
}

/// Attributes that say nothing are not printed.
static SmallVector<StringRef> elided(ArrayRef<int64_t> inPlace) {
  SmallVector<StringRef> names{"sym_name", "schedule"};
  if (inPlace.empty())
    names.push_back("in_place");
  return names;
}

//===- Memory that is overwritten -----------------------------------------===//

/// The error of an operation that violates a constraint of its description.
static InFlightDiagnostic violates(Operation *op, unsigned constraint) {
  return op->emitOpError(op->getName().stripDialect())
         << "_c" << constraint << ": ";
}

/// c1 and c2 of groups and kernels.
static LogicalResult verifyInPlace(Operation *op, ArrayRef<int64_t> inPlace,
                                   Block &body) {
  OperandRange results = body.getTerminator()->getOperands();
  if (!inPlace.empty() && inPlace.size() != results.size())
    return violates(op, 1) << "in_place has " << inPlace.size()
                           << " entries for " << results.size() << " results";
  SmallVector<int64_t> taken;
  for (auto [argument, result] : llvm::zip(inPlace, results)) {
    if (argument == -1)
      continue;
    if (argument < 0 || argument >= int64_t(body.getNumArguments()) ||
        body.getArgument(argument).getType() != result.getType() ||
        llvm::is_contained(taken, argument))
      return violates(op, 2) << "in_place names argument " << argument
                             << ", which cannot be overwritten by a result";
    taken.push_back(argument);
  }
  return success();
}

//===- Groups -------------------------------------------------------------===//

ParseResult GroupOp::parse(OpAsmParser &parser, OperationState &result) {
  SmallVector<OpAsmParser::Argument> arguments;
  SmallVector<OpAsmParser::UnresolvedOperand> operands;
  FunctionType type;
  auto binding = [&]() -> ParseResult {
    return failure(parser.parseArgument(arguments.emplace_back()) ||
                   parser.parseEqual() ||
                   parser.parseOperand(operands.emplace_back()));
  };
  SMLoc loc = parser.getCurrentLocation();
  if (parser.parseCommaSeparatedList(OpAsmParser::Delimiter::Paren, binding) ||
      parser.parseColonType(type) ||
      parser.parseOptionalAttrDictWithKeyword(result.attributes) ||
      parser.resolveOperands(operands, type.getInputs(), loc, result.operands))
    return failure();
  for (auto [argument, input] : llvm::zip_equal(arguments, type.getInputs()))
    argument.type = input;
  result.addTypes(type.getResults());
  return parser.parseRegion(*result.addRegion(), arguments);
}

void GroupOp::print(OpAsmPrinter &printer) {
  printer << " (";
  llvm::interleaveComma(llvm::zip_equal(getBody().getArguments(), getInputs()),
                        printer, [&](auto pair) {
                          printer << std::get<0>(pair) << " = "
                                  << std::get<1>(pair);
                        });
  printer << ") : ";
  printer.printFunctionalType(getInputs().getTypes(), getResultTypes());
  printer.printOptionalAttrDictWithKeyword((*this)->getAttrs(),
                                           elided(getInPlace()));
  printer << " ";
  printer.printRegion(getBody(), /*printEntryBlockArgs=*/false);
}

LogicalResult GroupOp::verifyRegions() {
  Block &body = getBody().front();
  if (failed(verifyInPlace(*this, getInPlace(), body)))
    return failure();
  if (!llvm::equal(body.getArgumentTypes(), getInputs().getTypes()))
    return violates(*this, 3) << "its arguments have other types than its "
                                 "operands";
  if (body.getTerminator()->getOperandTypes() != getResultTypes())
    return violates(*this, 4) << "it yields other types than its results have";
  return success();
}

//===- Kernels ------------------------------------------------------------===//

ParseResult KernelOp::parse(OpAsmParser &parser, OperationState &result) {
  StringAttr name;
  SmallVector<OpAsmParser::Argument> arguments;
  if (parser.parseSymbolName(name, "sym_name", result.attributes) ||
      parser.parseArgumentList(arguments, OpAsmParser::Delimiter::Paren,
                               /*allowType=*/true))
    return failure();
  if (succeeded(parser.parseOptionalKeyword("schedule"))) {
    ScheduleAttr schedule;
    if (parser.parseEqual() ||
        parser.parseAttribute(schedule, "schedule", result.attributes))
      return failure();
  }
  if (parser.parseOptionalAttrDictWithKeyword(result.attributes))
    return failure();
  return parser.parseRegion(*result.addRegion(), arguments);
}

void KernelOp::print(OpAsmPrinter &printer) {
  printer << " ";
  printer.printSymbolName(getSymName());
  printer << "(";
  llvm::interleaveComma(
      getBody().getArguments(), printer,
      [&](BlockArgument argument) { printer.printRegionArgument(argument); });
  printer << ")";
  if (auto schedule = getScheduleAttr())
    printer << " schedule = " << schedule;
  printer.printOptionalAttrDictWithKeyword((*this)->getAttrs(),
                                           elided(getInPlace()));
  printer << " ";
  printer.printRegion(getBody(), /*printEntryBlockArgs=*/false);
}

LogicalResult KernelOp::verifyRegions() {
  return verifyInPlace(*this, getInPlace(), getBody().front());
}

template <typename UserOp>
static FailureOr<KernelOp> kernelOf(UserOp user,
                                    SymbolTableCollection &tables) {
  auto kernel =
      tables.lookupNearestSymbolFrom<KernelOp>(user, user.getKernelAttr());
  if (!kernel)
    return user.emitOpError("names no kernel: ") << user.getKernelAttr();
  return kernel;
}

/// Whether a tensor's memory can be seen as the other type: updates are kernels
/// for vectors.
static bool isView(Type a, Type b) {
  auto from = dyn_cast<RankedTensorType>(a), to = dyn_cast<RankedTensorType>(b);
  if (a == b || !from || !to || !from.hasStaticShape() || !to.hasStaticShape())
    return a == b;
  return from.getElementType() == to.getElementType() &&
         from.getNumElements() == to.getNumElements();
}

LogicalResult DispatchOp::verifySymbolUses(SymbolTableCollection &tables) {
  FailureOr<KernelOp> kernel = kernelOf(*this, tables);
  if (failed(kernel))
    return failure();
  mlir::Region &body = kernel->getBody();
  if (!body.hasOneBlock() || body.front().empty())
    return success(); // the kernel has an error of its own
  if (!llvm::equal(body.getArgumentTypes(), getInputs().getTypes(), isView) ||
      !llvm::equal(body.front().back().getOperandTypes(), getResultTypes(),
                   isView))
    return violates(*this, 1) << "has other types than " << getKernelAttr();
  return success();
}

LogicalResult CallOp::verifySymbolUses(SymbolTableCollection &tables) {
  return kernelOf(*this, tables);
}

//===- Memory -------------------------------------------------------------===//

LogicalResult VariableOp::verify() {
  if (std::optional<ElementsAttr> data = getData();
      data && data->getShapedType() != getType())
    return violates(*this, 3)
           << "its data have the type " << data->getShapedType();
  return success();
}

LogicalResult SliceOp::verify() {
  ArrayRef<int64_t> shape = cast<MemRefType>(getType()).getShape();
  if (llvm::any_of(shape.drop_front(!shape.empty()), ShapedType::isDynamic))
    return violates(*this, 2) << "only the batch may be dynamic";
  return success();
}

//===- Functions ----------------------------------------------------------===//

ParseResult FuncOp::parse(OpAsmParser &parser, OperationState &result) {
  auto buildType = [](Builder &builder, ArrayRef<Type> inputs,
                      ArrayRef<Type> results,
                      function_interface_impl::VariadicFlag, std::string &) {
    return builder.getFunctionType(inputs, results);
  };
  return function_interface_impl::parseFunctionOp(
      parser, result, /*allowVariadic=*/false,
      getFunctionTypeAttrName(result.name), buildType,
      getArgAttrsAttrName(result.name), getResAttrsAttrName(result.name));
}

LogicalResult FuncOp::verify() {
  if (!llvm::all_of(getArgumentTypes(), llvm::IsaPred<MemRefType>) ||
      !getResultTypes().empty())
    return violates(*this, 1) << "takes memory and returns nothing, but has "
                              << "the type " << getFunctionType();
  return success();
}

unsigned lathe::exec::countInputs(FuncOp step) {
  unsigned count = 0;
  for (BlockArgument argument : step.getBody().getArguments()) {
    if (step.getArgAttr(argument.getArgNumber(), outputAttr) ||
        llvm::any_of(argument.getUses(), [](OpOperand &use) {
          auto call = dyn_cast<CallOp>(use.getOwner());
          return call && use.getOperandNumber() >= call.getInputs().size();
        }))
      break;
    ++count;
  }
  return count;
}

void FuncOp::print(OpAsmPrinter &printer) {
  function_interface_impl::printFunctionOp(
      printer, *this, /*isVariadic=*/false, getFunctionTypeAttrName(),
      getArgAttrsAttrName(), getResAttrsAttrName());
}
