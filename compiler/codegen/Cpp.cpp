//===- Cpp.cpp - A planned module to one C++ file -------------------------===//
#include "compiler/codegen/Banner.h"
#include "compiler/codegen/Codegen.h"
#include "compiler/codegen/Embedded.h"
#include "compiler/codegen/ModelTables.h"
#include "compiler/codegen/StackSize.h"
#include "compiler/codegen/Steps.h"
#include "compiler/kernels/Kernel.h"
#include "compiler/transforms/KernelBridge.h"
#include "dialects/nn/Elements.h"
#include "dialects/nn/NNDialect.h"
#include "mlir/IR/BuiltinOps.h"
#include "llvm/ADT/StringExtras.h"
#include <cmath>
#include <fmt/format.h>

using namespace lathe;

namespace {
/// Prints constants as C++ initialisers.
struct ConstantPrinter {
  std::string operator()(uint8_t value) const {
    return fmt::format("{}", value);
  }
  std::string operator()(int32_t value) const {
    return fmt::format("{}", value);
  }
  std::string operator()(int64_t value) const {
    return value == static_cast<int32_t>(value)
               ? fmt::format("{}", value)
               : fmt::format("INT64_C({})", value);
  }
  // Hexadecimal: without loss.
  std::string operator()(float value) const {
    return std::isfinite(value) ? fmt::format("{:a}f", value)
           : std::isnan(value)  ? "NAN"
           : value > 0          ? "INFINITY"
                                : "-INFINITY";
  }
  std::string operator()(double value) const {
    return std::isfinite(value) ? fmt::format("{:a}", value)
                                : (*this)(static_cast<float>(value));
  }
  std::string operator()(const Constant::String &string) const {
    if (!string.text)
      return "nullptr";
    std::string text;
    llvm::raw_string_ostream os(text);
    for (unsigned char c : *string.text)
      if (c == '"' || c == '\\')
        os << '\\' << c;
      else if (llvm::isPrint(c))
        os << c;
      else
        os << fmt::format("\\{:03o}", c);
    return "\"" + text + "\"";
  }
  std::string operator()(const Constant::Address &address) const {
    return address.symbol.empty() ? "nullptr" : address.symbol;
  }
  std::string operator()(const Constant::Fields &fields) const {
    std::vector<std::string> parts;
    for (const Constant &field : fields)
      parts.push_back(std::visit(*this, field.value));
    return "{" + llvm::join(parts, ", ") + "}";
  }
};

std::string print(const Constant::Fields &fields) {
  return ConstantPrinter()(fields);
}

template <typename T>
std::string printElements(mlir::DenseElementsAttr elements) {
  std::string text;
  llvm::ArrayRef<char> raw = elements.getRawData();
  for (int64_t i = 0; i < elements.getNumElements(); ++i) {
    T element;
    std::memcpy(&element, &raw[elements.isSplat() ? 0 : i * sizeof(T)],
                sizeof(T));
    text += i % 8 ? " " : "\n    ";
    text += ConstantPrinter()(element) + ",";
  }
  return text;
}

/// An array of what a tensor begins with, as lathe_tensor points to it.
std::string printData(const InitialData &data) {
  struct Row {
    const char *type;
    std::string (*print)(mlir::DenseElementsAttr);
  };
  static constexpr Row rows[] = {// by lathe_dtype
                                 {"float", printElements<float>},
                                 {"double", printElements<double>},
                                 {"int32_t", printElements<int32_t>},
                                 {"int64_t", printElements<int64_t>},
                                 {"uint8_t", printElements<uint8_t>}};
  const Row &row = rows[data.dtype];
  return fmt::format("alignas(64) static const {} {}[] = {{{}\n}};\n\n",
                     row.type, data.symbol,
                     row.print(nn::denseCopy(data.elements)));
}

std::string printTables(const ModelTables &tables) {
  std::string text;
  auto array = [&](const char *type, const std::string &symbol,
                   const std::vector<Constant::Fields> &elements) {
    if (elements.empty())
      return;
    text += fmt::format("static const {} {}[] = {{\n", type, symbol);
    for (const Constant::Fields &element : elements)
      text += "    " + print(element) + ",\n";
    text += "};\n\n";
  };
  for (const InitialData &data : tables.data)
    text += printData(data);
  array("lathe_tensor", tensorsSymbol(tables), tables.tensors);
  array("lathe_kernel", kernelsSymbol(tables), tables.kernels);
  array("lathe_port", inputsSymbol(tables), tables.inputs);
  array("lathe_port", outputsSymbol(tables), tables.outputs);
  array("lathe_bound", boundsSymbol(tables), tables.bounds);
  array("lathe_kept", keptSymbol(tables), tables.kept);
  array("lathe_draw", drawsSymbol(tables), tables.draws);
  array("lathe_draw", mixesSymbol(tables), tables.mixes);
  array("lathe_kept", measuredSymbol(tables), tables.measured);
  array("lathe_whitening", whiteningsSymbol(tables), tables.whitenings);
  if (!tables.classNames.empty()) {
    text += fmt::format("static const char *const {}[] = {{\n",
                        classNamesSymbol(tables));
    for (const std::string &name : tables.classNames)
      text += "    " + ConstantPrinter()(Constant::String{name}) + ",\n";
    text += "};\n\n";
  }
  auto table = [&](const char *type, const char *suffix,
                   const Constant::Fields &fields) {
    text += fmt::format("const {} {}_{} = {{\n", type, tables.name, suffix);
    for (const Constant &field : fields)
      text += "    " + std::visit(ConstantPrinter(), field.value) + ",\n";
    text += "};\n\n";
  };
  table("lathe_model", "model", tables.model);
  table("lathe_layout", "layout", tables.layout);
  return text;
}

std::string regionName(exec::Region region) {
  return exec::stringifyRegion(region).str();
}

std::string printBuffer(const StepBuffer &buffer,
                        const std::vector<std::string> &arguments) {
  if (buffer.argument >= 0)
    return arguments[buffer.argument];
  return fmt::format("at({}, {})", regionName(buffer.region), buffer.offset);
}

/// The parameters of each step behind its regions, as internal.h declares them.
std::vector<std::pair<std::string, std::string>>
stepArguments(StepSignature::Arguments arguments) {
  switch (arguments) {
  case StepSignature::None:
    return {};
  case StepSignature::Arrays:
    return {{"const void *const *", "inputs"}, {"void *const *", "outputs"}};
  case StepSignature::Labeled:
    return {{"const float *", "images"},
            {"const int32_t *", "labels"},
            {"const float *", "weights"},
            {"float *", "loss"},
            {"int32_t *", "correct"}};
  case StepSignature::Mixed:
    return {{"const float *", "images"},  {"const int32_t *", "labels"},
            {"const float *", "weights"}, {"const int32_t *", "others"},
            {"const float *", "shares"},  {"float *", "loss"},
            {"int32_t *", "correct"}};
  case StepSignature::Drawn:
    return {{"const float *", "images"},
            {"const float *", "numbers"},
            {"float *", "augmented"}};
  case StepSignature::Images:
    return {{"const float *", "images"}};
  }
  llvm_unreachable("all arguments are there");
}

/// inputs[0], outputs[0], ...
std::vector<std::string> portExpressions(exec::FuncOp step) {
  std::vector<std::string> names;
  unsigned inputs = exec::countInputs(step);
  for (unsigned i = 0; i < step.getArgumentTypes().size(); ++i)
    names.push_back(i < inputs ? fmt::format("inputs[{}]", i)
                               : fmt::format("outputs[{}]", i - inputs));
  return names;
}

std::string printStep(exec::FuncOp step, const StepSignature &signature,
                      const std::string &model) {
  bool training = llvm::is_contained(signature.regions, exec::Region::State) ||
                  signature.step == nn::adaptName;
  bool isWatched = signature.arguments != StepSignature::Drawn;
  std::vector<std::string> parameters, names;
  for (exec::Region region : signature.regions) {
    bool isConst =
        (region == exec::Region::Params && !training) ||
        (region == exec::Region::Prepared && signature.step != nn::prepareName);
    parameters.push_back((isConst ? "const void *" : "void *") +
                         regionName(region));
  }
  for (auto &[type, name] : stepArguments(signature.arguments)) {
    bool isUnused =
        !step || (name == "weights" && !takesSampleWeights(step)) ||
        ((name == "others" || name == "shares") && !takesMixedLabels(step));
    parameters.push_back(type + (isUnused ? "/*" + name + "*/" : name));
    if (!isUnused)
      names.push_back(name);
  }
  std::string text =
      fmt::format("void {}_{}({}, int32_t n) {{\n", model,
                  signature.suffix.str(), llvm::join(parameters, ", "));
  for (exec::Region region : signature.regions)
    text += fmt::format("  (void){};\n", regionName(region));
  if (!step)
    text += "  (void)n;\n";
  else if (isWatched)
    text += fmt::format("  {}_watch(-1);\n", model);
  if (signature.arguments == StepSignature::Arrays)
    names = portExpressions(step);
  for (const StepCall &call :
       step ? stepCalls(step) : std::vector<StepCall>()) {
    if (call.isGuard) {
      text +=
          fmt::format("  if ({}_guard(params, state, arena, images, loss, n))\n"
                      "    return;\n",
                      model);
      continue;
    }
    std::vector<std::string> arguments;
    for (const StepBuffer &buffer : call.inputs)
      arguments.push_back(printBuffer(buffer, names));
    for (const StepBuffer &buffer : call.outputs)
      arguments.push_back(printBuffer(buffer, names));
    text += fmt::format("  {}_{}({}, n);\n", model, call.kernel,
                        llvm::join(arguments, ", "));
    if (isWatched)
      text += fmt::format("  {}_watch({});\n", model, call.number);
  }
  return text + "}\n\n";
}

constexpr const char *placeHelpers =
    R"(// A tensor's place: `offset` bytes into a region.
static inline void *at(void *region, int64_t offset) { return static_cast<char *>(region) + offset; }
static inline const void *at(const void *region, int64_t offset) { return static_cast<const char *>(region) + offset; }

)";

