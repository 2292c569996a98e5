"""Made the files of this folder: needs opencv-python-headless 4.11, Pillow 10.4 (later ones resize in another order),
NumPy 1.26 and mmcv-lite 2.1.

    python3 make_images.py

Images as other programs write them, and beside them, as IDX files (docs/formats/idx.md), what OpenCV, Pillow and MMCV
make of them: the tests compare with these, and need no Python.
"""

import pathlib
import pickle
import struct

import cv2
import mmcv
import numpy as np
from PIL import Image

HERE = pathlib.Path(__file__).resolve().parent
CODES = {"uint8": 0x08, "int16": 0x0B, "int32": 0x0C, "float32": 0x0D, "float64": 0x0E}


def save(name, array):
    array = np.ascontiguousarray(array)
    header = struct.pack(">BBBB", 0, 0, CODES[str(array.dtype)], array.ndim) + struct.pack(f">{array.ndim}I", *array.shape)
    (HERE / f"{name}.idx").write_bytes(header + array.astype(array.dtype.newbyteorder(">")).tobytes())


def picture(height, width, channels=3, seed=7):
    """Smooth hills with noise on them, channels unlike one another."""
    rng = np.random.default_rng(seed)
    y, x = np.mgrid[0:height, 0:width]
    planes = [128 + 70 * np.sin((x + 3 * c) / (4 + c)) + 50 * np.cos(y / (3 + c)) for c in range(channels)]
    noisy = np.stack(planes, -1) + rng.normal(0, 12, (height, width, channels))
    return np.clip(noisy, 0, 255).astype(np.uint8)


def make_files():
    rgb = picture(21, 30)
    image = Image.fromarray(rgb)
    image.save(HERE / "rgb.jpg", quality=90)
    image.save(HERE / "progressive.jpg", quality=80, progressive=True, subsampling=0)
    image.convert("L").save(HERE / "gray.jpg", quality=90)
    image.convert("CMYK").save(HERE / "cmyk.jpg", quality=90)
    for orientation in range(1, 9):
        exif = Image.Exif()
        exif[274] = orientation
        image.save(HERE / f"turned_{orientation}.jpg", quality=90, exif=exif.tobytes())
    image.save(HERE / "rgb.png")
    image.convert("L").save(HERE / "gray.png")
    image.convert("P", palette=Image.Palette.ADAPTIVE, colors=16).save(HERE / "palette.png")
    Image.fromarray(picture(21, 30, 4), "RGBA").save(HERE / "rgba.png")
    cv2.imwrite(str(HERE / "deep.png"), picture(21, 30).astype(np.uint16) * 257 + 3)
    image.save(HERE / "rgb.webp", lossless=True)
    image.save(HERE / "lossy.webp", quality=80)
    image.save(HERE / "rgb.bmp")
    image.save(HERE / "rgb.tif", compression="tiff_lzw")
    # A PNG of a few bytes that claims to be enormous.
    content = bytearray((HERE / "gray.png").read_bytes())
    content[16:24] = struct.pack(">II", 60000, 60000)
    (HERE / "bomb.png").write_bytes(content)


def make_decoded():
    for name in ("rgb.jpg", "gray.jpg", "progressive.jpg", "cmyk.jpg", "palette.png", "rgba.png", "deep.png", "lossy.webp"):
        content = (HERE / name).read_bytes()
        for color in ("color", "grayscale", "unchanged"):
            array = mmcv.imfrombytes(content, flag=color)
            # OpenCV keeps the four inks of a CMYK image when it is told to change nothing, other versions don't.
            if array.dtype != np.uint16 and not (name == "cmyk.jpg" and color == "unchanged"):
                save(f"{name}.{color}", array)
            elif array.dtype == np.uint16:
                save(f"{name}.{color}", array.astype(np.int32))
    for orientation in range(1, 9):
        save(f"turned_{orientation}", mmcv.imread(str(HERE / f"turned_{orientation}.jpg")))
        ignored = mmcv.imread(str(HERE / f"turned_{orientation}.jpg"), flag="color_ignore_orientation")
        assert (ignored == mmcv.imread(str(HERE / "rgb.jpg"))).all()


def make_resized():
    image = picture(23, 31)
    save("image", image)
    for way in ("nearest", "bilinear", "bicubic", "area", "lanczos"):
        for width, height in ((45, 17), (11, 40)):
            save(f"resized_{way}_{width}x{height}", mmcv.imresize(image, (width, height), interpolation=way))
    for way in ("nearest", "bilinear", "bicubic", "box", "lanczos", "hamming"):
        for width, height in ((45, 17), (11, 40)):
            save(f"pillow_{way}_{width}x{height}", mmcv.imresize(image, (width, height), interpolation=way, backend="pillow"))
    save("resized_float_45x17", mmcv.imresize(image.astype(np.float32) / 3, (45, 17)))
    save("resized_gray_45x17", mmcv.imresize(image[:, :, 0], (45, 17)))


def make_rotated():
    image = picture(23, 31)
    gray = image[:, :, 0]
    save("rotated_25", mmcv.imrotate(image, 25, border_value=(9, 9, 9)))
    save("rotated_25_center", mmcv.imrotate(image, 25, center=(4, 7)))
    save("rotated_-100_bound", mmcv.imrotate(image, -100, auto_bound=True))
    save("rotated_25_labels", mmcv.imrotate(gray, 25, border_value=255, interpolation="nearest"))
    save("rotated_-100_bound_labels",
         mmcv.imrotate(gray, -100, border_value=255, auto_bound=True, interpolation="nearest"))


def make_colours():
    """Of the image above, which is taken to be BGR."""
    image = picture(23, 31)
    for backend in ("pillow", "cv2"):
        for factor in (0.0, 0.4, 1.0, 1.7):
            save(f"brightness_{backend}_{factor}", mmcv.adjust_brightness(image, factor, backend=backend))
            save(f"contrast_{backend}_{factor}", mmcv.adjust_contrast(image, factor, backend=backend))
            save(f"saturation_{backend}_{factor}", mmcv.adjust_color(image, alpha=factor, backend=backend))
        for factor in (-0.5, -0.1, 0.0, 0.3):
            save(f"hue_{backend}_{factor}", mmcv.adjust_hue(image, factor, backend=backend))


def make_cifar():
    """Three images of CIFAR in one batch, as Python 3 pickles them."""
    rng = np.random.default_rng(3)
    data = rng.integers(0, 256, (3, 3072), dtype=np.uint8)
    save("cifar", data.reshape(3, 3, 32, 32).transpose(0, 2, 3, 1))
    for protocol in (2, 3, 5):
        content = {"batch_label": "training batch 1 of 5", "labels": [3, 0, 9], "data": data, "filenames": ["a.png"] * 3}
        (HERE / f"cifar_protocol_{protocol}").write_bytes(pickle.dumps(content, protocol=protocol))


if __name__ == "__main__":
    make_files()
    make_decoded()
    make_resized()
    make_rotated()
    make_colours()
    make_cifar()
