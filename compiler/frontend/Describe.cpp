//===- Describe.cpp - The language reference ------------------------------===//
#include "compiler/frontend/Frontend.h"
#include "compiler/frontend/Language.h"
#include "compiler/frontend/Suggest.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/ErrorHandling.h"
#include "llvm/Support/Format.h"
#include "llvm/Support/raw_ostream.h"
#include <array>

using namespace lathe::frontend;
using llvm::ArrayRef;
using llvm::StringRef;

StringRef lathe::frontend::describeKind(Kind kind) {
  switch (kind) {
  case Kind::Integer:
    return "an integer";
  case Kind::Number:
    return "a number or fraction";
  case Kind::Flag:
    return "true or false";
  case Kind::Choice:
    return "one of:";
  case Kind::Choices:
    return "a list of:";
  case Kind::Name:
    return "a name";
  case Kind::Text:
    return "a text";
  case Kind::Texts:
    return "a list of texts";
  case Kind::Patterns:
    return "all, or a list of texts";
  case Kind::Layers:
    return "a name or list of names";
  case Kind::Pair:
    return "an integer or [height, width]";
  case Kind::Sides:
    return "an integer or [before, after]";
  case Kind::Border:
    return "an integer, [height, width] or [[top, bottom], [left, right]]";
  case Kind::Padding:
    return "one of these or numbers:";
  case Kind::PerChannel:
    return "a number or a list of numbers";
  case Kind::Interval:
    return "a number or [from, to]";
  case Kind::Extents:
    return "a list of 1 to 3 integers";
  case Kind::Integers:
    return "a list of integers";
  case Kind::Numbers:
    return "a list of numbers";
  case Kind::Rate:
    return "a number, or one of";
  case Kind::Split:
    return "a fraction, {first: N} or {last: N}";
  case Kind::Weights:
    return "a mapping of class numbers to weights, or one of:";
  case Kind::Entry:
    return "one of";
  case Kind::Entries:
    return "a list of";
  case Kind::Section:
    return "section";
  case Kind::Column:
    return "the name of a column, or a mapping of:";
  case Kind::Blocks:
    return "a mapping of names to {parameters, layers}";
  }
  llvm_unreachable("unknown kind");
}

namespace {

using Line = std::array<std::string, 3>;

/// Three columns; the last breaks where the screen ends.
void printColumns(llvm::raw_ostream &os, ArrayRef<Line> lines) {
  constexpr size_t screen = 92, gap = 2;
  size_t first = 0, second = 0;
  for (const Line &line : lines) {
    first = std::max(first, line[0].size());
    second = std::max(second, line[1].size());
  }
  size_t start = gap + first + gap + (second ? second + gap : 0);
  for (const Line &line : lines) {
    os.indent(gap) << llvm::left_justify(line[0], first);
    if (second)
      os.indent(gap) << llvm::left_justify(line[1], second);
    os.indent(gap);
    size_t column = start;
    llvm::SmallVector<StringRef> words;
    StringRef(line[2]).split(words, ' ');
    for (StringRef word : words) {
      if (column > start && column + 1 + word.size() > screen) {
        os << '\n';
        os.indent(start);
        column = start;
      } else if (column > start) {
        os << ' ';
        ++column;
      }
      os << word;
      column += word.size();
    }
    os << '\n';
  }
}

/// What a value looks like.
std::string describeValue(const Argument &argument) {
  std::string text = describeKind(argument.kind).str();
  if (const Family *family = argument.family) {
    constexpr size_t readable = 8;
    text += family->rows.size() > readable
                ? " the " + family->nouns.str()
                : " " + llvm::join(namesOf(family->rows), ", ");
  }
  std::string range = describeRange(argument.range);
  bool bounded = argument.kind == Kind::Integer ||
                 argument.kind == Kind::Number || argument.kind == Kind::Pair;
  return bounded && !range.empty() ? text + ", " + range : text;
}

/// Name, default, meaning; then a line per choice, and per member.
void listArguments(ArrayRef<Argument> arguments, const std::string &indent,
                   std::vector<Line> &lines) {
  for (const Argument &argument : arguments) {
    StringRef fallback = argument.fallback == none ? "" : argument.fallback;
    lines.push_back(
        {indent + argument.name.str(), fallback.str(),
         indent + argument.doc.str() + "; " + describeValue(argument)});
    for (const Choice &choice : argument.choices) {
      std::string doc = indent + "  " + choice.doc.str();
      if (!choice.aliases.empty())
        doc += "; also written " + llvm::join(choice.aliases, ", ");
      lines.push_back({indent + "  " + choice.name.str(), "", doc});
    }
    listArguments(argument.members, indent + "  ", lines);
  }
}

void printArguments(llvm::raw_ostream &os, ArrayRef<Argument> arguments) {
  std::vector<Line> lines;
  listArguments(arguments, "", lines);
  printColumns(os, lines);
}

void printFamily(llvm::raw_ostream &os, const Family &family) {
  std::string title = family.nouns.str();
  title[0] = llvm::toUpper(title[0]);
  os << title << ": " << family.summary << "\n";
  std::vector<Line> lines;
  for (const Row &row : family.rows)
    lines.push_back({row.name.str(), "", row.summary.str()});
  printColumns(os, lines);
  os << "\n";
}

/// How arguments are written without their names.
void printPositions(llvm::raw_ostream &os, const Family &family,
                    const Row &row) {
  llvm::SmallVector<StringRef> names;
  for (const Argument *argument : positionalArguments(family, row))
    names.push_back(argument->name);
  if (names.empty())
    return;
  os << "Without names: " << row.name << ": ";
  if (names.size() == 1)
    os << names.front() << "\n\n";
  else
    os << "[" << llvm::join(names, ", ") << "], as many as there are\n\n";
}

void printRow(llvm::raw_ostream &os, const Family &family, const Row &row) {
  os << row.name << ", a"
     << (StringRef("aeiou").contains(family.noun[0]) ? "n " : " ")
     << family.noun << ": " << row.summary << "\n\n  " << row.example << "\n\n";
  llvm::SmallVector<StringRef> names = namesOfRow(family, row);
  if (names.size() > 1)
    os << "Also written " << llvm::join(llvm::drop_begin(names), ", ")
       << ".\n\n";
  printPositions(os, family, row);
  if (!row.arguments.empty())
    os << "Arguments:\n";
  printArguments(os, row.arguments);
  if (!family.common.empty()) {
    os << (row.arguments.empty() ? "" : "\n") << "As every " << family.noun
       << ":\n";
    printArguments(os, family.common);
  }
}

std::array<const Family *, 8> families() {
  return {&layers(),     &augmentations(), &initializers(), &regularizers(),
          &optimizers(), &schedules(),     &losses(),       &callbacks()};
}

constexpr StringRef introduction =
    R"(A model description is a YAML file. Names, defaults and meanings are Keras's.