/// What a compiler defines where it may use the target's instructions.
struct TargetMacros {
  llvm::StringLiteral target;
  llvm::ArrayRef<llvm::StringLiteral> macros;
};
constexpr llvm::StringLiteral v2Macros[] = {"__SSSE3__", "__SSE4_2__",
                                            "__POPCNT__"};
constexpr llvm::StringLiteral v3Macros[] = {
    "__AVX2__", "__FMA__", "__BMI2__", "__F16C__", "__LZCNT__", "__MOVBE__"};
constexpr llvm::StringLiteral v4Macros[] = {"__AVX512F__", "__AVX512BW__",
                                            "__AVX512CD__", "__AVX512DQ__",
                                            "__AVX512VL__"};
const TargetMacros targetMacros[] = {
    {"x86-64-v2", v2Macros}, {"x86-64-v3", v3Macros}, {"x86-64-v4", v4Macros}};

/// The flags that the text wants. Without the instruction set, vectors are
/// taken apart and nothing else tells.
std::string compilerFlags(llvm::StringRef target) {
  const TargetMacros *row = llvm::find_if(
      targetMacros, [&](const TargetMacros &r) { return r.target == target; });
  if (row == std::end(targetMacros))
    return "// Compile with -O3\n";
  std::string flag = "-march=" + target.str();
  std::string text = "// Compile with -O3 " + flag + "\n#if ";
  for (llvm::StringRef macro : row->macros)
    text += (macro == row->macros.front() ? "" : " || ") +
            ("!defined(" + macro + ")").str();
  return text + "\n#error \"compile this file with " + flag +
         ", or lathe compile with the --target that you have\"\n#endif\n";
}

