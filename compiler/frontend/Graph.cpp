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
  bool isNamed = true; ///< false where a mistake hides the name of a layer
};

class Resolver {
public:
  Resolver(const Source &source, std::vector<Layer> &graph)
      : source(source), graph(graph) {}

  /// The result's number in the graph, which is 0 if nothing is there.
  LogicalResult resolve(List &list, unsigned input, unsigned &result) {
    LogicalResult all = nameLayers(list);
    list.results.push_back(input);
    for (const Setting &layer : list.layers) {
      llvm::SmallVector<unsigned, 2> inputs;
      unsigned number = list.results.size();
      bool isKnown = succeeded(findInputs(list, number, inputs));
      if (!isKnown)
        all = failure();
      if (layer.bad || !isKnown)
        add(list, number, inputs, /*isBad=*/true);
      else if (layer.skipped)
        list.results.push_back(inputs.front());
      else if (layer.row)
        add(list, number, inputs, /*isBad=*/false);
      else if (failed(addBlock(list, number, inputs.front())))
        all = failure();
    }
    result = list.results.back();
    return all;
  }

  /// All but the result are read.
  LogicalResult checkReaders(unsigned result) {
    std::vector<bool> read(graph.size() + 1);
    read[result] = true;
    for (const Layer &layer : graph)
      for (unsigned input : layer.inputs)
        read[input] = true;
    LogicalResult all = success();
    for (auto [index, layer] : llvm::enumerate(graph))
      if (!read[index + 1])
        all =
            source.error(layer.setting->place,
                         "no layer reads '" + layer.name +
                             "'; name it among the inputs of another layer, or "
                             "remove it");
    return all;
  }

private:
  LogicalResult nameLayers(List &list);
  LogicalResult findInputs(const List &list, unsigned number,
                           llvm::SmallVectorImpl<unsigned> &inputs);
  LogicalResult checkCount(const Setting &layer, unsigned count);

  void add(List &list, unsigned number, llvm::ArrayRef<unsigned> inputs,
           bool isBad) {
    const Setting &setting = list.layers[number - 1];
    Layer &layer = graph.emplace_back();
    layer.setting = &setting;
    layer.name = list.prefix + list.names[number - 1];
    layer.inputs.assign(inputs.begin(), inputs.end());
    layer.bad = isBad;
    if (!isBad)
      layer.trainable = list.trainable && setting["trainable"].flag;
    list.results.push_back(graph.size());
  }

  LogicalResult addBlock(List &list, unsigned number, unsigned input) {
    const Setting &use = list.layers[number - 1];
    std::string name = list.prefix + list.names[number - 1] + "/";
    LogicalResult all = success();
    for (auto [index, layers] : llvm::enumerate(use.repetitions)) {
      List body;
      body.layers = layers;
      body.prefix = name;
      if (use["repeat"].written)
        body.prefix += std::to_string(index) + "/";
      body.trainable = list.trainable && use["trainable"].flag;
      if (failed(resolve(body, input, input)))
        all = failure();
    }
    list.results.push_back(input);
    return all;
  }

  const Source &source;
  std::vector<Layer> &graph;
};

/// Names in the file go first, so that a running number never takes one.
LogicalResult Resolver::nameLayers(List &list) {
  list.names.resize(list.layers.size());
  list.numbers[inputName] = 0;
  LogicalResult all = success();
  for (auto [index, layer] : llvm::enumerate(list.layers)) {
    const Setting *name = layer.find("name");
    bool isUnknown = name ? name->bad : true;
    if (isUnknown || (!name->written && !layer.row && layer.text.empty()))
      list.isNamed = false;
    if (isUnknown || !name->written)
      continue;
    auto [other, isNew] = list.numbers.try_emplace(name->text, index + 1);
    if (other->second == 0)
      all = source.error(name->place, "'" + name->text +
                                          "' is the model's own input; choose "
                                          "another name");
    else if (isNew)
      list.names[index] = name->text;
    else
      all = source.error(
          name->place, "two layers have the name '" + name->text + "'",
          list.layers[other->second - 1]["name"].place, "the first one");
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
  return all;
}

LogicalResult Resolver::findInputs(const List &list, unsigned number,
                                   llvm::SmallVectorImpl<unsigned> &results) {
  const Setting &layer = list.layers[number - 1];
  const Setting *inputs = layer.find("inputs");
  // Where there is a mistake in it, it may have been meant to read others.
  if (!inputs || inputs->bad || (layer.bad && !inputs->written))
    return failure();
  if (!inputs->written)
    results.push_back(list.results[number - 1]);
  LogicalResult all = success();
  for (const Setting &input : inputs->members) {
    auto found = list.numbers.find(input.text);
    if (found == list.numbers.end()) {
      llvm::SmallVector<StringRef> names{inputName};
      llvm::append_range(names,
                         llvm::ArrayRef(list.names).take_front(number - 1));
      all = failure();
      if (list.isNamed)
        all = source.error(input.place, "no layer has the name '" + input.text +
                                            "'" + suggest(input.text, names));
    } else if (found->second == number) {
      all = source.error(input.place, "a layer cannot read itself");
    } else if (found->second > number) {
      all = source.error(input.place, "layer '" + input.text +
                                          "' comes later; move it before this "
                                          "one");
    } else {
      results.push_back(list.results[found->second]);
    }
  }
  return failed(all) || layer.bad ? all : checkCount(layer, results.size());
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
                                            std::vector<Layer> &graph,
                                            StringRef secondName) {
  Resolver resolver(source, graph);
  List list;
  if (!secondName.empty())
    list.numbers[secondName] = 0;
  list.layers = layers.members;
  unsigned result = 0;
  // What is not read may be an input that is not known.
  if (failed(resolver.resolve(list, 0, result)) ||
      failed(resolver.checkReaders(result)))
    return failure();
  if (graph.empty() && !layers.bad)
    return source.error(layers.place, "no layer is left; an if leaves out "
                                      "every one");
  return success();
}
