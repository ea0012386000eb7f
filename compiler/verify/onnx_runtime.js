// One run of a graph by ONNX Runtime on the CPU:
//   node onnx_runtime.js MODEL FOLDER OPTIMIZATION
// FOLDER/inputs.json lists the inputs, [{name, type, shape, file}], whose elements are in
// files of the folder; FOLDER/outputs.json lists the outputs in the same way afterwards.
// OPTIMIZATION is "disabled" or "all". NODE_PATH says where onnxruntime-node is.
'use strict';
const fs = require('fs');
const path = require('path');
const ort = require('onnxruntime-node');

const arrays = {float32: Float32Array, int32: Int32Array, int64: BigInt64Array, bool: Uint8Array};

function read(folder, {type, shape, file}) {
  const bytes = fs.readFileSync(path.join(folder, file));
  const copy = bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength);
  return new ort.Tensor(type, new arrays[type](copy), shape);
}

function write(folder, name, number, tensor) {
  const file = `output-${number}.bin`, data = tensor.data;
  fs.writeFileSync(path.join(folder, file), new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
  return {name, type: tensor.type, shape: tensor.dims, file};
}

async function main() {
  const [model, folder, optimization] = process.argv.slice(2);
  const session = await ort.InferenceSession.create(model, {
    executionProviders: ['cpu'], graphOptimizationLevel: optimization, logSeverityLevel: 3,
  });
  const inputs = JSON.parse(fs.readFileSync(path.join(folder, 'inputs.json')));
  const feeds = Object.fromEntries(inputs.map((input) => [input.name, read(folder, input)]));
  const results = await session.run(feeds);
  const outputs = session.outputNames.map((name, i) => write(folder, name, i, results[name]));
  fs.writeFileSync(path.join(folder, 'outputs.json'), JSON.stringify(outputs));
}

main().catch((error) => {
  console.error(error.message);
  process.exit(1);
});
