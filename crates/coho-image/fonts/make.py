"""Makes the embedded font: the glyphs of Noto Sans CJK SC for GB 2312, the first level of Big5, and Latin-1.

    python3 make.py NotoSansCJK-Regular.ttc     # the file of Debian's fonts-noto-cjk; needs fonttools 4.68
"""

import sys
from pathlib import Path

from fontTools import subset
from fontTools.ttLib import TTCollection

NAME = "Noto Sans CJK SC"
TARGET = Path(__file__).parent / "NotoSansSC-Regular-subset.otf"


def encodable(codec, leads, trails):
    found = set()
    for lead in leads:
        for trail in trails:
            try:
                found.add(ord(bytes([lead, trail]).decode(codec)))
            except UnicodeDecodeError:
                pass
    return found


def main():
    font = next(font for font in TTCollection(sys.argv[1]).fonts if font["name"].getDebugName(4) == NAME)
    characters = set(range(0x20, 0x7F)) | set(range(0xA0, 0x180))
    characters |= encodable("gb2312", range(0xA1, 0xF8), range(0xA1, 0xFF))
    characters |= encodable("big5", range(0xA4, 0xC7), [*range(0x40, 0x7F), *range(0xA1, 0xFF)])
    options = subset.Options(
        layout_features=["kern"], hinting=False, desubroutinize=False, name_IDs=[0, 1, 2, 4, 6, 13, 14], notdef_outline=True
    )
    options.drop_tables += ["vhea", "vmtx", "VORG", "BASE", "GSUB"]
    subsetter = subset.Subsetter(options)
    subsetter.populate(unicodes=characters)
    subsetter.subset(font)
    font.save(TARGET)


if __name__ == "__main__":
    main()
