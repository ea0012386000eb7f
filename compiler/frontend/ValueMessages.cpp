//===- ValueMessages.cpp - What is wrong with a value, in words -----------===//
#include "compiler/frontend/Check.h"
#include "compiler/frontend/Yaml.h"
#include "llvm/Support/Format.h"
#include "llvm/Support/raw_ostream.h"

using namespace lathe::frontend;
using llvm::LogicalResult;
using llvm::StringRef;
using llvm::Twine;

/// What was written, for a message.
static std::string describe(const Node &node) {
  switch (node.kind) {
  case Node::Null:
    return "empty";
  case Node::List:
    return "a list";
  case Node::Map:
    return "a mapping";
  case Node::Scalar:
    break;
  }
  StringRef text = StringRef(node.text).take_front(40);
  return (Twine(node.quoted ? "the text '" : "'") + text +
          (text.size() < node.text.size() ? "...'" : "'"))
      .str();
}

LogicalResult lathe::frontend::wrongType(const Source &source, const Node &node,
                                         StringRef name, const Twine &wanted) {
  return source.error(node.place, name + " must be " + wanted + ", but is " +
                                      describe(node));
}

std::string lathe::frontend::describeRange(const Range &range) {
  auto plain = [](double bound) {
    std::string text;
    llvm::raw_string_ostream(text) << llvm::format("%.10g", bound);
    return text;
  };
  const Range any;
  if (range.least == any.least)
    return "";
  if (range.least == range.most)
    return plain(range.least);
  if (range.most == any.most)
    return (range.openLeast ? "above " : "at least ") + plain(range.least);
  if (!range.openLeast && !range.openMost)
    return "from " + plain(range.least) + " to " + plain(range.most);
  return (range.openLeast ? "in (" : "in [") + plain(range.least) + ", " +
         plain(range.most) + (range.openMost ? ")" : "]");
}
