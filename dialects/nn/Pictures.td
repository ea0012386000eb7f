//===- Pictures.td - Pictures before the network sees them --------------===//
#ifndef LATHE_NN_PICTURES
#define LATHE_NN_PICTURES

include "dialects/nn/NNBase.td"

def NN_FitImageOp : NN_LayerOp<"fit_image", [
    DeclareOpInterfaceMethods<DecomposableOpInterface>]> {
  let summary = "an image of another size";
  let description = [{
    `crop` cuts the largest part of the result's aspect ratio out of the middle and
    resizes it; `pad` puts `fill_value` at two sides before it resizes; `stretch` resizes
    all of it. `center` cuts out the middle, and does what `crop` does where the image is
    smaller than that. Sizes are rounded as in Keras. Becomes pad and resize as soon as
    shapes are known, or resample of columns and rows for the filters that resize lacks.
    - c1: `nearest` and `area` have no `antialias`

    ```mlir
    %y = nn.fit_image %x {mode = "crop", size = array<i64: 8, 8>, interpolation = "bilinear", fill_value = 0.0}
      : (tensor<?x20x16x3xf32>) -> tensor<?x8x8x3xf32>
    ```
  }];
  let arguments = (ins NN_Float:$input, NN_OneOf<["center", "crop", "pad", "stretch"]>:$mode, NN_Pair:$size,
    NN_OneOf<["area", "bicubic", "bilinear", "lanczos3", "lanczos5", "nearest"]>:$interpolation,
    F64Attr:$fill_value, UnitAttr:$antialias);
  let results = (outs NN_Float:$output);
  let assemblyFormat = "operands attr-dict `:` functional-type(operands, results)";
}

def NN_RandomWindowOp : NN_LayerOp<"random_window", [
    DeclareOpInterfaceMethods<ModeOpInterface, ["toInference", "toTraining"]>]> {
  let summary = "the part of an image that RandomCrop shows";
  let description = [{
    In training, `@augment` has moved a random part of the image to its middle, which is
    cut out. In inference, the largest part of this aspect ratio is resized: nn.fit_image
    `center` and `crop`.

    ```mlir
    %y = nn.random_window %x {size = array<i64: 8, 8>} : (tensor<?x20x16x3xf32>) -> tensor<?x8x8x3xf32>
    ```
  }];
  let arguments = (ins NN_Float:$input, NN_Pair:$size);
  let results = (outs NN_Float:$output);
  let assemblyFormat = "operands attr-dict `:` functional-type(operands, results)";
}

def NN_PrepareOp : NN_LayerOp<"prepare", [
    DeclareOpInterfaceMethods<DecomposableOpInterface>]> {
  let summary = "an image changed by a formula";
  let description = [{
    `low` and `high` are the values of black and white, p0, p1, ... the `numbers`:

    | function | a value becomes |
    |---|---|
    | `auto_contrast` | low + (x - least)·(high - low)/(most - least), the extremes of its channel; x where they are equal |
    | `grayscale` | 0.299 r + 0.587 g + 0.114 b (ITU-R BT.601), in p0 channels, 1 or 3 |
    | `posterize` | the upper p0 bits of the 8 between low and high |
    | `solarize` | u = x + p0·(high - low), clipped, where that is below low + p1·(high - low), else low + high - u |
    | `standardize` | (x - mean)/max(deviation, 1/sqrt(n)), of all n elements of the image |

    Becomes other operations as soon as shapes are known.

    ```mlir
    %y = nn.prepare %x {function = "posterize", numbers = array<f64: 4.0>, low = 0.0, high = 255.0}
      : (tensor<?x20x16x3xf32>) -> tensor<?x20x16x3xf32>
    ```
  }];
  let arguments = (ins NN_Float:$input,
    NN_OneOf<["auto_contrast", "grayscale", "posterize", "solarize", "standardize"]>:$function,
    DenseF64ArrayAttr:$numbers, F64Attr:$low, F64Attr:$high);
  let results = (outs NN_Float:$output);
  let assemblyFormat = "operands attr-dict `:` functional-type(operands, results)";
}

