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
#include <functional>

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

  /// Reports what the parser found, unless we ended the parse.
  LogicalResult syntaxError() {
    if (ended)
      return failure();
    if (message.empty())
      message = "there is an unexpected text or end of the file";
    StringRef words = StringRef(message).rtrim("!.");
    for (auto [theirs, ours] : plainWords)
      if (words == theirs)
        words = ours;
    return end(messagePlace,
               "this is not valid YAML: " + Twine(llvm::toLower(words[0])) +
                   words.drop_front());
  }

  /// A mistake after which nothing more is read.
  LogicalResult end(const char *place, const Twine &text) {
    ended = true;
    return source.error(clamp(place), text);
  }

  /// A mistake in one node.
  void report(Node &node, const char *place, const Twine &text) {
    node.bad = true;
    (void)source.error(clamp(place), text);
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

  void refuseProperties(llvm::yaml::Node &node, Node &to) {
    StringRef anchor = node.getAnchor();
    if (auto *alias = llvm::dyn_cast<llvm::yaml::AliasNode>(&node))
      anchor = alias->getName();
    // The name stands after its & or *.
    if (!anchor.empty() || isa<llvm::yaml::AliasNode>(node))
      report(to, anchor.data() - 1,
             "anchors and aliases (& and *) are not supported; write the "
             "value out");
    else if (!node.getRawTag().empty())
      report(to, node.getRawTag().data(),
             "tags (!) are not supported; remove it");
  }

  /// Python's (3, 3), which in a flow collection is several items to YAML.
  void refuseTuple(StringRef raw, Node &to) {
    const char *place = raw.begin();
    if (!raw.starts_with("(") || clamp(place) != place)
      return;
    StringRef inside = source.text().substr(place + 1 - source.text().begin());
    inside = inside.take_until([](char c) { return c == ')' || c == '\n'; });
    if (!inside.contains(','))
      return;
    tuple = StringRef(place, inside.end() - place);
    report(to, place,
           "lists have brackets: write [" + inside.rtrim(", ") +
               "] instead of (" + inside + ")");
  }

  LogicalResult convert(llvm::yaml::Node &from, Node &to, unsigned depth) {
    if (!to.place.at ||
        !isa<llvm::yaml::NullNode, llvm::yaml::BlockScalarNode>(from))
      to.place = placeOf(from);
    if (depth > maxDepth)
      return end(to.place.at, "this is nested too deeply");
    if (++nodes > maxNodes)
      return end(to.place.at, "the description has too many entries");
    refuseProperties(from, to);

    if (auto *scalar = llvm::dyn_cast<llvm::yaml::ScalarNode>(&from)) {
      to.kind = Node::Scalar;
      StringRef raw = scalar->getRawValue();
      to.quoted = raw.starts_with("\"") || raw.starts_with("'");
      SmallString<64> storage;
      to.text = scalar->getValue(storage).str();
      if (stream.failed())
        return failure();
      refuseTuple(raw, to);
      // Escapes in quotes can make what the file itself must not hold.
      if (!isPlainText(to.text))
        report(to, to.place.at,
               "this text has a control character, or an "
               "escape that is no character");
      bool null = to.text.empty() || to.text == "~" || to.text == "null" ||
                  to.text == "None";
      if (null && !to.quoted)
        to.kind = Node::Null;
      return success();
    }
    if (isa<llvm::yaml::BlockScalarNode>(from)) {
      report(to, to.place.at,
             "texts of several lines (| and >) are not "
             "supported; write it on one line");
      return success(!stream.failed());
    }
    if (auto *list = llvm::dyn_cast<llvm::yaml::SequenceNode>(&from)) {
      to.kind = Node::List;
      for (llvm::yaml::Node &item : *list) {
        if (stream.failed() ||
            failed(convert(item, to.items.emplace_back(), depth + 1)))
          return failure();
        if (isRestOfTuple(to.items.back()))
          to.items.pop_back();
      }
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

  /// Whether an item begins inside of the last tuple, after its parenthesis.
  bool isRestOfTuple(const Node &item) const {
    const char *begin = item.keyPlace.at ? item.keyPlace.at : item.place.at;
    return std::less<>()(tuple.begin(), begin) &&
           std::less_equal<>()(begin, tuple.end());
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
    if (name.text.empty() && !name.bad)
      return end(key ? placeOf(*key) : nullptr, "a key must be plain text");
    llvm::yaml::Node *value = entry.getValue();
    if (!value || stream.failed())
      return failure();
    Node &item = map.items.emplace_back();
    item.key = name.text;
    item.keyPlace = item.place = name.place;
    if (failed(convert(*value, item, depth + 1)))
      return failure();
    bool isNew = !name.bad && !isRestOfTuple(item);
    if (isNew && !keys.insert(name.text).second) {
      (void)source.error(name.place.at, "'" + name.text + "' is given twice");
      isNew = false;
    }
    if (!isNew)
      map.items.pop_back();
    return success();
  }

  const Source &source;
  llvm::SourceMgr manager;
  llvm::yaml::Stream stream;
  std::string message;
  const char *messagePlace = nullptr;
  unsigned nodes = 0;
  bool ended = false;
  StringRef tuple; ///< the last one that was refused
};

} // namespace

LogicalResult lathe::frontend::readYaml(const Source &source, Node &root) {
  if (failed(checkText(source)))
    return failure();
  return Reader(source).read(root);
}
