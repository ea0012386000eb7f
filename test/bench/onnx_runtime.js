// One run of a graph by ONNX Runtime on the CPU, for `./dev bench`:
//   node onnx_runtime.js MODEL IMAGES THREADS SECONDS [OUTPUT]
// IMAGES holds the input's float32 values. Prints JSON, the median milliseconds; OUTPUT
// gets the values of the first result. NODE_PATH says where onnxruntime-node is.
'use strict';
const fs = require('fs');
const ort = require('onnxruntime-node');
const {binding, initOrt} = require('onnxruntime-node/dist/binding');

const WARM_UP = 5, FEWEST_RUNS = 5;

const floats = (bytes) => new Float32Array(bytes.buffer, bytes.byteOffset, bytes.byteLength / 4);

function median(values) {
  const sorted = values.slice().sort((a, b) => a - b), middle = sorted.length >> 1;
  return sorted.length % 2 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

const [model, images, threads, seconds, output] = process.argv.slice(2);
// The package's own session answers through the event loop. What lies below it answers
// at once and writes into memory that is there already, as the other candidates do.
initOrt();
const session = new binding.InferenceSession();
session.loadModel(model, {
  executionProviders: ['cpu'], executionMode: 'sequential', graphOptimizationLevel: 'all',
  intraOpNumThreads: Number(threads), interOpNumThreads: 1,
});
const tensor = (metadata, values) =>
  new ort.Tensor('float32', values, metadata.shape);
const [input] = session.inputMetadata, [result] = session.outputMetadata;
const size = result.shape.reduce((product, extent) => product * extent, 1);
const feeds = {[input.name]: tensor(input, floats(fs.readFileSync(images)))};
const fetches = {[result.name]: tensor(result, new Float32Array(size))};
const run = () => session.run(feeds, fetches, {});

for (let i = 0; i < WARM_UP; ++i) run();
const times = [], end = performance.now() + 1000 * Number(seconds);
while (times.length < FEWEST_RUNS || performance.now() < end) {
  const start = performance.now();
  run();
  times.push(performance.now() - start);
}
if (output) {
  const values = session.run(feeds, fetches, {})[result.name].data;
  fs.writeFileSync(output, Buffer.from(values.buffer, values.byteOffset, values.byteLength));
}
console.log(JSON.stringify({ms: median(times), runs: times.length}));
