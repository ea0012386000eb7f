//===- Yaml.h - YAML text to a tree -----------------------------*- C++ -*-===//
#ifndef LATHE_COMPILER_FRONTEND_YAML_H
#define LATHE_COMPILER_FRONTEND_YAML_H

#include "compiler/frontend/Source.h"
#include <string>
#include <vector>

namespace lathe::frontend {

/// A node of the YAML tree: a scalar, a list or a mapping. What a model
/// description has no use for (anchors, aliases, tags, keys that are no plain
/// text) is refused when it is read.
struct Node {
  enum Kind { Null, Scalar, List, Map };

  Kind kind = Null;
  Place place;         ///< of the value; where it is empty, of its key
  std::string text;    ///< of a scalar
  bool quoted = false; ///< a scalar in quotes is text, never a number
  std::string key;     ///< in a mapping
  Place keyPlace;
  std::vector<Node> items; ///< of a list, or of a mapping in the file's order
  /// A mistake in it has been reported; nobody knows what it should be.
  bool bad = false;
};

/// Reads the file's one document into `root`. Bounded in size, depth and number
/// of nodes; the keys of each mapping are unique. Fails where the text cannot
/// be read to its end; other mistakes leave bad nodes.
llvm::LogicalResult readYaml(const Source &source, Node &root);

} // namespace lathe::frontend

#endif // LATHE_COMPILER_FRONTEND_YAML_H