// An operation on images that has no gradient rule.
class NN_PictureOp<string mnemonic, list<Trait> traits = []> : NN_PureOp<mnemonic, !listconcat([
    DeclareOpInterfaceMethods<ShapeInferenceOpInterface>], traits)> {
  let assemblyFormat = "operands attr-dict `:` functional-type(operands, results)";
}

def NN_ConvertColorOp : NN_PictureOp<"convert_color", [
    DeclareOpInterfaceMethods<DecomposableOpInterface>]> {
  let summary = "colours as L, a, b, or back";
  let description = [{
    `to` is `lab` or `rgb`, the other one is what the colours are. sRGB lies between
    `low` and `high`, in 256 levels; L, a and b are whole numbers from 0 to 255, as
    OpenCV has them in images of bytes, and are computed by its integer arithmetic. An
    image of one channel has L alone, which is its grey: a scale, as soon as shapes
    are known.

    ```mlir
    %y = nn.convert_color %x {to = "lab", low = 0.0, high = 255.0} : (tensor<?x20x16x3xf32>) -> tensor<?x20x16x3xf32>
    ```
  }];
  let arguments = (ins NN_Float:$input, NN_OneOf<["lab", "rgb"]>:$to, F64Attr:$low, F64Attr:$high);
  let results = (outs NN_Float:$output);
}

def NN_ToneMethod : NN_OneOf<["clahe", "clahe_keras", "equalize"]>;

def NN_ToneCurvesOp : NN_PictureOp<"tone_curves"> {
  let summary = "what each grey level becomes, from the histograms of an image's tiles";
  let description = [{
    The image is cut into `tiles`, [rows, columns] of them, and completed by a
    reflection where it does not divide. y[n, tile, channel, level] is the tone, from 0 to 255,
    that a tile gives to a level; only the first channel has curves with
    `first_channel`. A tile's histogram h of area A is clipped at c = `clip_limit`·A/256
    (not where that is 0), and what is cut off is spread over all levels; s is its running sum:

    | method | levels | tone |
    |---|---|---|
    | `clahe` | 256, rounded; OpenCV's CLAHE, in integers | round(255·s/A) |
    | `clahe_keras` | 256, truncated; Keras's CLAHE | 255·(s - s[0])/(A - s[0]) |
    | `equalize` | `bins`, truncated; Keras's Equalization | round(255·(s - m)/(A - m)), m the first s above 0; -1 where there is one level only |

    The levels lie between `low` and `high`.

    ```mlir
    %c = nn.tone_curves %x {method = "clahe", tiles = array<i64: 8, 8>, bins = 256 : i64, clip_limit = 2.0, low = 0.0, high = 255.0}
      : (tensor<?x32x32x1xf32>) -> tensor<?x64x1x256xf32>
    ```
  }];
  let arguments = (ins NN_Float:$input, NN_ToneMethod:$method, NN_Pair:$tiles, NN_Positive:$bins,
    NN_NotNegative:$clip_limit, UnitAttr:$first_channel, F64Attr:$low, F64Attr:$high);
  let results = (outs NN_Float:$output);
}

def NN_ApplyCurvesOp : NN_PictureOp<"apply_curves"> {
  let summary = "an image with the tones that curves give to its levels";
  let description = [{
    Between the tiles' centres, the tones of the four nearest tiles are blended
    bilinearly. Channels without a curve stay as they are, and so do channels whose
    curve begins with -1. The attributes are those of nn.tone_curves.

    ```mlir
    %y = nn.apply_curves %x, %c {method = "clahe", tiles = array<i64: 8, 8>, low = 0.0, high = 255.0}
      : (tensor<?x32x32x1xf32>, tensor<?x64x1x256xf32>) -> tensor<?x32x32x1xf32>
    ```
  }];
  let arguments = (ins NN_Float:$input, NN_Float:$curves, NN_ToneMethod:$method, NN_Pair:$tiles,
    F64Attr:$low, F64Attr:$high);
  let results = (outs NN_Float:$output);
}

#endif // LATHE_NN_PICTURES
