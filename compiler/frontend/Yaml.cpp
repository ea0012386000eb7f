//===- Yaml.cpp - YAML text to a tree
//--------------------------------------===//
//
// LLVM's parser reads tokens and nodes on demand, so that refusing a node ends
// the parse: the depth of its recursion is bounded by ours.
//
//===----------------------------------------------------------------------===//
#include "compiler/frontend/Yaml.h"
#include "llvm/ADT/SmallString.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/StringSet.h"
#include "llvm/Support/ConvertUTF.h"
#include "llvm/Support/SourceMgr.h"
#include "llvm/Support/YAMLParser.h"

using namespace lathe::frontend;
using llvm::failed;
using llvm::failure;
using llvm::isa;
using llvm::LogicalResult;
using llvm::SmallString;
using llvm::StringRef;
using llvm::success;
using llvm::Twine;

namespace {

constexpr size_t maxBytes = 1 << 20;
constexpr unsigned maxDepth = 16;
constexpr unsigned maxNodes = 100'000;

/// Refuses bytes that are no YAML text, and tabs as indentation, which look
/// like spaces in an editor and are none in YAML.
LogicalResult checkText(const Source &source) {
  StringRef text = source.text();
  if (text.size() > maxBytes)
    return source.error(text.begin(),
                        "the file is larger than 1 MiB; a model description "
                        "holds no weights");
  const auto *at = reinterpret_cast<const llvm::UTF8 *>(text.begin());
  if (!llvm::isLegalUTF8String(
          &at, reinterpret_cast<const llvm::UTF8 *>(text.end())))
    return source.error(reinterpret_cast<Place>(at),
                        "this is not UTF-8 text; a model description is YAML");
  bool indentation = true;
  for (const char &c : text) {
    if (static_cast<unsigned char>(c) < ' ' && c != '\n' && c != '\r' &&
        c != '\t')
      return source.error(&c, "this is a control character; a model "
                              "description is YAML text");
    if (c == '\t' && indentation)
      return source.error(&c, "a tab cannot indent YAML; use spaces");
    indentation = c == '\n' || (indentation && (c == ' ' || c == '-'));
  }
  return success();
}

/// One pass of LLVM's parser over the file. Its own diagnostics are caught: the
/// first is the mistake, what follows is its consequence.
class Reader {
public:
  explicit Reader(const Source &source)
      : source(source), stream(source.text(), manager, /*ShowColors=*/false) {
    manager.setDiagHandler(catchDiagnostic, this);
  }

  LogicalResult read(Node &root) {
    llvm::yaml::document_iterator document = stream.begin();
    llvm::yaml::Node *top = document->getRoot();
    if (!top || stream.failed())
      return syntaxError();
    if (failed(convert(*top, root, 0)) || stream.failed())
      return syntaxError();
    ++document;
    if (stream.failed())
      return syntaxError();
    if (document != stream.end())
      return source.error(clamp(document->getRoot()),
                          "a second YAML document; a file describes one model");
    return success();
  }

private:
  static void catchDiagnostic(const llvm::SMDiagnostic &diagnostic,
                              void *reader) {
    auto &self = *static_cast<Reader *>(reader);
    if (!self.message.empty())
      return;
    self.message = diagnostic.getMessage();
    self.messagePlace = diagnostic.getLoc().getPointer();
  }

  /// Reports what the parser found, unless we found a mistake first.
  LogicalResult syntaxError() {
    if (reported)
      return failure();
    if (message.empty())
      message = "it ends too early";
    return report(
        messagePlace,
        "this is not valid YAML: " + Twine(llvm::toLower(message[0])) +
            StringRef(message).drop_front().rtrim("!."));
  }

  LogicalResult report(Place place, const Twine &text) {
    reported = true;
    return source.error(clamp(place), text);
  }

  Place clamp(Place place) const {
    StringRef text = source.text();
    return place >= text.begin() && place <= text.end() ? place : text.end();
  }
  Place clamp(llvm::yaml::Node *node) const {
    return clamp(node ? node->getSourceRange().Start.getPointer() : nullptr);
  }

