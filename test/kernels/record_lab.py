"""Writes RecordedLab.h: colours as OpenCV converts them to L*a*b* and back, in bytes.

    /usr/bin/python3 record_lab.py > RecordedLab.h
"""
import cv2
import numpy as np

random = np.random.RandomState(3)
greys = np.repeat(np.arange(256, dtype=np.uint8)[:, None], 3, 1)
colors = random.randint(0, 256, (256, 3)).astype(np.uint8)
rgb = np.concatenate([greys, colors])[None]
lab = cv2.cvtColor(rgb, cv2.COLOR_RGB2LAB)
back = cv2.cvtColor(lab, cv2.COLOR_LAB2RGB)
print(f"""// RecordedLab.h: r, g, b; L, a, b of them; and r, g, b of these, by OpenCV
// {cv2.__version__} (record_lab.py). All greys and {len(colors)} colours.
#ifndef LATHE_TEST_KERNELS_RECORDEDLAB_H
#define LATHE_TEST_KERNELS_RECORDEDLAB_H

constexpr unsigned char recordedLab[][9] = {{""")
rows = np.concatenate([rgb, lab, back], 2)[0]
for at in range(0, len(rows), 2):
    print("    " + " ".join("{" + ", ".join(map(str, row)) + "}," for row in rows[at:at + 2]))
print("""};

#endif // LATHE_TEST_KERNELS_RECORDEDLAB_H""")
