// Whether ONNX Runtime is right as often as the artifact:
//   node accuracy.js MODEL.onnx DATA EVALUATED.json
// over the test images of an IDX data set; EVALUATED.json is what `evaluate --json` said.
'use strict';
const fs = require('fs');
const path = require('path');
const zlib = require('zlib');
const ort = require('onnxruntime-node');

const BATCH = 500;

/// The elements of an IDX file of bytes, and its extents.
function readIdx(file) {
  const bytes = fs.existsSync(file) ? fs.readFileSync(file) : zlib.gunzipSync(fs.readFileSync(file + '.gz'));
  const rank = bytes[3], shape = [];
  for (let i = 0; i < rank; ++i) shape.push(bytes.readUInt32BE(4 + 4 * i));
  return {shape, data: bytes.subarray(4 + 4 * rank)};
}

function largest(scores) {
  return scores.indexOf(Math.max(...scores));
}

async function main() {
  const [model, data, evaluated] = process.argv.slice(2);
  const images = readIdx(path.join(data, 't10k-images-idx3-ubyte'));
  const labels = readIdx(path.join(data, 't10k-labels-idx1-ubyte')).data;
  const session = await ort.InferenceSession.create(model);
  const [count, height, width] = images.shape, size = height * width;
  let right = 0;
  for (let first = 0; first < count; first += BATCH) {
    const n = Math.min(BATCH, count - first);
    const pixels = Float32Array.from(images.data.subarray(first * size, (first + n) * size));
    const feeds = {images: new ort.Tensor('float32', pixels, [n, height, width, 1])};
    const {probabilities} = await session.run(feeds);
    const classes = probabilities.dims[1];
    for (let i = 0; i < n; ++i)
      right += largest(probabilities.data.subarray(i * classes, (i + 1) * classes)) === labels[first + i];
  }
  const ours = Math.round(JSON.parse(fs.readFileSync(evaluated)).accuracy * count);
  console.log(`right: ONNX Runtime ${right}, Lathe ${ours} of ${count}`);
  process.exit(right === ours ? 0 : 1);
}

main();