  name: mnist
  input: {shape: [28, 28, 1]}
  layers:
    - Rescaling: {scale: 1/255}
    - Conv2D: {filters: 32, kernel_size: 3, activation: relu}
    - MaxPooling2D
    - Flatten
    - Dense: {units: 10, activation: softmax}
  compile: {optimizer: adam, loss: categorical_crossentropy, metrics: [accuracy]}
  fit: {batch_size: 32, epochs: 5, validation_split: 0.1}

Arguments in the order that `lathe layers NAME` shows may do without their names,
as far as that is clear: Conv2D: [32, 3], Dropout: 0.3, Add: [main, shortcut].

A layer reads the one before it. To branch, name layers and their inputs:

    - Conv2D: {name: shortcut, filters: 32, kernel_size: 1}
    - Conv2D: {name: main, inputs: input, filters: 32, kernel_size: 1}
    - Add: {inputs: [main, shortcut]}

Layers that belong together make a block, which layers use by its name:

  blocks:
    residual:
      parameters: {filters: required, window: 3}
      layers:
        - Conv2D: {filters: $filters, kernel_size: $window, padding: $window // 2}
        - Dropout: {if: $index > 0, rate: $index / 10, name: main}
        - Add: {inputs: [main, input]}
  layers:
    - residual: {filters: 32, repeat: 4, first: {window: 5}}

In its body, $name is a parameter and $index the number of the repetition, from
0; or, and, not, == != < <= > >=, + - * / // % and parentheses mean what they do
in Python. `input` is the block's input, its last layer its result. A layer whose
`if` is false is left out: who reads it, reads its first input. The layers are
called residual/0/conv2d and so on.

)";

constexpr StringRef footer = "`lathe layers NAME` tells the arguments of a "
                             "section or of one of these.\n";

void printSections(llvm::raw_ostream &os, ArrayRef<Argument> sections) {
  std::vector<Line> lines;
  for (const Argument &section : sections)
    lines.push_back({section.name.str(),
                     section.fallback == required ? "required" : "",
                     section.doc.str()});
  printColumns(os, lines);
}

std::string describeAll() {
  std::string text;
  llvm::raw_string_ostream os(text);
  os << introduction << "Sections:\n";
  printSections(os, modelSections());
  os << "\nSections of a recipe, which trains an ONNX graph (lathe compile "
        "--recipe):\n";
  printSections(os, recipeSections());
  os << "\n";
  for (const Family *family : families())
    printFamily(os, *family);
  os << footer;
  return text;
}

void printSection(llvm::raw_ostream &os, const Argument &section) {
  os << section.name << ": " << section.doc << "\n";
  if (section.family) {
    os << "\n";
    printFamily(os, *section.family);
  } else if (section.kind == Kind::Section) {
    printArguments(os, section.members);
  } else {
    os << "  " << describeValue(section) << "\n";
  }
}

const Argument *findSection(ArrayRef<Argument> sections, StringRef name) {
  const Argument *found = llvm::find_if(sections, [&](const Argument &section) {
    return section.name.equals_insensitive(name);
  });
  return found == sections.end() ? nullptr : found;
}

} // namespace

std::string lathe::frontend::describeLanguage(StringRef name) {
  if (name.empty())
    return describeAll();
  std::string text;
  llvm::raw_string_ostream os(text);
  for (const Family *family : families())
    for (const Row &row : family->rows)
      if (row.identifier.equals_insensitive(name) ||
          llvm::any_of(namesOfRow(*family, row), [&](StringRef other) {
            return other.equals_insensitive(name);
          })) {
        printRow(os, *family, row);
        return text;
      }
  const Argument *ofModel = findSection(modelSections(), name);
  const Argument *ofRecipe = findSection(recipeSections(), name);
  if (ofModel)
    printSection(os, *ofModel);
  // Many are the same in both.
  if (ofRecipe && !(ofModel && ofModel->doc == ofRecipe->doc)) {
    os << (ofModel ? "\nOf a recipe, " : "");
    printSection(os, *ofRecipe);
  }
  return text;
}