std::string section(llvm::StringRef title) {
  return fmt::format(
      "\n//===- {} {}===//\n\n", title.str(),
      std::string(std::max<int>(1, 70 - int(title.size())), '-'));
}
} // namespace

llvm::Expected<std::string> lathe::emitCpp(mlir::ModuleOp planned,
                                           const CodegenOptions &options) {
  std::string model = modelName(planned);
  std::vector<kernels::ScheduledKernel> scheduled;
  for (auto kernel : planned.getOps<exec::KernelOp>())
    scheduled.push_back(
        {kernelSpec(kernel, model + "_"), kernelSchedule(kernel)});
  kernels::CppKernels compiled =
      kernels::compileToCpp(scheduled, options.machine());
  if (!compiled.error.empty())
    return llvm::createStringError(compiled.error);

  std::string text = banner(options);
  text += compilerFlags(options.target);
  text += "#include <math.h>\n#include <string.h>\n\n";
  text += artifactHeader().str();
  text += section("What the parts below know of each other");
  text += "#define LATHE_INTERNAL static __attribute__((unused))\n";
  text += withPrefix(embeddedHeaderText(), model);
  text += section("Tables");
  text += printTables(describeModel(planned, options.target, cppStack));
  text += section("CPU, threads, data, training");
  text += withPrefix(embeddedText(), model);
  text += section("Kernels");
  text += compiled.prelude;
  for (const std::string &kernel : compiled.kernels)
    text += "\n" + kernel;
  text += section("Steps");
  text += placeHelpers;
  for (const StepSignature &signature : stepSignatures())
    text += printStep(planned.lookupSymbol<exec::FuncOp>(signature.step),
                      signature, model);
  return text;
}
