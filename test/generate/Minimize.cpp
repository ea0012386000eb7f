//===- Minimize.cpp - The smallest model that still fails -----------------===//
#include "test/generate/Minimize.h"
#include <vector>

namespace lathe::test {

namespace {
/// A piece of the text: [begin, end).
struct Piece {
  size_t begin, end;
};

/// Lines, longest first to go, and `, argument: value` inside braces.
std::vector<Piece> piecesOf(const std::string &text) {
  std::vector<Piece> pieces;
  for (size_t begin = 0; begin < text.size();) {
    size_t end = text.find('\n', begin);
    end = end == std::string::npos ? text.size() : end + 1;
    pieces.push_back({begin, end});
    begin = end;
  }
  // An argument ends at the next comma or brace of its own depth.
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] != ',' && text[i] != '{')
      continue;
    size_t begin = text[i] == ',' ? i : i + 1;
    int depth = 0;
    size_t end = i + 1;
    for (; end < text.size(); ++end) {
      char c = text[end];
      if (c == '{' || c == '[')
        ++depth;
      if ((c == '}' || c == ']') && depth-- == 0)
        break;
      if ((c == ',' && depth == 0) || c == '\n')
        break;
    }
    if (end >= text.size() || text[end] == '\n')
      continue;
    // The first one takes the comma behind it along.
    if (text[i] == '{' && text[end] == ',')
      end += 2;
    pieces.push_back({begin, end});
  }
  return pieces;
}
} // namespace

std::string minimize(std::string model, unsigned trials,
                     const std::function<bool(const std::string &)> &fails) {
  for (bool smaller = true; smaller && trials > 0;) {
    smaller = false;
    std::vector<Piece> pieces = piecesOf(model);
    for (size_t i = 0; i < pieces.size() && trials > 0; ++i) {
      std::string without = model;
      without.erase(pieces[i].begin, pieces[i].end - pieces[i].begin);
      --trials;
      if (!fails(without))
        continue;
      model = without;
      smaller = true;
      pieces = piecesOf(model);
      --i; // what stood behind it has its number now
    }
  }
  return model;
}

} // namespace lathe::test