  /// The parser places a flow collection after its bracket.
  Place placeOf(llvm::yaml::Node &node) const {
    Place place = clamp(&node);
    if (!isa<llvm::yaml::MappingNode, llvm::yaml::SequenceNode>(node))
      return place;
    StringRef before =
        StringRef(source.text().begin(), place - source.text().begin()).rtrim();
    return before.ends_with("{") || before.ends_with("[") ? before.end() - 1
                                                          : place;
  }

  LogicalResult refuseProperties(llvm::yaml::Node &node) {
    StringRef anchor = node.getAnchor();
    if (auto *alias = llvm::dyn_cast<llvm::yaml::AliasNode>(&node))
      anchor = alias->getName();
    // The name stands after its & or *.
    if (!anchor.empty() || isa<llvm::yaml::AliasNode>(node))
      return report(
          anchor.data() - 1,
          "anchors and aliases (& and *) are not supported; write the "
          "value out");
    if (!node.getRawTag().empty())
      return report(node.getRawTag().data(),
                    "tags (!) are not supported; remove it");
    return success();
  }

  LogicalResult convert(llvm::yaml::Node &from, Node &to, unsigned depth) {
    if (!to.place || !isa<llvm::yaml::NullNode>(from))
      to.place = placeOf(from);
    if (depth > maxDepth)
      return report(to.place, "this is nested too deeply");
    if (++nodes > maxNodes)
      return report(to.place, "the description has too many entries");
    if (failed(refuseProperties(from)))
      return failure();

    if (auto *scalar = llvm::dyn_cast<llvm::yaml::ScalarNode>(&from)) {
      to.kind = Node::Scalar;
      StringRef raw = scalar->getRawValue();
      to.quoted = raw.starts_with("\"") || raw.starts_with("'");
      SmallString<64> storage;
      to.text = scalar->getValue(storage).str();
      bool null = to.text.empty() || to.text == "~" || to.text == "null" ||
                  to.text == "None";
      if (null && !to.quoted)
        to.kind = Node::Null;
      return success(!stream.failed());
    }
    if (auto *block = llvm::dyn_cast<llvm::yaml::BlockScalarNode>(&from)) {
      to.kind = Node::Scalar;
      to.quoted = true;
      to.text = block->getValue().str();
      return success();
    }
    if (auto *list = llvm::dyn_cast<llvm::yaml::SequenceNode>(&from)) {
      to.kind = Node::List;
      for (llvm::yaml::Node &item : *list)
        if (stream.failed() ||
            failed(convert(item, to.items.emplace_back(), depth + 1)))
          return failure();
      return success(!stream.failed());
    }
    if (auto *map = llvm::dyn_cast<llvm::yaml::MappingNode>(&from)) {
      to.kind = Node::Map;
      llvm::StringSet<> keys;
      for (llvm::yaml::KeyValueNode &entry : *map)
        if (stream.failed() || failed(convertEntry(entry, to, keys, depth)))
          return failure();
      return success(!stream.failed());
    }
    return success(!stream.failed());
  }

  /// The key is converted before the value is asked for: the parser would
  /// recurse into a key that nobody has looked at.
  LogicalResult convertEntry(llvm::yaml::KeyValueNode &entry, Node &map,
                             llvm::StringSet<> &keys, unsigned depth) {
    llvm::yaml::Node *key = entry.getKey();
    if (!key || stream.failed())
      return failure();
    Node name;
    if (isa<llvm::yaml::ScalarNode>(key) || isa<llvm::yaml::AliasNode>(key)) {
      if (failed(convert(*key, name, depth + 1)))
        return failure();
    }
    if (name.text.empty())
      return report(clamp(key), "a key must be plain text");
    if (!keys.insert(name.text).second)
      return report(name.place, "'" + name.text + "' is given twice");
    llvm::yaml::Node *value = entry.getValue();
    if (!value || stream.failed())
      return failure();
    Node &item = map.items.emplace_back();
    item.key = name.text;
    item.keyPlace = item.place = name.place;
    return convert(*value, item, depth + 1);
  }

  const Source &source;
  llvm::SourceMgr manager;
  llvm::yaml::Stream stream;
  std::string message;
  Place messagePlace = nullptr;
  unsigned nodes = 0;
  bool reported = false;
};

} // namespace

LogicalResult lathe::frontend::readYaml(const Source &source, Node &root) {
  if (failed(checkText(source)))
    return failure();
  return Reader(source).read(root);
}
