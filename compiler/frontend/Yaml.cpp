//===- Yaml.cpp - YAML text to a tree -------------------------------------===//
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
constexpr unsigned maxCommas = 256;
constexpr unsigned maxNodes = 100'000;

/// The parser's messages that speak of its tokens, in words of the text.
constexpr std::pair<StringRef, StringRef> plainWords[] = {
    {"Unexpected token. Expected Key, Flow Entry, or Flow Mapping End",
     "a comma or the closing } of a mapping is missing"},
    {"Unexpected token. Expected Key or Block End",
     "the indentation differs from that of the lines above, or a ':' is "
     "missing"},
    {"Unexpected token. Expected Block Entry or Block End",
     "the indentation differs from that of the items above, or a '-' is "
     "missing"},
    {"Expected , between entries",
     "a comma or the closing ] of a list is missing"},
    {"Could not find closing ]", "the closing ] of a list is missing"},
    {"Expected quote at end of scalar", "the closing quote is missing"},
};

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
    return source.error(reinterpret_cast<const char *>(at),
                        "this is not UTF-8 text; a model description is YAML");
  bool indentation = true, comment = false;
  unsigned commas = 0;
  for (const char &c : text) {
    if (static_cast<unsigned char>(c) < ' ' && c != '\n' && c != '\r' &&
        c != '\t')
      return source.error(&c, "this is a control character; a model "
                              "description is YAML text");
    if (c == '\t' && indentation)
      return source.error(&c, "a tab cannot indent YAML; use spaces");
    indentation = c == '\n' || (indentation && (c == ' ' || c == '-'));
    // The parser recurses at each comma that follows another, maybe with
    // comments between them.
    comment = c != '\n' && c != '\r' && (comment || c == '#');
    if (c == ',' && ++commas > maxCommas)
      return source.error(&c, "there are no values between these commas");
    if (c != ',' && !comment && !llvm::isSpace(c))
      commas = 0;
  }
  return success();
}

bool isPlainText(StringRef text) {
  const auto *at = reinterpret_cast<const llvm::UTF8 *>(text.begin());
  const auto *end = reinterpret_cast<const llvm::UTF8 *>(text.end());
  return llvm::isLegalUTF8String(&at, end) &&
         llvm::none_of(text,
                       [](unsigned char c) { return c < ' ' || c == 127; });
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
      return source.error(
          clamp(document->getRoot()),
          "a second YAML document begins here; a file describes one "
          "model");
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
      message = "there is an unexpected text or end of the file";
    StringRef words = StringRef(message).rtrim("!.");
    for (auto [theirs, ours] : plainWords)
      if (words == theirs)
        words = ours;
    return report(messagePlace,
                  "this is not valid YAML: " + Twine(llvm::toLower(words[0])) +
                      words.drop_front());
  }

  LogicalResult report(const char *place, const Twine &text) {
    reported = true;
    return source.error(clamp(place), text);
  }

  const char *clamp(const char *place) const {
    StringRef text = source.text();
    return place >= text.begin() && place <= text.end() ? place : text.end();
  }
  const char *clamp(llvm::yaml::Node *node) const {
    return clamp(node ? node->getSourceRange().Start.getPointer() : nullptr);
  }

  /// The parser places a flow collection after its bracket.
  const char *placeOf(llvm::yaml::Node &node) const {
    const char *place = clamp(&node);
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

  /// Python's (3, 3), which in a flow mapping is two entries to YAML.
  LogicalResult refuseTuple(StringRef raw) {
    const char *place = raw.begin();
    if (!raw.starts_with("(") || clamp(place) != place)
      return success();
    StringRef inside = source.text().substr(place + 1 - source.text().begin());
    inside = inside.take_until([](char c) { return c == ')' || c == '\n'; });
    if (!inside.contains(','))
      return success();
    return report(place, "lists have brackets: write [" + inside.rtrim(", ") +
                             "] instead of (" + inside + ")");
  }

  LogicalResult convert(llvm::yaml::Node &from, Node &to, unsigned depth) {
    if (!to.place.at ||
        !isa<llvm::yaml::NullNode, llvm::yaml::BlockScalarNode>(from))
      to.place = placeOf(from);
    if (depth > maxDepth)
      return report(to.place.at, "this is nested too deeply");
    if (++nodes > maxNodes)
      return report(to.place.at, "the description has too many entries");
    if (failed(refuseProperties(from)))
      return failure();

    if (auto *scalar = llvm::dyn_cast<llvm::yaml::ScalarNode>(&from)) {
      to.kind = Node::Scalar;
      StringRef raw = scalar->getRawValue();
      to.quoted = raw.starts_with("\"") || raw.starts_with("'");
      SmallString<64> storage;
      to.text = scalar->getValue(storage).str();
      if (stream.failed() || failed(refuseTuple(raw)))
        return failure();
      // Escapes in quotes can make what the file itself must not hold.
      if (!isPlainText(to.text))
        return report(to.place.at, "this text has a control character, or an "
                                   "escape that is no character");
      bool null = to.text.empty() || to.text == "~" || to.text == "null" ||
                  to.text == "None";
      if (null && !to.quoted)
        to.kind = Node::Null;
      return success();
    }
    if (isa<llvm::yaml::BlockScalarNode>(from))
      return report(to.place.at, "texts of several lines (| and >) are not "
                                 "supported; write it on one line");
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
      return report(key ? placeOf(*key) : nullptr, "a key must be plain text");
    if (!keys.insert(name.text).second)
      return report(name.place.at, "'" + name.text + "' is given twice");
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
  const char *messagePlace = nullptr;
  unsigned nodes = 0;
  bool reported = false;
};

} // namespace

LogicalResult lathe::frontend::readYaml(const Source &source, Node &root) {
  if (failed(checkText(source)))
    return failure();
  return Reader(source).read(root);
}
