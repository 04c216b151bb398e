"""Makes the sources and the expected images of the golden tests with Pillow, which shares no code with this crate.

    python3 make.py            # needs Pillow 12; writes sources/, expected/ and cases.json beside itself

Each case: a source, the text of x-oss-process, the expected pixels, and how near the result must be: `psnr` in dB of the
worst channel group (colours where visible, and alpha). Rerun it when a case is added, and look at the difference.
"""

import base64
import io
import json
import math
import struct
from pathlib import Path

from PIL import Image, ImageChops, ImageCms, ImageDraw, ImageFont

HERE = Path(__file__).parent
SOURCES = HERE / "sources"
EXPECTED = HERE / "expected"
FONT = HERE.parent.parent / "fonts" / "NotoSansSC-Regular-subset.otf"
cases = []


def picture(width, height):
    """Gradients, a circle, lines, and a fine texture: smooth parts, edges and details."""
    image = Image.new("RGB", (width, height))
    pixels = []
    for y in range(height):
        for x in range(width):
            wave = 20 * math.sin(x / 3.0) * math.sin(y / 4.0)
            pixels.append((int(255 * x / width), int(255 * y / height), int(max(0, min(255, 128 + 4 * wave)))))
    image.putdata(pixels)
    draw = ImageDraw.Draw(image)
    draw.ellipse((width * 0.55, height * 0.2, width * 0.9, height * 0.8), fill=(250, 240, 60))
    draw.rectangle((width * 0.1, height * 0.1, width * 0.3, height * 0.4), fill=(20, 30, 160))
    draw.line((0, height - 1, width - 1, 0), fill=(255, 255, 255), width=3)
    return image


def with_alpha(image):
    alpha = Image.linear_gradient("L").resize(image.size)
    image = image.convert("RGBA")
    image.putalpha(alpha)
    return image


def save(name, image, **options):
    image.save(SOURCES / name, **options)
    return Image.open(SOURCES / name)


def case(source, process, expected, psnr):
    name = f"{len(cases):02}-{process.removeprefix('image/').split(',')[0].split('/')[0]}.png"
    expected.save(EXPECTED / name, optimize=True)
    cases.append({"source": source, "process": process, "expected": name, "psnr": psnr})


def resized(image, size, box=None):
    if image.mode == "RGBA":
        return image.convert("RGBa").resize(size, Image.LANCZOS, box=box).convert("RGBA")
    return image.resize(size, Image.LANCZOS, box=box)


def gaussian(image, radius, sigma):
    """A direct convolution, one direction after the other; border pixels continue."""
    weights = [math.exp(-(d * d) / (2 * sigma * sigma)) for d in range(-radius, radius + 1)]
    total = sum(weights)
    weights = [weight / total for weight in weights]

    def rows(image):
        source = image.load()
        result = Image.new("RGB", image.size)
        target = result.load()
        for y in range(image.height):
            for x in range(image.width):
                sums = [0.0, 0.0, 0.0]
                for offset, weight in zip(range(-radius, radius + 1), weights):
                    pixel = source[max(0, min(image.width - 1, x + offset)), y]
                    for channel in range(3):
                        sums[channel] += weight * pixel[channel]
                target[x, y] = tuple(int(value + 0.5) for value in sums)
        return result

    return rows(rows(image).transpose(Image.TRANSPOSE)).transpose(Image.TRANSPOSE)


def round_mask(size, radius):
    scale = 8
    mask = Image.new("L", (size[0] * scale, size[1] * scale), 0)
    box = (0, 0, size[0] * scale - 1, size[1] * scale - 1)
    ImageDraw.Draw(mask).rounded_rectangle(box, radius * scale, fill=255)
    return mask.resize(size, Image.BOX)


def masked(image, mask):
    image = image.convert("RGBA")
    image.putalpha(mask)
    return image


