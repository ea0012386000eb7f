"""Writes RecordedResample.h: a line of pixels as Pillow, PyTorch and OpenCV resize it.

    /usr/bin/python3 record_resample.py > RecordedResample.h

None of them says whether filters are wider: Pillow and antialias=True of PyTorch widen them when
shrinking alone, and OpenCV's area, which is another filter when enlarging, has no such thing.
"""
import textwrap

import cv2
import numpy as np
import PIL
import torch
from PIL import Image

line = np.random.RandomState(5).randint(0, 256, 13).astype(np.float32)


def pillow(filter, to):
    return np.asarray(Image.fromarray(line[None]).resize((to, 1), getattr(Image.Resampling, filter)))[0]


def pytorch(mode, to):
    image = torch.tensor(line)[None, None, None]
    return torch.nn.functional.interpolate(image, (1, to), mode=mode, antialias=True)[0, 0, 0].numpy()


def opencv(to):
    return cv2.resize(line[None], (to, 1), interpolation=cv2.INTER_AREA)[0]


def text(values):
    return textwrap.fill(", ".join(f"{value:.6g}" for value in values), 76).replace("\n", "\n     ")


rows = [(name, to < len(line), pillow(filter, to))
        for name, filter in (("bilinear", "BILINEAR"), ("bicubic", "BICUBIC"), ("lanczos3", "LANCZOS"))
        for to in (5, 29)]
rows += [(mode, True, pytorch(mode, 7)) for mode in ("bilinear", "bicubic")]
rows += [("area", False, opencv(to)) for to in (4, 9)]
print(f"""// RecordedResample.h: a line of pixels in other lengths, by Pillow {PIL.__version__} (of 5
// and 29), PyTorch {torch.__version__} (of 7) and OpenCV {cv2.__version__} (area); record_resample.py.
#ifndef LATHE_TEST_KERNELS_RECORDEDRESAMPLE_H
#define LATHE_TEST_KERNELS_RECORDEDRESAMPLE_H

#include <vector>

const std::vector<double> recordedLine = {{
    {text(line)}}};

struct RecordedResample {{
  const char *filter;
  bool antialias;
  std::vector<double> line;
}};

const RecordedResample recordedResamples[] = {{""")
for name, antialias, values in rows:
    print(f'    {{"{name}", {str(antialias).lower()},\n     {{{text(values)}}}}},')
print("""};

#endif // LATHE_TEST_KERNELS_RECORDEDRESAMPLE_H""")
