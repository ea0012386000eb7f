//===- Blocks.h - Blocks of layers with parameters --------------*- C++ -*-===//
//
// A block is a list of layers with parameters. Its use stands for the layers of
// its body, in which $name is the value of a parameter; the tree of each body
// is copied with these values before it is checked.
//
//===----------------------------------------------------------------------===//
#ifndef LATHE_COMPILER_FRONTEND_BLOCKS_H
#define LATHE_COMPILER_FRONTEND_BLOCKS_H

#include "compiler/frontend/Yaml.h"
#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringMap.h"

namespace lathe::frontend {

struct Block {
  llvm::StringRef name;
  Place place;
  llvm::ArrayRef<Node> parameters; ///< their defaults, by key
  const Node *layers = nullptr;    ///< a list
  bool bad = false;                ///< its uses are not looked at
};

/// What $names stand for in one repetition of a block's body.
struct Scope {
  const Block *block = nullptr; ///< null outside of blocks
  const Scope *outer = nullptr; ///< where the block is used
  const Use *use = nullptr;
  unsigned depth = 0;
  llvm::StringMap<Node> values;
  const Scope *base = nullptr; ///< for names without a value here
};

class Blocks {
public:
  explicit Blocks(const Source &source) : source(source) {}

  /// Reads the definitions in the section `blocks` of the model and checks that
  /// what is defined is used.
  llvm::LogicalResult define(const Node &section, const Node &model);

  /// The block that an item of a list of layers uses; null if it is a layer.
  const Block *find(const Node &item) const;

  auto names() const {
    return llvm::map_range(blocks,
                           [](const Block &block) { return block.name; });
  }

  /// An item of a list of layers without its `$names`. Of what is skipped only
  /// the name and the inputs are copied.
  llvm::LogicalResult expandLayer(const Node &item, const Scope *scope,
                                  Node &to, bool &skipped);

  /// Opens a repetition of a block's body. `arguments` is the use's mapping.
  llvm::LogicalResult open(const Block &block, const Node &arguments,
                           const Scope *outer, Place place, int64_t index,
                           Scope &to);

  /// The arguments of a use that are no parameters of the block.
  llvm::LogicalResult expandUse(const Block &block, const Node &arguments,
                                const Scope *outer, Node &to);

  llvm::LogicalResult countLayer(Place place);

private:
  llvm::LogicalResult defineBlock(const Node &node, Block &block);
  llvm::LogicalResult checkParameters(const Block &block);
  llvm::LogicalResult checkNames(const Block &block, const Node &node,
                                 llvm::ArrayRef<Node> parameters,
                                 llvm::StringMap<bool> &used);
  llvm::LogicalResult expand(const Node &from, const Scope *scope, Node &to);
  /// A copy of a node without the nodes in it.
  llvm::LogicalResult copy(const Node &from, const Scope *scope, Node &to);

  const Source &source;
  std::vector<Block> blocks;
  llvm::StringMap<unsigned> numbers;
  unsigned layerCount = 0;
  size_t copied = 0;
  bool tooLarge = false;
};

} // namespace lathe::frontend

#endif // LATHE_COMPILER_FRONTEND_BLOCKS_H