def url_base64(text):
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def wide_gamut_profile():
    """A matrix profile with the primaries of Adobe RGB and a gamma of 2.2, written by hand."""

    def number(value):
        return struct.pack(">i", round(value * 65536))

    def xyz(*values):
        return b"XYZ \0\0\0\0" + b"".join(number(value) for value in values)

    text = b"wide"
    description = b"desc\0\0\0\0" + struct.pack(">I", len(text) + 1) + text + b"\0" * (1 + 4 + 4 + 2 + 1 + 67)
    curve = b"curv\0\0\0\0" + struct.pack(">IH", 1, round(2.2 * 256)) + b"\0\0"
    tags = {
        b"desc": description + b"\0" * (-len(description) % 4),
        b"cprt": b"text\0\0\0\0none\0\0\0\0",
        b"wtpt": xyz(0.9642, 1.0, 0.8249),
        b"rXYZ": xyz(0.60974, 0.31111, 0.01947),
        b"gXYZ": xyz(0.20528, 0.62567, 0.06087),
        b"bXYZ": xyz(0.14919, 0.06322, 0.74457),
        b"rTRC": curve,
        b"gTRC": curve,
        b"bTRC": curve,
    }
    table, body = b"", b""
    begin = 128 + 4 + 12 * len(tags)
    for name, data in tags.items():
        table += name + struct.pack(">II", begin + len(body), len(data))
        body += data
    size = begin + len(body)
    header = struct.pack(">I4sI4s4s4s", size, b"\0\0\0\0", 0x02100000, b"mntr", b"RGB ", b"XYZ ")
    header += b"\0" * 12 + b"acsp" + b"\0" * 28 + number(0.9642) + number(1.0) + number(0.8249)
    return header.ljust(128, b"\0") + struct.pack(">I", len(tags)) + table + body


def resize_cases():
    plain = save("plain.png", picture(200, 100))
    # The worked example of OSS's documents.
    case("plain.png", "image/resize,w_150,h_80", resized(plain, (150, 75)), 40)
    case("plain.png", "image/resize,m_mfit,w_150,h_80", resized(plain, (160, 80)), 40)
    case("plain.png", "image/resize,m_fill,w_150,h_80", resized(plain, (150, 80), (6.25, 0, 193.75, 100)), 40)
    padded = Image.new("RGB", (150, 80), (255, 0, 0))
    padded.paste(resized(plain, (150, 75)), (0, 2))
    case("plain.png", "image/resize,m_pad,w_150,h_80,color_FF0000", padded, 40)
    case("plain.png", "image/resize,m_fixed,w_150,h_80", resized(plain, (150, 80)), 40)
    case("plain.png", "image/resize,p_25", resized(plain, (50, 25)), 40)
    case("plain.png", "image/resize,w_300,limit_0", resized(plain, (300, 150)), 40)
    case("plain.png", "image/resize,w_300", plain, 99)
    alpha = save("alpha.png", with_alpha(picture(120, 80)))
    case("alpha.png", "image/resize,w_60", resized(alpha, (60, 40)), 38)


