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

namespace {

/// The layers of the model or of a block's body. Within it they have numbers
/// like those of the graph: 0 is the input.
struct List {
  llvm::ArrayRef<Setting> layers;
  std::string prefix; ///< of the names
  bool trainable = true;
  std::vector<std::string> names;
  llvm::StringMap<unsigned> numbers;
  std::vector<unsigned> results; ///< their numbers in the graph
};

class Resolver {
public:
  Resolver(const Source &source, std::vector<Layer> &graph)
      : source(source), graph(graph) {}

  /// The result's number in the graph, which is 0 if nothing is there.
  LogicalResult resolve(List &list, unsigned input, unsigned &result) {
    if (failed(nameLayers(list)))
      return failure();
    list.results.push_back(input);
    for (const Setting &layer : list.layers) {
      llvm::SmallVector<unsigned, 2> inputs;
      unsigned number = list.results.size();
      if (failed(findInputs(list, number, inputs)))
        return failure();
      if (layer.skipped)
        list.results.push_back(inputs.front());
      else if (failed(layer.row ? add(list, number, inputs)
                                : addBlock(list, number, inputs.front())))
        return failure();
    }
    result = list.results.back();
    return success();
  }

  /// All but the result are read.
  LogicalResult checkReaders(unsigned result) {
    std::vector<bool> read(graph.size() + 1);
    read[result] = true;
    for (const Layer &layer : graph)
      for (unsigned input : layer.inputs)
        read[input] = true;
    for (auto [index, layer] : llvm::enumerate(graph))
      if (!read[index + 1])
        return source.error(
            layer.setting->place,
            "no layer reads '" + layer.name +
                "'; name it among the inputs of another layer, or "
                "remove it");
    return success();
  }

private:
  LogicalResult nameLayers(List &list);
  LogicalResult findInputs(const List &list, unsigned number,
                           llvm::SmallVectorImpl<unsigned> &inputs);
  LogicalResult checkCount(const Setting &layer, unsigned count);

  LogicalResult add(List &list, unsigned number,
                    llvm::ArrayRef<unsigned> inputs) {
    const Setting &setting = list.layers[number - 1];
    Layer &layer = graph.emplace_back();
    layer.setting = &setting;
    layer.name = list.prefix + list.names[number - 1];
    layer.inputs.assign(inputs.begin(), inputs.end());
    layer.trainable = list.trainable && setting["trainable"].flag;
    list.results.push_back(graph.size());
    return success();
  }

  LogicalResult addBlock(List &list, unsigned number, unsigned input) {
    const Setting &use = list.layers[number - 1];
    std::string name = list.prefix + list.names[number - 1] + "/";
    for (auto [index, layers] : llvm::enumerate(use.repetitions)) {
      List body;
      body.layers = layers;
      body.prefix = name;
      if (use["repeat"].written)
        body.prefix += std::to_string(index) + "/";
      body.trainable = list.trainable && use["trainable"].flag;
      if (failed(resolve(body, input, input)))
        return failure();
    }
    list.results.push_back(input);
    return success();
  }

  const Source &source;
  std::vector<Layer> &graph;
};

/// Names in the file go first, so that a running number never takes one.
LogicalResult Resolver::nameLayers(List &list) {
  list.names.resize(list.layers.size());
  list.numbers[inputName] = 0;
  for (auto [index, layer] : llvm::enumerate(list.layers)) {
    const Setting &name = layer["name"];
    if (!name.written)
      continue;
    if (name.text == inputName)
      return source.error(name.place,
                          "'input' is the model's own input; choose "
                          "another name");
    auto [other, isNew] = list.numbers.try_emplace(name.text, index + 1);
    if (!isNew)
      return source.error(
          name.place, "two layers have the name '" + name.text + "'",
          list.layers[other->second - 1]["name"].place, "the first one");
    list.names[index] = name.text;
  }
  llvm::StringMap<unsigned> counts;
  for (auto [index, layer] : llvm::enumerate(list.layers)) {
    // Leaving a layer out renames no other.
    StringRef kind = layer.row ? StringRef(layer.row->identifier) : layer.text;
    while (list.names[index].empty()) {
      unsigned count = counts[kind]++;
      std::string name = count ? (kind + "_" + Twine(count)).str() : kind.str();
      if (list.numbers.try_emplace(name, index + 1).second)
        list.names[index] = name;
    }
  }
  return success();
}

LogicalResult Resolver::findInputs(const List &list, unsigned number,
                                   llvm::SmallVectorImpl<unsigned> &results) {
  const Setting &layer = list.layers[number - 1];
  const Setting &inputs = layer["inputs"];
  if (!inputs.written)
    results.push_back(list.results[number - 1]);
  for (const Setting &input : inputs.members) {
    auto found = list.numbers.find(input.text);
    if (found == list.numbers.end()) {
      llvm::SmallVector<StringRef> names{inputName};
      llvm::append_range(names,
                         llvm::ArrayRef(list.names).take_front(number - 1));
      return source.error(input.place, "no layer has the name '" + input.text +
                                           "'" + suggest(input.text, names));
    }
    if (found->second == number)
      return source.error(input.place, "a layer cannot read itself");
    if (found->second > number)
      return source.error(input.place, "layer '" + input.text +
                                           "' comes later; move it before this "
                                           "one");
    results.push_back(list.results[found->second]);
  }
  return checkCount(layer, results.size());
}

LogicalResult Resolver::checkCount(const Setting &layer, unsigned count) {
  StringRef name = layer.row ? StringRef(layer.row->name) : layer.text;
  unsigned least = layer.row ? layer.row->leastInputs : 1;
  unsigned most = layer.row ? layer.row->mostInputs : 1;
  if (count < least)
    return source.error(layer.place, name + " needs at least " + Twine(least) +
                                         " inputs; name them, as in " +
                                         layer.row->example);
  if (count > most)
    return source.error(layer["inputs"].place,
                        name + " takes at most " + Twine(most) +
                            (most == 1 ? " input" : " inputs") +
                            ", but here are " + Twine(count));
  return success();
}

} // namespace

LogicalResult lathe::frontend::resolveGraph(const Source &source,
                                            const Setting &layers,
                                            std::vector<Layer> &graph) {
  Resolver resolver(source, graph);
  List list;
  list.layers = layers.members;
  unsigned result = 0;
  if (failed(resolver.resolve(list, 0, result)) ||
      failed(resolver.checkReaders(result)))
    return failure();
  if (graph.empty())
    return source.error(layers.place, "no layer is left; an if leaves out "
                                      "every one");
  return success();
}
