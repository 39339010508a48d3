"""Draw the application's icons: an S of two half rings on the accent blue.

    python packaging/draw_icons.py

One geometry, in units of a 32-unit square, gives favicon.svg and the PNG files of manifest.webmanifest.
"""

from pathlib import Path

from PIL import Image, ImageDraw

STATIC = Path(__file__).resolve().parent.parent / "smallcrm/static"
BLUE = "#2456d6"
UNIT = 32
RADIUS = 3.5
STROKE = 3.4
LEFT, RIGHT = 14.0, 18.0
TOP, MIDDLE, BOTTOM = 9.0, 16.0, 23.0
TIP = 3.0
SMOOTH = 4


def svg() -> str:
    """The icon as SVG, corners rounded."""
    path = (
        f"M{RIGHT + TIP} {TOP}H{LEFT}a{RADIUS} {RADIUS} 0 0 0 0 {RADIUS * 2}h{RIGHT - LEFT}"
        f"a{RADIUS} {RADIUS} 0 0 1 0 {RADIUS * 2}H{LEFT - TIP}"
    )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {UNIT} {UNIT}"><rect width="{UNIT}" height="{UNIT}" '
        f'rx="7" fill="{BLUE}"/><path d="{path}" fill="none" stroke="#fff" stroke-width="{STROKE}" '
        'stroke-linecap="round"/></svg>\n'
    )


def png(size: int, corner: float, scale: float) -> Image.Image:
    """The icon `size` pixels wide; corner: radius in units, scale: the letter against its size in the favicon."""
    k = size * SMOOTH / UNIT
    image = Image.new("RGBA", (size * SMOOTH, size * SMOOTH), (0, 0, 0, 0))
    draw = ImageDraw.Draw(image)
    draw.rounded_rectangle((0, 0, size * SMOOTH - 1, size * SMOOTH - 1), corner * k, fill=BLUE)

    def at(x: float, y: float) -> tuple[float, float]:
        return (16 + (x - 16) * scale) * k, (16 + (y - 16) * scale) * k

    half = STROKE / 2 * scale * k
    for y, x1, x2 in ((TOP, LEFT, RIGHT + TIP), (MIDDLE, LEFT, RIGHT), (BOTTOM, LEFT - TIP, RIGHT)):
        (left, line), (right, _) = at(x1, y), at(x2, y)
        draw.rounded_rectangle((left - half, line - half, right + half, line + half), half, fill="white")
    for x, y, start in ((LEFT, TOP + RADIUS, 90), (RIGHT, MIDDLE + RADIUS, 270)):
        cx, cy = at(x, y)
        reach = RADIUS * scale * k + half
        draw.arc(
            (cx - reach, cy - reach, cx + reach, cy + reach), start, start + 180, fill="white", width=round(half * 2)
        )
    return image.resize((size, size), Image.Resampling.LANCZOS)


def main() -> None:
    """Write every file."""
    (STATIC / "icons").mkdir(parents=True, exist_ok=True)
    (STATIC / "favicon.svg").write_text(svg(), encoding="utf-8", newline="\n")
    for name, size, corner, scale in (
        ("icon-192", 192, 7, 1),
        ("icon-512", 512, 7, 1),
        ("maskable-512", 512, 0, 0.8),
        ("apple-touch-icon", 180, 0, 0.9),
    ):
        png(size, corner, scale).save(STATIC / f"icons/{name}.png", optimize=True)


if __name__ == "__main__":
    main()