def format_cases():
    base = picture(160, 120)
    base.save(SOURCES / "photo.jpg", quality=90)
    base.save(SOURCES / "progressive.jpg", quality=85, progressive=True)
    base.convert("L").save(SOURCES / "grey.jpg", quality=90)
    base.convert("CMYK").save(SOURCES / "cmyk.jpg", quality=95)
    large = picture(1200, 900)
    large.save(SOURCES / "large.jpg", quality=80)
    for name, psnr in [("photo.jpg", 40), ("progressive.jpg", 40), ("grey.jpg", 40)]:
        source = Image.open(SOURCES / name)
        case(name, "image/crop,w_80,h_60/format,png", source.crop((0, 0, 80, 60)), psnr)
    case("cmyk.jpg", "image/crop,w_80,h_60/format,png", Image.open(SOURCES / "cmyk.jpg").convert("RGB").crop((0, 0, 80, 60)), 33)
    # The decoder shrinks before the filter does: near, not equal.
    case("large.jpg", "image/resize,w_120/format,png", resized(Image.open(SOURCES / "large.jpg"), (120, 90)), 32)
    palette = save("palette.png", base.quantize(64))
    case("palette.png", "image/crop,w_80,h_60", palette.convert("RGB").crop((0, 0, 80, 60)), 99)
    deep = Image.new("I;16", (64, 48))
    deep.putdata([x * 1000 % 65536 for y in range(48) for x in range(64)])
    save("grey16.png", deep)
    eight = Image.new("L", (64, 48))
    eight.putdata([round((x * 1000 % 65536) / 257) for y in range(48) for x in range(64)])
    case("grey16.png", "image/crop,w_64", eight, 48)
    save("image.bmp", base)
    case("image.bmp", "image/crop,w_80,h_60/format,png", base.crop((0, 0, 80, 60)), 99)
    save("image.tiff", base, compression="tiff_lzw")
    case("image.tiff", "image/crop,w_80,h_60/format,png", base.crop((0, 0, 80, 60)), 99)
    lossy = save("lossy.webp", base, quality=85)
    case("lossy.webp", "image/crop,w_80,h_60/format,png", lossy.convert("RGB").crop((0, 0, 80, 60)), 40)
    lossless = save("lossless.webp", with_alpha(base), lossless=True, exact=True)
    case("lossless.webp", "image/crop,w_80,h_60/format,png", lossless.convert("RGBA").crop((0, 0, 80, 60)), 99)
    profile = wide_gamut_profile()
    wide = save("wide.png", base, icc_profile=profile)
    converted = ImageCms.profileToProfile(wide, io.BytesIO(profile), ImageCms.createProfile("sRGB"))
    case("wide.png", "image/crop,w_160", converted, 40)


def orientation_cases():
    upright = picture(96, 64)
    turns = {
        2: Image.FLIP_LEFT_RIGHT,
        3: Image.ROTATE_180,
        4: Image.FLIP_TOP_BOTTOM,
        5: Image.TRANSPOSE,
        6: Image.ROTATE_90,
        7: Image.TRANSVERSE,
        8: Image.ROTATE_270,
    }
    for orientation in range(1, 9):
        stored = upright.transpose(turns[orientation]) if orientation > 1 else upright
        exif = Image.Exif()
        exif[0x0112] = orientation
        name = f"orientation-{orientation}.jpg"
        stored.save(SOURCES / name, quality=95, exif=exif)
        case(name, "image/auto-orient,1/resize,w_48/format,png", resized(upright, (48, 32)), 28)


def pixel_cases():
    base = save("base.png", picture(100, 60))
    case("base.png", "image/crop,w_30,h_20,x_5,y_5,g_center", base.crop((40, 25, 70, 45)), 99)
    case("base.png", "image/indexcrop,x_40,i_1", base.crop((40, 0, 80, 60)), 99)
    case("base.png", "image/indexcrop,y_25,i_2", base.crop((0, 50, 100, 60)), 99)
    square = base.crop((30, 10, 70, 50))
    case("base.png", "image/circle,r_20", masked(square, round_mask((40, 40), 20)), 30)
    case("base.png", "image/rounded-corners,r_15", masked(base, round_mask((100, 60), 15)), 35)
    case("base.png", "image/rotate,90", base.transpose(Image.ROTATE_270), 99)
    case("base.png", "image/rotate,270", base.transpose(Image.ROTATE_90), 99)
    # The smallest canvas that holds the turned image; Pillow's own `expand` may add a pixel.
    sin, cos = math.sin(math.radians(30)), math.cos(math.radians(30))
    width, height = math.ceil(100 * cos + 60 * sin), math.ceil(100 * sin + 60 * cos)
    x, y = 50 - (width * cos + height * sin) / 2, 30 - (height * cos - width * sin) / 2
    turned = base.convert("RGBA").transform((width, height), Image.AFFINE, (cos, sin, x, -sin, cos, y), Image.BILINEAR)
    case("base.png", "image/rotate,30", turned, 25)
    case("base.png", "image/blur,r_5,s_2", gaussian(base, 5, 2), 45)
    case("base.png", "image/blur,r_2,s_50", gaussian(base, 2, 50), 45)
    soft = gaussian(base, 3, 1)
    sharp = ImageChops.add(base, ImageChops.subtract(base, soft))
    sharp = ImageChops.subtract(sharp, ImageChops.subtract(soft, base))
    case("base.png", "image/sharpen,100", sharp, 35)
    case("base.png", "image/bright,20", base.point(lambda value: min(255, value + 51)), 50)
    slope = math.tan(math.pi / 4 * 0.7)
    case("base.png", "image/contrast,-30", base.point(lambda value: round(slope * (value - 127.5) + 127.5)), 48)


