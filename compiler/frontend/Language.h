//===- Language.h - The tables that define the language ---------*- C++ -*-===//
//
// A model description is a tree of sections, arguments and entries. These
// tables say what may stand where; parsing, checking, suggestions, `lathe
// layers` and the JSON Schema all come from them. A new layer is one row of
// `layers()` and one builder.
//
//===----------------------------------------------------------------------===//
#ifndef LATHE_COMPILER_FRONTEND_LANGUAGE_H
#define LATHE_COMPILER_FRONTEND_LANGUAGE_H

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/SmallVector.h"
#include "llvm/ADT/StringRef.h"
#include <limits>
#include <string>

namespace mlir {
class Value;
}

namespace lathe::frontend {

class AugmentBuilder;
class LayerBuilder;
struct Argument;

/// What an argument's text looks like.
enum class Kind {
  Integer,    ///< 32
  Number,     ///< 0.5, 1e-7 or a fraction, 1/255
  Flag,       ///< true or false
  Choice,     ///< one of the argument's choices
  Choices,    ///< a list of choices
  Name,       ///< a word of letters, digits and _
  Text,       ///< a short text
  Texts,      ///< a list of different texts
  Patterns,   ///< all, or Texts
  Layers,     ///< the name of a layer, or a list of them
  Pair,       ///< 3 or [3, 3]: height and width
  Sides,      ///< 1 or [0, 1]: before and after
  Border,     ///< 1, [1, 2] or [[0, 1], [0, 1]]: top, bottom, left, right
  Padding,    ///< valid, same, or a Border
  PerChannel, ///< a number or a list of them
  Interval,   ///< 0.2 or [-0.1, 0.2]: from and to
  Extents,    ///< [28, 28, 1]
  Integers,   ///< a list of integers
  Numbers,    ///< a list of numbers
  Split,      ///< a fraction, {first: N} or {last: N}
  Weights,    ///< {0: 1, 3: 5}: numbers of some classes, or a choice
  Rate,       ///< a number, or one row of a family
  Entry,      ///< one row of a family: Flatten, or Dense: {units: 10}
  Entries,    ///< a list of rows of a family
  Section,    ///< a mapping of arguments
  Column,     ///< the name of a column, or a mapping of arguments
  Blocks,     ///< a mapping of blocks by their names
};

/// The numbers that an argument takes.
struct Range {
  double least = -std::numeric_limits<float>::max();
  double most = std::numeric_limits<float>::max();
  bool openLeast = false, openMost = false;
};

/// A value of a Choice and what it means.
struct Choice {
  llvm::StringLiteral name;
  llvm::StringLiteral doc;
  /// Keras's other words for it.
  llvm::ArrayRef<llvm::StringLiteral> aliases = {};
};

/// Another word that Keras has for a row.
struct Alias {
  llvm::StringLiteral name;
  llvm::StringLiteral identifier;
};

/// A layer, initializer, optimizer, loss or callback.
struct Row {
  llvm::StringLiteral name;       ///< the class in Keras
  llvm::StringLiteral identifier; ///< Keras's name for an instance of it
  llvm::StringLiteral summary;
  llvm::StringLiteral example;
  llvm::ArrayRef<Argument> arguments = {};
  /// Layers only: builds the operations, returns the layer's result; null after
  /// an error. And how many inputs the layer takes.
  mlir::Value (*build)(LayerBuilder &) = nullptr;
  unsigned leastInputs = 1, mostInputs = 1;
  /// Layers only: it is for pictures, before what learns: some such layers have
  /// no gradient.
  bool preparesPictures = false;
  /// Augmentations only: what the layer does to training images.
  void (*augment)(AugmentBuilder &) = nullptr;
};

/// What may stand in an Entry.
struct Family {
  llvm::StringLiteral noun, nouns; ///< "layer", "layers"
  llvm::StringLiteral summary;
  llvm::ArrayRef<Row> rows;
  llvm::ArrayRef<Argument> common = {}; ///< arguments of every row
  /// Keras takes all but layers and callbacks by identifier and by class, and
  /// does not mind their case.
  bool byIdentifier = false;
  bool once = false; ///< a list holds each row at most once
  llvm::ArrayRef<Alias> aliases = {};
  /// What a mapping is that has several of this row's arguments and no name.
  const Row *unnamed = nullptr;
};

/// Classes that weights are given for have smaller numbers than this.
inline constexpr int maxClasses = 1 << 20;

/// Fallbacks that are no default value.
inline constexpr llvm::StringLiteral required = "required";
inline constexpr llvm::StringLiteral none = "None";

struct Argument {
  llvm::StringLiteral name;
  Kind kind;
  /// The default as a user would write it, `required` or `none`. A section or a
  /// family's list defaults to an empty one.
  llvm::StringLiteral fallback;
  llvm::StringLiteral doc;
  Range range = {};
  llvm::ArrayRef<Choice> choices = {};
  const Family *family = nullptr;
  llvm::ArrayRef<Argument> members = {}; ///< of a section
  /// Arguments stand by position in their table's order, `Dense: [10, relu]`,
  /// up to the first that Keras has elsewhere or not at all: this and what
  /// follows are given by their names alone.
  bool byName = false;
  /// The first of a section: the section may have it without its name.
  bool leads = false;
  /// The argument before it whose value is the default; with the fallback none.
  llvm::StringLiteral follows = "";
  /// Of an argument that only Keras has use for: why it changes nothing here.
  /// It is taken with a warning.
  llvm::StringLiteral idle = "";
};

/// The families in the order of the reference.
const Family &layers();
const Family &augmentations();
const Family &initializers();
const Family &optimizers();
const Family &schedules();
const Family &losses();
const Family &regularizers();
const Family &callbacks();

/// What the use of a block may say besides the block's parameters.
llvm::ArrayRef<Argument> useArguments();

/// The sections of a model description.
llvm::ArrayRef<Argument> modelSections();

/// The sections of a recipe that trains an ONNX graph.
llvm::ArrayRef<Argument> recipeSections();

/// The row that a user calls `name`; null if there is none.
const Row *findRow(const Family &family, llvm::StringRef name);

/// All that a user may call a row, its name first.
llvm::SmallVector<llvm::StringRef> namesOfRow(const Family &family,
                                              const Row &row);

/// The arguments that the row takes by position: of a layer that reads several
/// its inputs, of others those at the beginning of its table.
llvm::SmallVector<const Argument *> positionalArguments(const Family &family,
                                                        const Row &row);

/// The argument that a section may have without its name: the only one that it
/// needs. Null where there is none.
const Argument *positionalArgument(const Argument &section);

/// What stands in a list of this kind: whether a list is one value.
bool takesList(Kind kind);

/// What to do instead of what Keras calls `name`, which is a `noun` ("layer",
/// "argument") that this language has not; empty where there is no advice.
llvm::StringRef adviceInstead(llvm::StringRef noun, llvm::StringRef name);

/// What a value of a kind is called in the reference: "an integer", ...
llvm::StringRef describeKind(Kind kind);

/// "at least 1", "in [0, 1)"; empty for any number.
std::string describeRange(const Range &range);

} // namespace lathe::frontend

#endif // LATHE_COMPILER_FRONTEND_LANGUAGE_H
