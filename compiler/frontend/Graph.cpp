//===- Graph.cpp - Names of layers and what they read ---------------------===//
#include "compiler/frontend/Graph.h"
#include "compiler/frontend/Suggest.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringMap.h"

using namespace lathe::frontend;
using llvm::failed;
using llvm::failure;
using llvm::LogicalResult;
using llvm::StringRef;
using llvm::success;
using llvm::Twine;

/// Names in the file go first, so that a running number never takes one.
static LogicalResult nameLayers(const Source &source, std::vector<Layer> &graph,
                                llvm::StringMap<unsigned> &numbers) {
  numbers[inputName] = 0;
  for (auto [number, layer] : llvm::enumerate(graph)) {
    const Setting &name = (*layer.setting)["name"];
    if (!name.written)
      continue;
    if (name.text == inputName)
      return source.error(name.place,
                          "'input' is the model's own input; choose "
                          "another name");
    auto [other, isNew] = numbers.try_emplace(name.text, number + 1);
    if (!isNew)
      return source.error(
          name.place, "two layers have the name '" + name.text + "'",
          (*graph[other->second - 1].setting)["name"].place, "the first one");
    layer.name = name.text;
  }
  llvm::StringMap<unsigned> counts;
  for (auto [number, layer] : llvm::enumerate(graph)) {
    StringRef kind = layer.setting->row->identifier;
    while (layer.name.empty()) {
      unsigned count = counts[kind]++;
      std::string name = count ? (kind + "_" + Twine(count)).str() : kind.str();
      if (numbers.try_emplace(name, number + 1).second)
        layer.name = name;
    }
  }
  return success();
}

static LogicalResult findInputs(const Source &source,
                                const std::vector<Layer> &graph,
                                const llvm::StringMap<unsigned> &numbers,
                                unsigned number, Layer &layer) {
  const Setting &inputs = (*layer.setting)["inputs"];
  if (!inputs.written)
    layer.inputs.push_back(number - 1);
  for (const Setting &input : inputs.members) {
    auto found = numbers.find(input.text);
    if (found == numbers.end()) {
      llvm::SmallVector<StringRef> names{inputName};
      for (const Layer &before : llvm::ArrayRef(graph).take_front(number - 1))
        names.push_back(before.name);
      return source.error(input.place, "no layer has the name '" + input.text +
                                           "'" + suggest(input.text, names));
    }
    if (found->second == number)
      return source.error(input.place, "a layer cannot read itself");
    if (found->second > number)
      return source.error(input.place, "layer '" + input.text +
                                           "' comes later; move it before this "
                                           "one");
    layer.inputs.push_back(found->second);
  }
  const Row &row = *layer.setting->row;
  unsigned count = layer.inputs.size();
  if (count < row.leastInputs)
    return source.error(layer.setting->place,
                        row.name + " needs at least " + Twine(row.leastInputs) +
                            " inputs; name them, as in " + row.example);
  if (count > row.mostInputs)
    return source.error(inputs.place,
                        row.name + " takes at most " + Twine(row.mostInputs) +
                            (row.mostInputs == 1 ? " input" : " inputs") +
                            ", but here are " + Twine(count));
  return success();
}

LogicalResult lathe::frontend::resolveGraph(const Source &source,
                                            const Setting &layers,
                                            std::vector<Layer> &graph) {
  for (const Setting &setting : layers.members)
    graph.emplace_back().setting = &setting;
  llvm::StringMap<unsigned> numbers;
  if (failed(nameLayers(source, graph, numbers)))
    return failure();
  std::vector<bool> read(graph.size() + 1);
  for (auto [index, layer] : llvm::enumerate(graph)) {
    if (failed(findInputs(source, graph, numbers, index + 1, layer)))
      return failure();
    for (unsigned input : layer.inputs)
      read[input] = true;
  }
  for (auto [index, layer] : llvm::enumerate(llvm::ArrayRef(graph).drop_back()))
    if (!read[index + 1])
      return source.error(
          layer.setting->place,
          "no layer reads '" + layer.name +
              "'; name it among the inputs of another layer, or "
              "remove it");
  return success();
}