def watermark_cases():
    base = Image.open(SOURCES / "base.png").convert("RGBA")
    mark = save("mark.png", with_alpha(picture(40, 20)))
    drawn = base.copy()
    drawn.alpha_composite(mark, (100 - 40 - 10, 60 - 20 - 10))
    case("base.png", f"image/watermark,image_{url_base64('mark.png')}", drawn.convert("RGB"), 45)
    small = resized(mark, (30, 15))
    small.putalpha(small.getchannel("A").point(lambda value: round(value * 0.5)))
    drawn = base.copy()
    drawn.alpha_composite(small, (3, 4))
    name = url_base64("mark.png?x-oss-process=image/resize,P_30")
    case("base.png", f"image/watermark,image_{name},t_50,g_nw,x_3,y_4", drawn.convert("RGB"), 40)
    font = ImageFont.truetype(FONT, 24)
    wide = save("wide-base.png", picture(200, 60))
    drawn = wide.convert("RGBA")
    text = "水印 Ab"
    ascent, descent = font.getmetrics()
    left = 200 - 10 - math.ceil(font.getlength(text))
    ImageDraw.Draw(drawn).text((left, 60 - 10 - ascent - descent), text, font=font, fill=(255, 0, 0))
    process = f"image/watermark,text_{url_base64(text)},size_24,color_FF0000"
    case("wide-base.png", process, drawn.convert("RGB"), 22)


def animations():
    frames = []
    for index in range(4):
        frame = Image.new("RGBA", (64, 48), (0, 0, 0, 0))
        ImageDraw.Draw(frame).rectangle((index * 12, 8, index * 12 + 16, 30), fill=(60 * index, 200, 90, 255))
        frames.append(frame)
    for disposal in (0, 1, 2, 3):
        frames[0].save(
            SOURCES / f"disposal-{disposal}.gif",
            save_all=True,
            append_images=frames[1:],
            duration=[100, 50, 200, 70],
            loop=0 if disposal else 3,
            disposal=disposal,
        )
    frames[0].save(SOURCES / "animated.webp", save_all=True, append_images=frames[1:], duration=[100, 50, 200, 70], loop=2, lossless=True)


def exif_source():
    exif = Image.Exif()
    exif[0x010F] = "Maker"
    exif[0x0112] = 6
    exif[0x0132] = "2026:01:02 03:04:05"
    exif[0x011A] = 72.0
    exif[0x0128] = 2
    gps = exif.get_ifd(0x8825)
    gps[1] = "N"
    gps[2] = (22.0, 31.0, 5.5)
    exif.get_ifd(0x8769)[0x8827] = 100
    picture(40, 30).save(SOURCES / "exif.jpg", quality=80, exif=exif)


def main():
    for folder in (SOURCES, EXPECTED):
        folder.mkdir(exist_ok=True)
        for old in folder.iterdir():
            old.unlink()
    resize_cases()
    format_cases()
    orientation_cases()
    pixel_cases()
    watermark_cases()
    animations()
    exif_source()
    (HERE / "cases.json").write_text(json.dumps(cases, indent=1, ensure_ascii=False) + "\n")


if __name__ == "__main__":
    main()
