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

template <typename UserOp>
static LogicalResult verifyKernel(UserOp user, SymbolTableCollection &tables) {
  if (!tables.lookupNearestSymbolFrom<KernelOp>(user, user.getKernelAttr()))
    return user.emitOpError("names no kernel: ") << user.getKernelAttr();
  return success();
}

LogicalResult DispatchOp::verifySymbolUses(SymbolTableCollection &tables) {
  return verifyKernel(*this, tables);
}

LogicalResult CallOp::verifySymbolUses(SymbolTableCollection &tables) {
  return verifyKernel(*this, tables);
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
